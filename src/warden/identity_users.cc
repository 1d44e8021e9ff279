// Users: one row each.
#include "base/cat.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

// NOLINTNEXTLINE(*macro-usage): SQL is made of literals only
#define USER_COLUMNS                                                                                              \
  "id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, salt, verifier, " \
  "memory_kib, passes, created_ms, last_sign_on_ms, password_changed_ms, sign_on, notes, status_note, language, " \
  "email_format, notifications, aging_policy, expiration_policy, sign_on_count"

// NOLINTNEXTLINE(*macro-usage)
#define USER_FILTER                                                                                             \
  "($1 = 0 OR organisation = $1) AND ((1 << role) & $2) != 0 AND "                                              \
  "($3 = 0 OR ($3 = 1 AND active = 1) OR ($3 = 2 AND active = 0) OR ($3 = 3 AND last_sign_on_ms IS NULL)) AND " \
  "($4 = '' OR ($7 = 1 AND name_key = $4) OR ($7 = 0 AND instr(name_key, $4) > 0)) AND "                        \
  "($5 = '' OR ($7 = 1 AND lower(full_name) = $5) OR ($7 = 0 AND instr(lower(full_name), $5) > 0)) AND "        \
  "($6 = '' OR ($7 = 1 AND lower(email) = $6) OR ($7 = 0 AND instr(lower(email), $6) > 0))"

// NOLINTNEXTLINE(*macro-usage)
#define USER_SORT                                                                                           \
  "CASE $8 WHEN 1 THEN lower(full_name) WHEN 2 THEN coalesce(last_sign_on_ms, 0) WHEN 3 THEN lower(email) " \
  "ELSE name_key END"

// The columns in that order.
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
  user.notes = row.text(17);
  user.status_note = row.text(18);
  user.language = row.text(19);
  const std::int64_t email_format = row.int64(20);
  const std::int64_t notifications = row.int64(21);
  user.aging_policy = row.int64(22);
  user.expiration_policy = row.int64(23);
  user.sign_on_count = row.int64(24);
  if (!shaped || user.id.size() != user_id_size || role < 1 || role > static_cast<std::int64_t>(capability::role_max) ||
      !std::in_range<std::uint32_t>(organisation) || !std::in_range<std::uint32_t>(memory_kib) ||
      !std::in_range<std::uint32_t>(passes) || email_format < 0 || email_format > 1 || notifications < 0 ||
      notifications > 2) {
    return fail(Errc::corrupt, "identity.db: a user's row has the wrong shape");
  }
  user.organisation = static_cast<std::uint32_t>(organisation);
  user.role = static_cast<capability::Role>(role);
  user.credential.memory_kib = static_cast<std::uint32_t>(memory_kib);
  user.credential.passes = static_cast<std::uint32_t>(passes);
  user.email_format = static_cast<asks::EmailFormat>(email_format);
  user.notifications = static_cast<asks::Notifications>(notifications);
  return user;
}

}  // namespace

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
  return find_user("SELECT " USER_COLUMNS " FROM users WHERE name_key = $1", name_key);
}

Result<std::optional<User>> Identity::user_by_id(std::string_view id) {
  return find_user("SELECT " USER_COLUMNS " FROM users WHERE id = $1", id);
}

Result<std::vector<User>> Identity::users_after(std::string_view after) {
  std::vector<User> users;
  const auto take = [&](db::Row& row) -> Result<void> {
    users.push_back(TRY(read_user(row)));
    return {};
  };
  TRY(db_.query("SELECT " USER_COLUMNS " FROM users WHERE name_key > $1 "
                "ORDER BY name_key LIMIT $2",
                take, after, users_per_list));
  return users;
}

