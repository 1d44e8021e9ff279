#pragma once
// Accounts that the command line brings from another server, before they sign on for the first time. The channel is
// open to whoever runs the server, and stands for an administrator of every organisation; a gate has no such ask.
// Each ask is one change, and sent again it changes nothing.
#include "ipc/import_asks.h"
#include "keeper/groups.h"

namespace bulkhead::keeper {

class Imports {
 public:
  Imports(Store& store, Users& users, Groups& groups) : store_{store}, users_{users}, groups_{groups} {}

  Result<asks::ImportDone> group(const asks::ImportGroup& ask, UnixMs now);
  // Errc::invalid for folders that are not in order or do not begin with "/".
  Result<asks::ImportDone> user(const asks::ImportUser& ask, UnixMs now);

 private:
  Result<void> add_user(const asks::ImportUser& ask, const capability::Capability& as, UnixMs now);
  Result<void> add_folders(std::span<const asks::ImportedFolder> folders, policy::UserId user, UnixMs now);
  Result<std::uint32_t> add_folder(std::uint32_t parent, const RemotePath& path, bool overwrite_allowed, UnixMs now);

  Store& store_;
  Users& users_;
  Groups& groups_;
};

}  // namespace bulkhead::keeper
