#pragma once
// Tree: folders as core/policy wants them, with their entries, read once and kept until they change. Only what decide()
// looks at; names and counters are read from the database each time.
#include <unordered_map>
#include <vector>

#include "core/policy/decide.h"
#include "db/db.h"

namespace bulkhead::keeper {

inline constexpr std::size_t cached_folders_max = 65'536;

using Chain = std::vector<policy::Folder>;  // from the root; views into the Tree

class Tree {
 public:
  explicit Tree(db::Db& db) : db_{db} {}

  // Views last until the next forget(), clear() or trim(). Empty if there is no such folder; Errc::corrupt when its
  // parents do not lead to a root.
  Result<Chain> chain(policy::FolderId folder);
  // `parents` is the chain of its parent. `folder` exists.
  Result<void> append(Chain& parents, policy::FolderId folder);

  void forget(policy::FolderId folder) { nodes_.erase(folder); }
  void clear() {
    nodes_.clear();
    ++generation_;
  }
  // Another number whenever a folder may have another parent.
  std::uint64_t generation() const { return generation_; }
  // Between two asks: keeps the size within cached_folders_max.
  void trim() {
    if (nodes_.size() > cached_folders_max) clear();
  }

 private:
  struct Node {
    policy::Folder folder;  // its grants are `grants`
    std::vector<policy::Grant> grants;
  };
  Result<const Node*> node(policy::FolderId folder);

  db::Db& db_;
  std::unordered_map<policy::FolderId, Node> nodes_;
  std::uint64_t generation_ = 0;
};

}  // namespace bulkhead::keeper