Result<void> Identity::add_user(const User& user) {
  const auto count = TRY(db_.one("SELECT COUNT(*) FROM users", [](db::Row& row) { return row.int64(0); }));
  if (count.value_or(0) >= users_max) return fail(Errc::exhausted, cat("there are ", users_max, " users already"));
  TRY(need_room_for(user));
  const Credential& credential = user.credential;
  const Result<std::int64_t> added = db_.run(
      "INSERT INTO users (id, organisation, name_key, user_name, full_name, email, role, active, must_change_password, "
      "salt, verifier, memory_kib, passes, created_ms, password_changed_ms, failed_count, sign_on, notes, language, "
      "email_format, notifications, aging_policy, expiration_policy) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
      "$11, $12, $13, $14, $15, 0, $16, $17, $18, $19, $20, $21, $22)",
      user.id, user.organisation, user.name_key, user.user_name, user.full_name, user.email,
      static_cast<std::int64_t>(user.role), user.active, user.must_change_password, credential.salt,
      credential.verifier, credential.memory_kib, credential.passes, user.created, user.password_changed, user.sign_on,
      user.notes, user.language, static_cast<int>(user.email_format), static_cast<int>(user.notifications),
      user.aging_policy, user.expiration_policy);
  if (added.ok()) return {};
  if (added.error().kind() == Errc::conflict) return fail(Errc::conflict, "a user of that name exists");
  return added.error();
}

// The texts of `filter` are small letters already; the name is the folded one.
Result<std::vector<User>> Identity::find_users(const UserFilter& filter, bool descending, std::uint32_t offset,
                                               std::uint32_t count) {
  std::vector<User> users;
  const auto take = [&](db::Row& row) -> Result<void> {
    users.push_back(TRY(read_user(row)));
    return {};
  };
  const auto ask = [&](db::Sql sql) {
    return db_.query(sql, take, filter.organisation, filter.roles, static_cast<int>(filter.status), filter.name,
                     filter.full_name, filter.email, filter.exact, static_cast<int>(filter.sort), count, offset);
  };
  TRY(descending ? ask("SELECT " USER_COLUMNS " FROM users WHERE " USER_FILTER " ORDER BY " USER_SORT
                       " DESC, name_key DESC LIMIT $9 OFFSET $10")
                 : ask("SELECT " USER_COLUMNS " FROM users WHERE " USER_FILTER " ORDER BY " USER_SORT
                       ", name_key LIMIT $9 OFFSET $10"));
  return users;
}

Result<std::uint64_t> Identity::count_users(const UserFilter& filter) {
  const auto count = TRY(db_.one(
      "SELECT COUNT(*) FROM users WHERE " USER_FILTER, [](db::Row& row) { return row.int64(0); }, filter.organisation,
      filter.roles, static_cast<int>(filter.status), filter.name, filter.full_name, filter.email, filter.exact));
  return static_cast<std::uint64_t>(count.value_or(0));
}

Result<bool> Identity::another_active(const User& user) {
  const auto count = TRY(db_.one(
      "SELECT COUNT(*) FROM users WHERE role = $1 AND active = 1 AND id != $2 AND ($3 = 0 OR organisation = $3)",
      [](db::Row& row) { return row.int64(0); }, static_cast<int>(user.role), user.id,
      user.role == capability::Role::sys_admin ? 0 : user.organisation));
  return count.value_or(0) > 0;
}

Result<void> Identity::set_profile(const User& user) {
  TRY(
      db_.run("UPDATE users SET full_name = $2, email = $3, role = $4, active = $5, must_change_password = $6, "
              "notes = $7, status_note = $8, language = $9, email_format = $10, notifications = $11 WHERE id = $1",
              user.id, user.full_name, user.email, static_cast<int>(user.role), user.active, user.must_change_password,
              user.notes, user.status_note, user.language, static_cast<int>(user.email_format),
              static_cast<int>(user.notifications)));
  if (!user.active) TRY(remove_reset(user.id));
  return {};
}

Result<void> Identity::set_active(std::string_view id, bool active) {
  TRY(db_.run("UPDATE users SET active = $2 WHERE id = $1", id, active));
  if (!active) TRY(remove_reset(id));
  return {};
}

Result<void> Identity::delete_user(std::string_view id) {
  TRY(db_.run("DELETE FROM users WHERE id = $1", id));
  return {};
}

Result<void> Identity::note_sign_on(std::string_view id, UnixMs now) {
  TRY(db_.run(
      "UPDATE users SET last_sign_on_ms = $2, failed_count = 0, sign_on_count = sign_on_count + 1 WHERE id = $1", id,
      now));
  return {};
}

Result<void> Identity::note_failures(std::string_view id, std::int64_t count, UnixMs last) {
  TRY(db_.run("UPDATE users SET failed_count = failed_count + $2, last_failed_ms = $3 WHERE id = $1", id, count, last));
  return {};
}

}  // namespace bulkhead::warden
