#include "keeper/memberships.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_groups = "SELECT group_id FROM members WHERE user = $1 ORDER BY group_id";

}  // namespace

Result<std::span<const policy::GroupId>> Memberships::of(policy::UserId user) {
  if (const auto found = groups_.find(user); found != groups_.end())
    return std::span<const policy::GroupId>{found->second};
  std::vector<policy::GroupId> read;
  TRY(db_.query(
      select_groups, [&](db::Row& row) { read.push_back(static_cast<policy::GroupId>(row.int64(0))); }, user));
  return std::span<const policy::GroupId>{groups_.emplace(user, std::move(read)).first->second};
}

void Memberships::renew() {
  for (const policy::UserId user : stale_) groups_.erase(user);
  stale_.clear();
  if (groups_.size() > cached_memberships_max) groups_.clear();
}

void Memberships::clear() {
  groups_.clear();
  stale_.clear();
}

}  // namespace bulkhead::keeper
