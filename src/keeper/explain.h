#pragma once
// Why may or may not a user do something in a folder: what decide() says, with the entry that decided.
//   about oneself   in every folder that one may know of
//   about others    an administrator, and who has list_users or admin in that folder
// A path may lead through virtual folders: they are named, and where the way ends for the user is what he is told of.
// It speaks of rights in folders, not of whether the account may sign on: that is the warden's.
#include "keeper/files.h"
#include "keeper/grants.h"
#include "keeper/virtual_folders.h"

namespace bulkhead::keeper {

class Explanations {
 public:
  Explanations(Store& store, Users& users, Files& files, Grants& grants, VirtualFolders& virtual_folders)
      : store_{store}, users_{users}, files_{files}, grants_{grants}, virtual_folders_{virtual_folders} {}

  // Errc::not_found for a folder, file or user that the asker may not know of or not ask about.
  Result<asks::Explain::Reply> explain(const Asker& asker, const asks::Explain& ask);

 private:
  // What it is about.
  struct Node {
    std::uint32_t folder = 0;
    std::vector<Link> through;
  };
  Result<Node> find(const Asker& asker, const asks::Explain& ask);
  Result<Node> find_at(const Asker& asker, const std::string& path);
  Result<KnownUser> need_subject(const Asker& asker, const std::string& user, policy::Chain chain);
  // Where the deciding entry stands: decide()'s, or that which took away, or where inheritance ends.
  Result<void> add_cause(policy::Chain chain, const policy::Decision& decision, const policy::Subject& subject,
                         asks::Explain::Reply& reply);

  Store& store_;
  Users& users_;
  Files& files_;
  Grants& grants_;
  VirtualFolders& virtual_folders_;
};

}  // namespace bulkhead::keeper
