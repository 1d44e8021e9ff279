#pragma once
// Why may or may not a user do something in a folder: what decide() says, with the entry that decided.
//   about oneself   in every folder that one may know of
//   about others    an administrator, and who has list_users or admin in that folder
// It speaks of rights in folders, not of whether the account may sign on: that is the warden's.
#include "keeper/files.h"
#include "keeper/grants.h"

namespace bulkhead::keeper {

class Explanations {
 public:
  Explanations(Store& store, Users& users, Files& files, Grants& grants)
      : store_{store}, users_{users}, files_{files}, grants_{grants} {}

  // Errc::not_found for a folder, file or user that the asker may not know of or not ask about.
  Result<asks::Explain::Reply> explain(const Asker& asker, const asks::Explain& ask);

 private:
  Result<KnownUser> need_subject(const Asker& asker, const std::string& user, policy::Chain chain);
  // Where the deciding entry stands: decide()'s, or that which took away, or where inheritance ends.
  Result<void> add_cause(policy::Chain chain, const policy::Decision& decision, const policy::Subject& subject,
                         asks::Explain::Reply& reply);

  Store& store_;
  Users& users_;
  Files& files_;
  Grants& grants_;
};

}  // namespace bulkhead::keeper
