#pragma once
// NameRules: which names files may have in a folder, by its masks and its set of characters (settings.h). Names of
// folders are free. A rule counts from the moment it is set: for what is uploaded, renamed or moved there, not for what
// is there; a subfolder has rules of its own, handed down from its parent when it is made.
#include "core/path/path.h"
#include "db/db.h"

namespace bulkhead::keeper {

class NameRules {
 public:
  explicit NameRules(db::Db& db) : db_{db} {}

  // Errc::invalid for a name that the folder's masks or its set of characters do not allow.
  Result<void> need_allowed(std::uint64_t folder, const std::string& name);
  // The name that a file gets which is to be called `name`: another if the folder replaces characters.
  Result<Name> fit(std::uint64_t folder, Name name);
  // A new folder begins with the rules of its parent, and what is shown of it; quota and cleanup stay behind. Within an
  // ask().
  Result<void> hand_down(std::uint64_t parent, std::uint64_t folder);

 private:
  struct Rules;
  Result<std::optional<Rules>> read(std::uint64_t folder);

  db::Db& db_;
};

}  // namespace bulkhead::keeper
