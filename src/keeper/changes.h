#pragma once
// Changes: which folders are no longer as they were, in the order in which it happened, so that whoever remembers
// something about folders can catch up with what he missed. The last changes_max are kept.
// Numbers of folders come from the database itself (db.watch), whatever statement it was. A change that is undone
// stands here too: who looks again finds what was before.
#include <compare>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/policy/decide.h"

namespace bulkhead::keeper {

inline constexpr std::size_t changes_max = 50'000;

struct Change {
  policy::FolderId folder = 0;
  bool below = false;  // rights that hold in the folder: all below it may have changed with it
  auto operator<=>(const Change&) const = default;
};

class Changes {
 public:
  // A row was written.
  void note(std::string_view table, std::int64_t rowid);
  void note(Change change);
  // All is to be forgotten that anybody remembers.
  void forget();

  // How many there were: grows with each.
  std::uint64_t now() const { return first_ + log_.size(); }
  // The same, and grows with each change of a file as well.
  std::uint64_t content() const { return content_; }
  // What came after `before`, or nothing when that is no longer known.
  std::optional<std::vector<Change>> since(std::uint64_t before) const;
  // Whether that folder, its files or its subfolders may have changed.
  bool touched(policy::FolderId folder, std::uint64_t before) const;

 private:
  std::uint64_t first_ = 1;  // the number of the first that is kept
  std::uint64_t content_ = 1;
  std::deque<Change> log_;
};

}  // namespace bulkhead::keeper
