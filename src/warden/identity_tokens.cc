// API tokens: one row each, without the token.
#include "base/cat.h"
#include "ipc/token_asks.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

// NOLINTNEXTLINE(*macro-usage): SQL is made of literals only
#define TOKEN_COLUMNS "id, user_id, prefix, name, scopes, networks, created_ms, expires_ms, last_used_ms, last_address"

Result<ApiToken> read_token(db::Row& row) {
  ApiToken token;
  token.id = row.text(0);
  token.user = row.text(1);
  token.prefix = row.text(2);
  token.name = row.text(3);
  const std::int64_t scopes = row.int64(4);
  token.scopes = capability::Scopes::from_bits(static_cast<std::uint64_t>(scopes));
  token.networks = row.text(5);
  token.created = row.int64(6);
  token.expires = row.int64(7);
  token.last_used = row.optional_int64(8);
  token.last_address = row.text(9);
  if (token.id.size() != user_id_size || scopes <= 0 || !capability::token_scopes.has(token.scopes)) {
    return fail(Errc::corrupt, "identity.db: a token's row has the wrong shape");
  }
  return token;
}

Result<void> changed_one(Result<std::int64_t> rows) {
  if (TRY(std::move(rows)) == 0) return fail(Errc::not_found, "there is no such token");
  return {};
}

std::optional<ApiToken> first_of(std::vector<ApiToken> tokens) {
  if (tokens.empty()) return {};
  return std::move(tokens.front());
}

}  // namespace

template <class... Binds>
Result<std::vector<ApiToken>> Identity::find_api_tokens(db::Sql sql, const Binds&... binds) {
  std::vector<ApiToken> out;
  TRY(db_.query(
      sql,
      [&](db::Row& row) -> Result<void> {
        out.push_back(TRY(read_token(row)));
        return {};
      },
      binds...));
  return out;
}

Result<std::optional<ApiToken>> Identity::api_token_by_hash(const TokenHash& hash) {
  return first_of(TRY(find_api_tokens("SELECT " TOKEN_COLUMNS " FROM api_tokens WHERE hash = $1", hash)));
}

Result<std::optional<ApiToken>> Identity::api_token(std::string_view id) {
  return first_of(TRY(find_api_tokens("SELECT " TOKEN_COLUMNS " FROM api_tokens WHERE id = $1", id)));
}

Result<std::vector<ApiToken>> Identity::api_tokens_of(std::string_view user) {
  return find_api_tokens("SELECT " TOKEN_COLUMNS " FROM api_tokens WHERE user_id = $1 ORDER BY created_ms, id", user);
}

Result<void> Identity::add_api_token(const ApiToken& token, const TokenHash& hash) {
  const auto count = TRY(db_.one(
      "SELECT COUNT(*) FROM api_tokens WHERE user_id = $1", [](db::Row& row) { return row.int64(0); }, token.user));
  if (count.value_or(0) >= static_cast<std::int64_t>(asks::tokens_of_a_user_max)) {
    return fail(Errc::exhausted, cat("there are ", asks::tokens_of_a_user_max, " tokens already: remove one first"));
  }
  TRY(
      db_.run("INSERT INTO api_tokens (id, user_id, hash, prefix, name, scopes, networks, created_ms, expires_ms) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
              token.id, token.user, hash, token.prefix, token.name, std::int64_t{token.scopes.bits()}, token.networks,
              token.created, token.expires));
  return {};
}

Result<void> Identity::change_api_token(const ApiToken& token) {
  return changed_one(db_.run("UPDATE api_tokens SET name = $3, expires_ms = $4 WHERE id = $1 AND user_id = $2",
                             token.id, token.user, token.name, token.expires));
}

Result<void> Identity::remove_api_token(std::string_view user, std::string_view id) {
  return changed_one(db_.run("DELETE FROM api_tokens WHERE id = $1 AND user_id = $2", id, user));
}

Result<void> Identity::note_api_token(std::string_view id, UnixMs now, std::string_view address) {
  TRY(db_.run("UPDATE api_tokens SET last_used_ms = $2, last_address = $3 WHERE id = $1", id, now, address));
  return {};
}

Result<void> Identity::remove_expired_api_tokens(UnixMs before) {
  TRY(db_.run("DELETE FROM api_tokens WHERE expires_ms <= $1", before));
  return {};
}

}  // namespace bulkhead::warden
