#pragma once
// Holds: what a legal hold covers, be it one file, or a folder with all below it. Nobody deletes, overwrites or moves
// out what is covered, over any protocol, and no clean-up takes it. New files may come into a covered folder, and are
// covered; names may change within it.
#include "core/policy/decide.h"
#include "keeper/tree.h"

namespace bulkhead::keeper {

struct Asker;

class Holds {
 public:
  Holds(db::Db& db, Tree& tree) : db_{db}, tree_{tree} {}

  // Errc::held when the file, or a folder that it is in, is covered. Administrators are told the name of the hold.
  Result<void> need_none(const Asker& asker, std::uint64_t file, policy::FolderId folder);
  // The same for the folder at `path`, all that it is in, and all that is in it.
  Result<void> need_none_in_tree(const Asker& asker, policy::FolderId folder, const std::string& path);

  Result<bool> covers(policy::FolderId folder);
  Result<bool> covers_file(std::uint64_t file);  // by itself
  Result<bool> any();

 private:
  Result<std::optional<std::string>> above(policy::FolderId folder);

  db::Db& db_;
  Tree& tree_;
};

}  // namespace bulkhead::keeper
