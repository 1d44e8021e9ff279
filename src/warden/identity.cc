#include "warden/identity.h"

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::warden {
namespace {

constexpr db::Sql schema_1[] = {
    R"(CREATE TABLE users (
      id TEXT PRIMARY KEY,
      organisation INTEGER NOT NULL,
      name_key TEXT NOT NULL UNIQUE,
      user_name TEXT NOT NULL,
      full_name TEXT NOT NULL,
      email TEXT NOT NULL,
      role INTEGER NOT NULL,
      active INTEGER NOT NULL,
      must_change_password INTEGER NOT NULL,
      salt BLOB NOT NULL,
      verifier BLOB NOT NULL,
      memory_kib INTEGER NOT NULL,
      passes INTEGER NOT NULL,
      created_ms INTEGER NOT NULL,
      last_sign_on_ms INTEGER,
      password_changed_ms INTEGER,
      failed_count INTEGER NOT NULL,
      last_failed_ms INTEGER) STRICT)",
    R"(CREATE TABLE sessions (
      id BLOB PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      access_hash BLOB NOT NULL UNIQUE,
      refresh_hash BLOB NOT NULL UNIQUE,
      issued_ms INTEGER NOT NULL,
      access_expires_ms INTEGER NOT NULL,
      refresh_expires_ms INTEGER NOT NULL,
      generation INTEGER NOT NULL) STRICT)",
    "CREATE INDEX sessions_of_user ON sessions (user_id, issued_ms)",
    "CREATE INDEX sessions_by_end ON sessions (refresh_expires_ms)",
    R"(CREATE TABLE spent_tokens (
      hash BLOB PRIMARY KEY,
      session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      generation INTEGER NOT NULL) STRICT)",
    "CREATE INDEX spent_tokens_of_session ON spent_tokens (session_id, generation)",
};
constexpr db::Sql schema_2[] = {
    "ALTER TABLE users ADD COLUMN sign_on TEXT NOT NULL DEFAULT ''",
    R"(CREATE TABLE keys (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      fingerprint TEXT NOT NULL,
      type TEXT NOT NULL,
      blob BLOB NOT NULL,
      comment TEXT NOT NULL,
      added_ms INTEGER NOT NULL,
      last_used_ms INTEGER,
      PRIMARY KEY (user_id, fingerprint)) STRICT)",
    R"(CREATE TABLE authorities (
      fingerprint TEXT PRIMARY KEY,
      type TEXT NOT NULL,
      blob BLOB NOT NULL,
      comment TEXT NOT NULL,
      added_ms INTEGER NOT NULL,
      last_used_ms INTEGER) STRICT)",
};
constexpr db::Migration migrations[] = {{1, schema_1}, {2, schema_2}};

// The columns in the order of the queries below.
Result<User> read_user(db::Row& row) {
  User user;
  user.id = row.text(0);
  const std::int64_t organisation = row.int64(1);
  user.name_key = row.text(2);
  user.user_name = row.text(3);
  user.full_name = row.text(4);
  user.email = row.text(5);
  const std::int64_t role = row.int64(6);
  user.active = row.boolean(7);
  user.must_change_password = row.boolean(8);
  const bool shaped = fill(user.credential.salt, row.blob(9)) && fill(user.credential.verifier, row.blob(10));
  const std::int64_t memory_kib = row.int64(11);
  const std::int64_t passes = row.int64(12);
  user.created = row.int64(13);
  user.last_sign_on = row.optional_int64(14);
  user.password_changed = row.optional_int64(15);
  user.sign_on = row.text(16);
  if (!shaped || user.id.size() != user_id_size || role < 1 || role > static_cast<std::int64_t>(capability::role_max) ||
      !std::in_range<std::uint32_t>(organisation) || !std::in_range<std::uint32_t>(memory_kib) ||
      !std::in_range<std::uint32_t>(passes)) {
    return fail(Errc::corrupt, "identity.db: a user's row has the wrong shape");
  }
  user.organisation = static_cast<std::uint32_t>(organisation);
  user.role = static_cast<capability::Role>(role);
  user.credential.memory_kib = static_cast<std::uint32_t>(memory_kib);
  user.credential.passes = static_cast<std::uint32_t>(passes);
  return user;
}

}  // namespace

