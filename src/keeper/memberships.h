#pragma once
// Memberships: the groups of each user as core/policy wants them, read once and kept until they change.
#include <unordered_map>
#include <vector>

#include "core/policy/decide.h"
#include "db/db.h"

namespace bulkhead::keeper {

inline constexpr std::size_t cached_memberships_max = 4'096;  // users

class Memberships {
 public:
  explicit Memberships(db::Db& db) : db_{db} {}

  // Ascending. The view lasts until the next renew() or clear().
  Result<std::span<const policy::GroupId>> of(policy::UserId user);
  // Whoever asks in this moment keeps the view that he has; from the next renew() on the groups are read again.
  void forget(policy::UserId user) { stale_.push_back(user); }
  // Between two asks.
  void renew();
  void clear();

 private:
  db::Db& db_;
  std::unordered_map<policy::UserId, std::vector<policy::GroupId>> groups_;
  std::vector<policy::UserId> stale_;
};

}  // namespace bulkhead::keeper
