// Links for new passwords: at most one a user.
#include "warden/identity.h"

namespace bulkhead::warden {

template <class Key>
Result<std::optional<Reset>> Identity::find_reset(db::Sql sql, const Key& key) {
  std::optional<Reset> found;
  const auto take = [&](db::Row& row) -> Result<void> {
    Reset reset;
    reset.user = row.text(0);
    const bool shaped = fill(reset.hash, row.blob(1)) && fill(reset.state, row.blob(2));
    reset.by_administrator = row.boolean(3);
    reset.created = row.int64(4);
    reset.expires = row.int64(5);
    if (!shaped) return fail(Errc::corrupt, "identity.db: a reset has the wrong shape");
    found = std::move(reset);
    return {};
  };
  TRY(db_.query(sql, take, key));
  return found;
}

Result<std::optional<Reset>> Identity::reset_by_hash(const TokenHash& hash) {
  return find_reset(
      "SELECT user_id, hash, state, by_administrator, created_ms, expires_ms FROM password_resets WHERE hash = $1",
      hash);
}

Result<std::optional<Reset>> Identity::reset_of(std::string_view user) {
  return find_reset(
      "SELECT user_id, hash, state, by_administrator, created_ms, expires_ms FROM password_resets WHERE user_id = $1",
      user);
}

Result<void> Identity::put_reset(const Reset& reset) {
  TRY(
      db_.run("INSERT OR REPLACE INTO password_resets (user_id, hash, state, by_administrator, created_ms, expires_ms) "
              "VALUES ($1, $2, $3, $4, $5, $6)",
              reset.user, reset.hash, reset.state, reset.by_administrator, reset.created, reset.expires));
  return {};
}

Result<void> Identity::remove_reset(std::string_view user) {
  TRY(db_.run("DELETE FROM password_resets WHERE user_id = $1", user));
  return {};
}

Result<void> Identity::remove_expired_resets(UnixMs now) {
  TRY(db_.run("DELETE FROM password_resets WHERE expires_ms <= $1", now));
  return {};
}

}  // namespace bulkhead::warden
