#pragma once
// Tree: folders as core/policy wants them, with their entries, read once and kept until they change. Only what decide()
// looks at; names and counters are read from the database each time.
#include <unordered_map>
#include <vector>

#include "db/db.h"
#include "keeper/changes.h"

namespace bulkhead::keeper {

inline constexpr std::size_t cached_folders_max = 65'536;

using Chain = std::vector<policy::Folder>;  // from the root; views into the Tree

class Tree {
 public:
  Tree(db::Db& db, Changes& changes) : db_{db}, changes_{changes} {}

  // Views last until the next forget(), clear() or trim(). Empty if there is no such folder; Errc::corrupt when its
  // parents do not lead to a root.
  Result<Chain> chain(policy::FolderId folder);
  // `parents` is the chain of its parent. `folder` exists.
  Result<void> append(Chain& parents, policy::FolderId folder);

  // What holds in the folder has changed, and with it maybe what holds below.
  void forget(policy::FolderId folder) {
    nodes_.erase(folder);
    changes_.note({.folder = folder, .below = true});
  }
  // Folders have gone, or have other parents. All of them were written, and so are in Changes.
  void forget_parents() {
    nodes_.clear();
    ++generation_;
  }
  // Anything may have changed.
  void clear() {
    forget_parents();
    changes_.forget();
  }
  // Another number whenever a folder may have another parent.
  std::uint64_t generation() const { return generation_; }
  // Between two asks: keeps the size within cached_folders_max.
  void trim() {
    if (nodes_.size() > cached_folders_max) forget_parents();
  }

 private:
  struct Node {
    policy::Folder folder;  // its grants are `grants`
    std::vector<policy::Grant> grants;
  };
  Result<const Node*> node(policy::FolderId folder);

  db::Db& db_;
  Changes& changes_;
  std::unordered_map<policy::FolderId, Node> nodes_;
  std::uint64_t generation_ = 0;
};

}  // namespace bulkhead::keeper
