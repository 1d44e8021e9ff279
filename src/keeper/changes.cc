#include "keeper/changes.h"

#include <algorithm>

namespace bulkhead::keeper {

void Changes::note(std::string_view table, std::int64_t rowid) {
  if (table == "folders") note({.folder = static_cast<policy::FolderId>(rowid), .below = false});
  if (table == "files" || table == "versions" || table == "links") ++content_;
}

void Changes::note(Change change) {
  ++content_;
  log_.push_back(change);
  if (log_.size() <= changes_max) return;
  log_.pop_front();
  ++first_;
}

void Changes::forget() {
  ++content_;
  first_ += log_.size() + 1;
  log_.clear();
}

std::optional<std::vector<Change>> Changes::since(std::uint64_t before) const {
  if (before < first_ || before > now()) return std::nullopt;
  return std::vector<Change>(log_.begin() + static_cast<std::ptrdiff_t>(before - first_), log_.end());
}

bool Changes::touched(policy::FolderId folder, std::uint64_t before) const {
  if (before < first_ || before > now()) return true;
  return std::any_of(log_.begin() + static_cast<std::ptrdiff_t>(before - first_), log_.end(),
                     [&](const Change& change) { return change.folder == folder; });
}

}  // namespace bulkhead::keeper
