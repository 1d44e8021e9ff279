#pragma once
// Entries of folders: who else may do what there. A holder (a user or a group) has one entry of his own in a folder at
// most; what holds for him there is that and what the folder inherits.
//   see them     list_users, or admin
//   change them  admin, for every right that the giver has; or share, for those of them that concern files and that his
//                entries let him hand on. Both ways: what a holder gains by the change and what he loses; and an entry
//                with more rights than that is out of reach. Nobody hands on, or takes from others, what he does not
//                have.
// Whose home the folder is has every right in it, by no entry.
#include "ipc/catalog_asks.h"
#include "keeper/groups.h"

namespace bulkhead::keeper {

// What holds in the last folder of the chain by entries, inherited ones included: one for each holder, by holder.
std::vector<policy::Grant> grants_in_force(policy::Chain chain);
// Errc::denied when somebody would have in the one and not in the other what is not in `givable`.
Result<void> need_givable(std::span<const policy::Grant> before, std::span<const policy::Grant> after,
                          policy::Rights givable);
// Within an ask(). Entries of the folder's own: overriding ones, for holders that have none there yet; without rights
// they are left out. Errc::too_large beyond folder_grants_max.
Result<void> insert_grants(Store& store, policy::FolderId folder, std::span<const policy::Grant> grants);

class Grants {
 public:
  Grants(Store& store, Users& users, Groups& groups) : store_{store}, users_{users}, groups_{groups} {}

  // Errc::too_large when the folder inherits so many entries that they cannot be listed.
  Result<asks::ListGrants::Reply> list(const Asker& asker, const asks::ListGrants& ask);
  // What then holds for the holder.
  Result<asks::GrantRow> set(const Asker& asker, const asks::SetGrant& ask);
  Result<void> remove(const Asker& asker, const asks::RemoveGrant& ask);

  // Of an entry, as it is in the catalog; nobody may edit it yet.
  Result<asks::GrantRow> row(const policy::Grant& grant);

 private:
  Result<policy::Grant> find_holder(const Asker& asker, bool is_group, const std::string& id_or_name);
  Result<policy::Rights> need_giver(const Asker& asker, policy::Chain chain);
  Result<policy::Grant> changed(const asks::SetGrant& ask, policy::Chain chain, const policy::Grant& holder,
                                policy::Rights givable);
  Result<void> store(policy::FolderId folder, const policy::Grant* before, const policy::Grant& after);
  Result<asks::GrantRow> row_in(policy::Chain chain, const policy::Grant& grant, policy::Rights givable);

  Store& store_;
  Users& users_;
  Groups& groups_;
};

}  // namespace bulkhead::keeper
