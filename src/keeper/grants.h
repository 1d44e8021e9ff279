#pragma once
// Entries of folders: who else may do what there.
#include "ipc/catalog_asks.h"
#include "keeper/users.h"

namespace bulkhead::keeper {

// The entries that hold in the last folder of the chain, inherited ones included: one for each holder.
std::vector<policy::Grant> grants_in_force(policy::Chain chain);

class Grants {
 public:
  Grants(Store& store, Users& users) : store_{store}, users_{users} {}

  // Needs list_users or admin. Home owner first.
  Result<asks::ListGrants::Reply> list(const Asker& asker, const asks::ListGrants& ask);
  // Needs admin, which may give every right that the giver has, or share, which may give those of them that concern
  // files (read, write, delete, list, notify, list_users). An entry with more rights than that is out of his reach.
  // The answer is that of list(), or empty for a giver who may not see it.
  Result<asks::ListGrants::Reply> set(const Asker& asker, const asks::SetGrant& ask);

 private:
  Result<asks::ListGrants::Reply> rows(policy::Chain chain);
  Result<void> change(const Asker& asker, const asks::SetGrant& ask, policy::Rights givable);

  Store& store_;
  Users& users_;
};

}  // namespace bulkhead::keeper