Result<Identity> Identity::open(const char* path) {
  return Identity{TRY(db::Db::open(path, {.migrations = migrations}))};
}

Result<void> Identity::commit() {
  if (!db_.in_transaction()) return {};
  TRY(db_.commit());
  // The turn is durable already; a log that stays large for now is no reason to refuse it.
  if (const Result<void> cut = db_.checkpoint_if_large(); !cut.ok()) {
    log(Level::warning, "checkpoint_failed", {{"why", cut.error().message()}});
  }
  return {};
}

template <class... Binds>
Result<std::optional<User>> Identity::find_user(db::Sql sql, const Binds&... binds) {
  std::optional<User> found;
  const auto take = [&](db::Row& row) -> Result<void> {
    found = TRY(read_user(row));
    return {};
  };
  TRY(db_.query(sql, take, binds...));
  return found;
}

Result<std::optional<User>> Identity::user_by_key(std::string_view name_key) {
  return find_user(
      "SELECT id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, salt, "
      "verifier, memory_kib, passes, created_ms, last_sign_on_ms, password_changed_ms, sign_on FROM users WHERE name_key = $1",
      name_key);
}

Result<std::optional<User>> Identity::user_by_id(std::string_view id) {
  return find_user(
      "SELECT id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, salt, "
      "verifier, memory_kib, passes, created_ms, last_sign_on_ms, password_changed_ms, sign_on FROM users WHERE id = $1",
      id);
}

Result<std::vector<User>> Identity::users_after(std::string_view after) {
  std::vector<User> users;
  const auto take = [&](db::Row& row) -> Result<void> {
    users.push_back(TRY(read_user(row)));
    return {};
  };
  TRY(db_.query(
      "SELECT id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, salt, "
      "verifier, memory_kib, passes, created_ms, last_sign_on_ms, password_changed_ms, sign_on FROM users WHERE name_key > $1 "
      "ORDER BY name_key LIMIT $2",
      take, after, users_per_list));
  return users;
}

Result<void> Identity::add_user(const User& user) {
  const auto count = TRY(db_.one("SELECT COUNT(*) FROM users", [](db::Row& row) { return row.int64(0); }));
  if (count.value_or(0) >= users_max) return fail(Errc::exhausted, cat("there are ", users_max, " users already"));
  const Credential& credential = user.credential;
  const Result<std::int64_t> added = db_.run(
      "INSERT INTO users (id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, "
      "salt, verifier, memory_kib, passes, created_ms, password_changed_ms, failed_count) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0)",
      user.id, user.organisation, user.name_key, user.user_name, user.full_name, user.email,
      static_cast<std::int64_t>(user.role), user.active, user.must_change_password, credential.salt,
      credential.verifier, credential.memory_kib, credential.passes, user.created, user.password_changed);
  if (added.ok()) return {};
  if (added.error().kind() == Errc::conflict) return fail(Errc::conflict, "a user of that name exists");
  return added.error();
}

Result<void> Identity::set_active(std::string_view id, bool active) {
  TRY(db_.run("UPDATE users SET active = $2 WHERE id = $1", id, active));
  return {};
}

Result<void> Identity::set_credential(std::string_view id, const Credential& credential, bool must_change, UnixMs now) {
  TRY(
      db_.run("UPDATE users SET salt = $2, verifier = $3, memory_kib = $4, passes = $5, must_change_password = $6, "
              "password_changed_ms = $7 WHERE id = $1",
              id, credential.salt, credential.verifier, credential.memory_kib, credential.passes, must_change, now));
  return {};
}

Result<void> Identity::delete_user(std::string_view id) {
  TRY(db_.run("DELETE FROM users WHERE id = $1", id));
  return {};
}

Result<void> Identity::note_sign_on(std::string_view id, UnixMs now) {
  TRY(db_.run("UPDATE users SET last_sign_on_ms = $2, failed_count = 0 WHERE id = $1", id, now));
  return {};
}

Result<void> Identity::note_failures(std::string_view id, std::int64_t count, UnixMs last) {
  TRY(db_.run("UPDATE users SET failed_count = failed_count + $2, last_failed_ms = $3 WHERE id = $1", id, count, last));
  return {};
}

}  // namespace bulkhead::warden
