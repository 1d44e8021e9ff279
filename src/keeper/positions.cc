#include "keeper/positions.h"

#include <algorithm>

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_files =
    "SELECT id, name FROM files WHERE folder = $1 AND name > $2 ORDER BY name LIMIT $3 OFFSET $4";
constexpr db::Sql select_files_back =
    "SELECT id, name FROM files WHERE folder = $1 AND name <= $2 ORDER BY name DESC LIMIT $3 OFFSET $4";
constexpr db::Sql select_last_files =
    "SELECT id, name FROM files WHERE folder = $1 ORDER BY name DESC LIMIT $2 OFFSET $3";

}  // namespace

Positions::Known& Positions::known(std::uint32_t folder) {
  if (known_.size() >= known_folders_max && !known_.contains(folder)) known_.clear();
  Known& found = known_[folder];
  if (changes_.touched(folder, found.seen) || found.names.size() > known_positions_max) found.names.clear();
  found.seen = changes_.now();
  return found;
}

Result<std::vector<std::uint64_t>> Positions::slice(std::uint32_t folder, std::uint64_t total, Part part) {
  std::vector<std::uint64_t> ids;
  part.first = std::min(part.first, total);
  part.count = std::min(part.count, total - part.first);
  if (part.count == 0) return ids;
  const std::uint64_t first = part.descending ? total - part.first - part.count : part.first;
  const std::uint64_t end = first + part.count;
  Known& at = known(folder);
  const auto above = at.names.lower_bound(end);
  const auto behind = at.names.upper_bound(first);
  const bool remembered = behind != at.names.begin();
  const std::uint64_t from = remembered ? std::prev(behind)->first : 0;
  const std::uint64_t back_from = above == at.names.end() ? total : above->first;
  std::vector<std::string> names;
  const auto add = [&](db::Row& row) {
    ids.push_back(static_cast<std::uint64_t>(row.int64(0)));
    names.emplace_back(row.text(1));
  };
  if (first - from <= back_from - end) {
    const std::string after = remembered ? std::prev(behind)->second : std::string{};
    TRY(db_.query(select_files, add, folder, after, part.count, first - from));
  } else {
    if (above == at.names.end()) {
      TRY(db_.query(select_last_files, add, folder, part.count, back_from - end));
    } else {
      TRY(db_.query(select_files_back, add, folder, above->second, part.count, back_from - end));
    }
    std::ranges::reverse(ids);
    std::ranges::reverse(names);
  }
  if (ids.size() == part.count) at.names.insert_or_assign(end, std::move(names.back()));
  if (part.descending) std::ranges::reverse(ids);
  return ids;
}

}  // namespace bulkhead::keeper
