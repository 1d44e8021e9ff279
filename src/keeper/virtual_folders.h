#pragma once
// VirtualFolders: links (links.h) as they are asked for by number, and changes of them.
//   see                   whoever may know of the folder that holds it and of the target
//   make, rename, remove  admin in both; into another folder: there too
// Nothing that is in the target changes with them. Errc::not_found for one that is not there for the asker.
#include "ipc/virtual_asks.h"
#include "keeper/links.h"

namespace bulkhead::keeper {

class VirtualFolders {
 public:
  explicit VirtualFolders(Store& store) : store_{store} {}

  Result<asks::ListVirtual::Reply> list(const Asker& asker, const asks::ListVirtual& ask);
  Result<asks::VirtualRow> get(const Asker& asker, std::uint32_t id);
  // Errc::conflict when the name is taken, or the target holds the folder.
  Result<asks::VirtualRow> create(const Asker& asker, const asks::CreateVirtual& ask);
  Result<asks::VirtualRow> rename(const Asker& asker, const asks::RenameVirtual& ask);
  Result<void> remove(const Asker& asker, std::uint32_t id);

  // For a link that is there for the asker. `target` is the chain of the folder it goes to, maybe its own. Within an
  // ask().
  Result<void> move(const Asker& asker, const Link& link, policy::Chain target, const Name& name);
  Result<void> remove(const Asker& asker, const Link& link);
  Result<asks::VirtualRow> row(const Link& link);

 private:
  Result<Link> find(const Asker& asker, std::uint32_t id);
  Result<void> need_change(const Asker& asker, const Link& link);
  // A free name, and a path that is not too long.
  Result<void> need_name(policy::FolderId folder, const Name& name);
  // For one that comes into a folder: it has room, and is not within the target.
  Result<void> need_place(policy::Chain folder, std::uint32_t target);

  Store& store_;
};

}  // namespace bulkhead::keeper
