#include "warden/identity.h"

#include <algorithm>

namespace bulkhead::warden {
Result<std::optional<Session>> Identity::find_session(db::Sql sql, const TokenHash& hash) {
  std::optional<Session> found;
  TRY(db_.query(
      sql,
      [&](db::Row& row) -> Result<void> {
        Session& session = found.emplace();
        if (!fill(session.id, row.blob(0)))
          return fail(Errc::corrupt, "identity.db: a session's row has the wrong shape");
        session.user = row.text(1);
        session.issued = row.int64(2);
        session.access_expires = row.int64(3);
        session.refresh_expires = row.int64(4);
        session.generation = row.int64(5);
        const std::int64_t acting = row.int64(6);
        if (!std::in_range<std::uint32_t>(acting)) return fail(Errc::corrupt, "identity.db: a session acts for nobody");
        session.acting = static_cast<std::uint32_t>(acting);
        return {};
      },
      hash));
  return found;
}

Result<std::optional<Session>> Identity::session_by_access(const TokenHash& hash) {
  return find_session(
      "SELECT id, user_id, issued_ms, access_expires_ms, refresh_expires_ms, generation, acting FROM sessions "
      "WHERE access_hash = $1",
      hash);
}

Result<std::optional<Session>> Identity::session_by_refresh(const TokenHash& hash) {
  return find_session(
      "SELECT id, user_id, issued_ms, access_expires_ms, refresh_expires_ms, generation, acting FROM sessions "
      "WHERE refresh_hash = $1",
      hash);
}

Result<std::optional<Session>> Identity::session_by_spent(const TokenHash& hash) {
  return find_session(
      "SELECT s.id, s.user_id, s.issued_ms, s.access_expires_ms, s.refresh_expires_ms, s.generation, s.acting "
      "FROM spent_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1",
      hash);
}

Result<std::vector<capability::SessionId>> Identity::add_session(const Session& session, const TokenHashes& hashes) {
  // The oldest beyond the limit, less the one to come.
  std::vector<capability::SessionId> ended;
  TRY(db_.query(
      "SELECT id FROM sessions WHERE user_id = $1 ORDER BY issued_ms DESC, id LIMIT 64 OFFSET $2",
      [&](db::Row& row) -> Result<void> {
        if (!fill(ended.emplace_back(), row.blob(0))) return fail(Errc::corrupt, "identity.db: a session has no id");
        return {};
      },
      session.user, sessions_per_user_max - 1));
  for (const capability::SessionId& id : ended) TRY(end_session(id));
  TRY(db_.run(
      "INSERT INTO sessions (id, user_id, access_hash, refresh_hash, issued_ms, access_expires_ms, refresh_expires_ms, "
      "generation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      session.id, session.user, hashes.access, hashes.refresh, session.issued, session.access_expires,
      session.refresh_expires, session.generation));
  return ended;
}

Result<void> Identity::rotate(const Session& session, const TokenHashes& hashes) {
  TRY(db_.run(
      "INSERT INTO spent_tokens (hash, session_id, generation) SELECT refresh_hash, id, generation FROM sessions "
      "WHERE id = $1",
      session.id));
  TRY(db_.run("DELETE FROM spent_tokens WHERE session_id = $1 AND generation < $2", session.id,
              session.generation - spent_tokens_max));
  TRY(db_.run(
      "UPDATE sessions SET access_hash = $2, refresh_hash = $3, access_expires_ms = $4, refresh_expires_ms = $5, "
      "generation = $6 WHERE id = $1",
      session.id, hashes.access, hashes.refresh, session.access_expires, session.refresh_expires, session.generation));
  return {};
}

Result<void> Identity::set_acting(const capability::SessionId& id, std::uint32_t organisation) {
  TRY(db_.run("UPDATE sessions SET acting = $2 WHERE id = $1", id, organisation));
  return {};
}

Result<void> Identity::end_session(const capability::SessionId& id) {
  TRY(db_.run("DELETE FROM sessions WHERE id = $1", id));
  return {};
}

Result<void> Identity::end_sessions_of(std::string_view user, const std::vector<capability::SessionId>& kept) {
  std::vector<capability::SessionId> ended;
  TRY(db_.query(
      "SELECT id FROM sessions WHERE user_id = $1",
      [&](db::Row& row) -> Result<void> {
        if (!fill(ended.emplace_back(), row.blob(0))) return fail(Errc::corrupt, "identity.db: a session has no id");
        return {};
      },
      user));
  for (const capability::SessionId& id : ended) {
    if (std::ranges::find(kept, id) == kept.end()) TRY(end_session(id));
  }
  return {};
}

Result<void> Identity::end_expired_sessions(UnixMs now) {
  TRY(db_.run("DELETE FROM sessions WHERE refresh_expires_ms <= $1", now));
  return {};
}

}  // namespace bulkhead::warden
