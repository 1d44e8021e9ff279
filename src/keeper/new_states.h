#pragma once
// NewStates: for whom a file is new, as an administrator of the organisation sees and changes it (see files.h). Those
// who may look at the file are listed: for others it is not there, so it cannot be new.
#include "keeper/files.h"
#include "keeper/users.h"

namespace bulkhead::keeper {

inline constexpr std::size_t listed_users_max = 100'000;  // that one list may look at

class NewStates {
 public:
  NewStates(Store& store, Files& files, Users& users) : store_{store}, files_{files}, users_{users} {}

  // Errc::denied for who may see the file and is no administrator.
  Result<asks::ListNewStates::Reply> list(const Asker& asker, const asks::ListNewStates& ask);
  // Errc::not_found also for a user who may not look at the file.
  Result<asks::NewStateRow> set(const Asker& asker, const asks::SetNewState& ask);

 private:
  struct Seer {
    policy::UserId user = 0;
    asks::NewStateRow row;
  };
  Result<FilePlace> reach(const Asker& asker, std::uint64_t file);
  static Seer read(db::Row& row);
  Result<bool> may_look(const Asker& asker, const Seer& seer, policy::Chain chain);

  Store& store_;
  Files& files_;
  Users& users_;
};

}  // namespace bulkhead::keeper
