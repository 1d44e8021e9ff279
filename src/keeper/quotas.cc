#include "keeper/quotas.h"

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql update_above =
    "WITH RECURSIVE above (id, parent) AS (SELECT id, parent FROM folders WHERE id = $1 "
    "UNION SELECT f.id, f.parent FROM above a JOIN folders f ON f.id = a.parent) "
    "UPDATE folders SET tree_size = tree_size + $2 WHERE id IN (SELECT id FROM above)";
constexpr db::Sql select_size = "SELECT tree_size FROM folders WHERE id = $1";
constexpr db::Sql select_user = "SELECT quota, files_size FROM users WHERE number = $1";
constexpr db::Sql select_limits =
    "WITH RECURSIVE above (id, parent) AS (SELECT id, parent FROM folders WHERE id = $1 "
    "UNION SELECT f.id, f.parent FROM above a JOIN folders f ON f.id = a.parent) "
    "SELECT f.id, s.quota, s.quota_below, f.files_size, f.tree_size FROM above a "
    "JOIN folder_settings s ON s.folder = a.id AND s.quota > 0 JOIN folders f ON f.id = a.id";

struct Limit {
  policy::FolderId folder = 0;
  std::uint64_t quota = 0;
  bool below = false;
  std::uint64_t own_size = 0;
  std::uint64_t tree_size = 0;
};

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}

bool fits(std::uint64_t quota, std::uint64_t used, std::uint64_t others, std::uint64_t more) {
  return more == 0 || (used <= quota && others <= quota - used && more <= quota - used - others);
}

bool holds(policy::Chain chain, policy::FolderId folder) {
  return std::ranges::any_of(chain, [&](const policy::Folder& each) { return each.id == folder; });
}

}  // namespace

Result<void> Quotas::count(policy::FolderId folder, std::int64_t bytes) {
  if (bytes != 0) TRY(db_.run(update_above, folder, bytes));
  return {};
}

Result<std::int64_t> Quotas::tree_size(policy::FolderId folder) {
  const auto size = TRY(db_.one(select_size, [](db::Row& row) { return row.int64(0); }, folder));
  return size.value_or(0);
}

Result<void> Quotas::add(const Reservation& reservation) {
  user_sums_[reservation.user] += reservation.user_bytes;
  if (!reservation.subtree) folder_sums_[reservation.folder].own += reservation.bytes;
  for (const policy::Folder& folder : TRY(tree_.chain(reservation.folder))) {
    folder_sums_[folder.id].below += reservation.bytes;
  }
  return {};
}

// A folder that was moved takes what is reserved in it to other folders above.
Result<void> Quotas::refresh() {
  if (summed_ && summed_for_ == tree_.generation()) return {};
  folder_sums_.clear();
  user_sums_.clear();
  for (const auto& [owner, reservation] : reserved_) TRY(add(reservation));
  summed_ = true;
  summed_for_ = tree_.generation();
  return {};
}

Result<bool> Quotas::need_user_room(const Claim& claim, const Reservation& own) {
  if (claim.user == 0) return false;
  struct Used {
    std::uint64_t quota;
    std::uint64_t size;
  };
  const auto used =
      TRY(db_.one(select_user, [](db::Row& row) { return Used{number(row, 0), number(row, 1)}; }, claim.user));
  if (!used || used->quota == 0) return false;
  const std::uint64_t mine = own.user == claim.user ? own.user_bytes : 0;
  if (fits(used->quota, used->size, user_sums_[claim.user] - mine, claim.user_bytes)) return true;
  return fail(Errc::over_quota, cat("your quota of ", used->quota, " bytes has no room for this: remove some files"));
}

Result<bool> Quotas::need_folder_room(const Claim& claim, const Reservation& own) {
  std::vector<Limit> limits;
  TRY(db_.query(
      select_limits,
      [&](db::Row& row) {
        limits.push_back({number(row, 0), number(row, 1), row.boolean(2), number(row, 3), number(row, 4)});
      },
      claim.folder));
  if (limits.empty()) return false;
  const Chain mine = own.folder == 0 ? Chain{} : TRY(tree_.chain(own.folder));
  bool looked = false;
  for (const Limit& limit : limits) {
    if (!limit.below && (claim.subtree || limit.folder != claim.folder)) continue;
    looked = true;
    if (holds(claim.leaving, limit.folder) && (limit.below || limit.folder == claim.leaving.back().id)) continue;
    const Sum sum = folder_sums_[limit.folder];
    std::uint64_t others = limit.below ? sum.below : sum.own;
    if (limit.below ? holds(mine, limit.folder) : (own.folder == limit.folder && !own.subtree)) others -= own.bytes;
    const std::uint64_t used = limit.below ? limit.tree_size : limit.own_size;
    if (fits(limit.quota, used, others, claim.bytes)) continue;
    return fail(Errc::over_quota, limit.folder == claim.folder
                                      ? cat("the quota of the folder, ", limit.quota, " bytes, has no room for this")
                                      : std::string{"the quota of a folder above has no room for this"});
  }
  return looked;
}

Result<bool> Quotas::need_room(const Claim& claim, std::uint64_t owner) {
  TRY(refresh());
  const auto found = reserved_.find(owner);
  const Reservation own = found == reserved_.end() ? Reservation{} : found->second;
  const bool by_user = TRY(need_user_room(claim, own));
  const bool by_folder = TRY(need_folder_room(claim, own));
  return by_user || by_folder;
}

Result<bool> Quotas::reserve(const Claim& claim, std::uint64_t owner) {
  const bool looked = TRY(need_room(claim, owner));
  release(owner);
  if (looked) put_back(owner, {claim.user, claim.folder, claim.bytes, claim.user_bytes, claim.subtree});
  return looked;
}

std::optional<Quotas::Reservation> Quotas::release(std::uint64_t owner) {
  const auto found = reserved_.find(owner);
  if (found == reserved_.end()) return std::nullopt;
  const Reservation was = found->second;
  reserved_.erase(found);
  adjust(was, false);
  return was;
}

void Quotas::put_back(std::uint64_t owner, const Reservation& reservation) {
  release(owner);
  reserved_.emplace(owner, reservation);
  adjust(reservation, true);
}

// Keeps the sums; when that cannot be done they are made anew.
void Quotas::adjust(const Reservation& reservation, bool in) {
  if (!summed_ || summed_for_ != tree_.generation()) return;
  const Result<Chain> chain = tree_.chain(reservation.folder);
  summed_ = chain.ok() && !chain->empty();
  if (!summed_) return;
  const auto change = [&](std::uint64_t& sum, std::uint64_t bytes) { in ? sum += bytes : sum -= bytes; };
  change(user_sums_[reservation.user], reservation.user_bytes);
  if (!reservation.subtree) change(folder_sums_[reservation.folder].own, reservation.bytes);
  for (const policy::Folder& folder : *chain) change(folder_sums_[folder.id].below, reservation.bytes);
}

}  // namespace bulkhead::keeper
