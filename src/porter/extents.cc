#include "porter/extents.h"

#include <algorithm>
#include <iterator>

#include "base/die.h"

namespace bulkhead::porter {

void Extents::add(std::uint64_t start, std::uint64_t end) {
  if (start >= end) return;
  auto next = ends_.upper_bound(start);
  if (next != ends_.begin() && std::prev(next)->second >= start) --next;
  while (next != ends_.end() && next->first <= end) {
    start = std::min(start, next->first);
    end = std::max(end, next->second);
    next = ends_.erase(next);
  }
  ends_.emplace_hint(next, start, end);
}

void Extents::remove(std::uint64_t start, std::uint64_t end) {
  if (start >= end) return;
  auto next = ends_.upper_bound(start);
  if (next != ends_.begin() && std::prev(next)->second > start) --next;
  while (next != ends_.end() && next->first < end) {
    const auto [old_start, old_end] = *next;
    next = ends_.erase(next);
    if (old_start < start) ends_.emplace(old_start, start);
    if (old_end > end) ends_.emplace(end, old_end);
  }
}

bool Extents::meets(std::uint64_t start, std::uint64_t end) const {
  if (start >= end) return false;
  const auto next = ends_.upper_bound(start);
  return (next != ends_.end() && next->first < end) || (next != ends_.begin() && std::prev(next)->second > start);
}

bool Extents::covers(std::uint64_t start, std::uint64_t end) const {
  if (start >= end) return true;
  const auto next = ends_.upper_bound(start);
  return next != ends_.begin() && std::prev(next)->second >= end;
}

std::uint64_t Extents::prefix() const {
  return ends_.empty() || ends_.begin()->first > 0 ? 0 : ends_.begin()->second;
}

void Extents::join_closest() {
  ENSURE(ends_.size() >= 2);
  auto closest = ends_.begin();
  for (auto each = ends_.begin(); std::next(each) != ends_.end(); ++each) {
    if (std::next(each)->first - each->second < std::next(closest)->first - closest->second) closest = each;
  }
  add(closest->second, std::next(closest)->first);
}

}  // namespace bulkhead::porter
