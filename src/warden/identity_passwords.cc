// Credentials and the passwords that an account had before.
#include "warden/identity.h"

namespace bulkhead::warden {

Result<void> Identity::set_credential(std::string_view id, const NewCredential& fresh, bool must_change, UnixMs now) {
  const Credential& credential = fresh.credential;
  TRY(remove_reset(id));
  TRY(
      db_.run("UPDATE users SET salt = $2, verifier = $3, memory_kib = $4, passes = $5, must_change_password = $6, "
              "password_changed_ms = $7, history_salt = $8, foreign_hash = '' WHERE id = $1",
              id, credential.salt, credential.verifier, credential.memory_kib, credential.passes, must_change, now,
              fresh.history.salt));
  TRY(db_.run("INSERT OR REPLACE INTO password_history (user_id, verifier, set_ms) VALUES ($1, $2, $3)", id,
              fresh.history.verifier, now));
  TRY(
      db_.run("DELETE FROM password_history WHERE user_id = $1 AND verifier NOT IN (SELECT verifier FROM "
              "password_history WHERE user_id = $1 ORDER BY set_ms DESC, rowid DESC LIMIT $2)",
              id, password_history_max));
  return {};
}

Result<std::optional<Salt>> Identity::history_salt(std::string_view id) {
  std::optional<Salt> salt;
  TRY(db_.query(
      "SELECT history_salt FROM users WHERE id = $1 AND history_salt IS NOT NULL",
      [&](db::Row& row) -> Result<void> {
        if (!fill(salt.emplace(), row.blob(0))) return fail(Errc::corrupt, "identity.db: a salt has the wrong size");
        return {};
      },
      id));
  return salt;
}

Result<bool> Identity::was_used(std::string_view id, const Verifier& verifier) {
  const auto count = TRY(db_.one(
      "SELECT COUNT(*) FROM password_history WHERE user_id = $1 AND verifier = $2",
      [](db::Row& row) { return row.int64(0); }, id, verifier));
  return count.value_or(0) > 0;
}

}  // namespace bulkhead::warden
