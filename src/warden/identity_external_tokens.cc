// Tokens that add-ins of mail programs were given for a user: digests only.
#include "base/cat.h"
#include "base/encode.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

constexpr std::size_t digest_shown = 8;  // bytes

Result<void> changed_one(Result<std::int64_t> rows) {
  if (TRY(std::move(rows)) == 0) return fail(Errc::not_found, "there is no such token");
  return {};
}

}  // namespace

Result<std::vector<asks::ExternalTokenRow>> Identity::external_tokens_of(std::string_view user) {
  std::vector<asks::ExternalTokenRow> rows;
  TRY(db_.query(
      "SELECT t.id, t.hash, u.organisation, t.registered_ms FROM external_tokens t JOIN users u ON u.id = t.user_id "
      "WHERE t.user_id = $1 ORDER BY t.registered_ms, t.id",
      [&](db::Row& row) -> Result<void> {
        TokenHash hash{};
        if (!fill(hash, row.blob(1))) return fail(Errc::corrupt, "identity.db: an external token has the wrong shape");
        asks::ExternalTokenRow& out = rows.emplace_back();
        out.id = row.text(0);
        out.digest = to_hex(ByteView{hash}.first(digest_shown));
        out.organisation = static_cast<std::uint32_t>(row.int64(2));
        out.registered_ms = row.int64(3);
        return {};
      },
      user));
  return rows;
}

Result<bool> Identity::has_external_token(std::string_view user, asks::ExternalTokenType type, const TokenHash& hash) {
  const auto found = TRY(db_.one(
      "SELECT COUNT(*) FROM external_tokens WHERE user_id = $1 AND type = $2 AND hash = $3",
      [](db::Row& row) { return row.int64(0); }, user, static_cast<int>(type), hash));
  return found.value_or(0) > 0;
}

Result<void> Identity::add_external_token(std::string_view user, const asks::ExternalTokenRow& row,
                                          const TokenHash& hash) {
  const auto count = TRY(
      db_.one("SELECT COUNT(*) FROM external_tokens WHERE user_id = $1", [](db::Row& r) { return r.int64(0); }, user));
  if (count.value_or(0) >= static_cast<std::int64_t>(asks::external_tokens_max)) {
    return fail(Errc::exhausted, cat("there are ", asks::external_tokens_max, " tokens already: remove one first"));
  }
  const Result<std::int64_t> added =
      db_.run("INSERT INTO external_tokens (id, user_id, type, hash, registered_ms) VALUES ($1, $2, $3, $4, $5)",
              row.id, user, static_cast<int>(row.type), hash, row.registered_ms);
  if (added.ok()) return {};
  if (added.error().kind() == Errc::conflict) return fail(Errc::conflict, "this token is registered already");
  return added.error();
}

Result<void> Identity::remove_external_token(std::string_view user, std::string_view id) {
  return changed_one(db_.run("DELETE FROM external_tokens WHERE user_id = $1 AND id = $2", user, id));
}

Result<void> Identity::remove_external_token(std::string_view user, asks::ExternalTokenType type,
                                             const TokenHash& hash) {
  return changed_one(db_.run("DELETE FROM external_tokens WHERE user_id = $1 AND type = $2 AND hash = $3", user,
                             static_cast<int>(type), hash));
}

}  // namespace bulkhead::warden
