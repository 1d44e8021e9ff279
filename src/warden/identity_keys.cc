// Public keys of users and of authorities.
#include "base/cat.h"
#include "ipc/admin_asks.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

Result<void> check_count(Result<std::optional<std::int64_t>> count, std::int64_t max, std::string_view whose) {
  const std::optional<std::int64_t> known = TRY(std::move(count));
  if (known.value_or(0) >= max)
    return fail(Errc::exhausted, cat("there are ", max, " keys ", whose, " already: remove one first"));
  return {};
}

Result<void> added(const Result<std::int64_t>& result, std::string_view taken) {
  if (result.ok()) return {};
  if (result.error().kind() == Errc::conflict) return fail(Errc::conflict, std::string{taken});
  return result.error();
}

Result<void> changed_one(Result<std::int64_t> rows) {
  if (TRY(std::move(rows)) == 0) return fail(Errc::not_found, "there is no key of that fingerprint");
  return {};
}

}  // namespace

template <class... Binds>
Result<bool> Identity::is_stored(db::Sql sql, ByteView blob, const Binds&... binds) {
  bool same = false;
  TRY(db_.query(
      sql,
      [&](db::Row& row) -> Result<void> {
        same = equal_constant_time(row.blob(0), blob);
        return {};
      },
      binds...));
  return same;
}

Result<bool> Identity::has_key(std::string_view user, std::string_view fingerprint, ByteView blob) {
  return is_stored("SELECT blob FROM keys WHERE user_id = $1 AND fingerprint = $2", blob, user, fingerprint);
}

Result<bool> Identity::has_authority(std::string_view fingerprint, ByteView blob) {
  return is_stored("SELECT blob FROM authorities WHERE fingerprint = $1", blob, fingerprint);
}

template <class... Binds>
Result<std::vector<StoredKey>> Identity::find_keys(db::Sql sql, const Binds&... binds) {
  std::vector<StoredKey> out;
  TRY(db_.query(
      sql,
      [&](db::Row& row) -> Result<void> {
        StoredKey& key = out.emplace_back();
        key.type = row.text(0);
        key.fingerprint = row.text(1);
        key.blob = to_bytes(row.blob(2));
        key.comment = row.text(3);
        key.added = row.int64(4);
        key.last_used = row.optional_int64(5);
        return {};
      },
      binds...));
  return out;
}

Result<std::vector<StoredKey>> Identity::keys_of(std::string_view user) {
  return find_keys(
      "SELECT type, fingerprint, blob, comment, added_ms, last_used_ms FROM keys WHERE user_id = $1 "
      "ORDER BY added_ms, fingerprint",
      user);
}

Result<std::vector<StoredKey>> Identity::authorities() {
  return find_keys(
      "SELECT type, fingerprint, blob, comment, added_ms, last_used_ms FROM authorities ORDER BY added_ms, "
      "fingerprint");
}

Result<void> Identity::add_key(std::string_view user, const StoredKey& key) {
  TRY(check_count(db_.one(
                      "SELECT COUNT(*) FROM keys WHERE user_id = $1", [](db::Row& row) { return row.int64(0); }, user),
                  static_cast<std::int64_t>(asks::keys_of_a_user_max), "of this user"));
  return added(
      db_.run("INSERT INTO keys (user_id, fingerprint, type, blob, comment, added_ms) VALUES ($1, $2, $3, $4, $5, $6)",
              user, key.fingerprint, key.type, key.blob, key.comment, key.added),
      "the user has this key already");
}

Result<void> Identity::remove_key(std::string_view user, std::string_view fingerprint) {
  return changed_one(db_.run("DELETE FROM keys WHERE user_id = $1 AND fingerprint = $2", user, fingerprint));
}

Result<void> Identity::note_key(std::string_view user, std::string_view fingerprint, UnixMs now) {
  return changed_one(
      db_.run("UPDATE keys SET last_used_ms = $3 WHERE user_id = $1 AND fingerprint = $2", user, fingerprint, now));
}

Result<void> Identity::add_authority(const StoredKey& key) {
  TRY(check_count(db_.one("SELECT COUNT(*) FROM authorities", [](db::Row& row) { return row.int64(0); }),
                  authorities_max, "of authorities"));
  return added(
      db_.run("INSERT INTO authorities (fingerprint, type, blob, comment, added_ms) VALUES ($1, $2, $3, $4, $5)",
              key.fingerprint, key.type, key.blob, key.comment, key.added),
      "this authority is there already");
}

Result<void> Identity::remove_authority(std::string_view fingerprint) {
  return changed_one(db_.run("DELETE FROM authorities WHERE fingerprint = $1", fingerprint));
}

Result<void> Identity::note_authority(std::string_view fingerprint, UnixMs now) {
  return changed_one(db_.run("UPDATE authorities SET last_used_ms = $2 WHERE fingerprint = $1", fingerprint, now));
}

Result<void> Identity::set_sign_on(std::string_view id, std::string_view methods) {
  TRY(db_.run("UPDATE users SET sign_on = $2 WHERE id = $1", id, methods));
  return {};
}

}  // namespace bulkhead::warden
