// Accounts that another server brought: their foreign hashes, and how far their import has come.
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

constexpr std::int64_t import_begun = 1;
constexpr std::int64_t import_ended = 2;

}  // namespace

// For an id that nobody has the next account's, and after the last one the first's: what an unknown name costs is
// spread over the same accounts as what a known one costs.
Result<std::string> Identity::foreign_hash(std::string_view id) {
  const auto hash = TRY(db_.one(
      "SELECT coalesce((SELECT foreign_hash FROM users WHERE id >= $1 ORDER BY id LIMIT 1), "
      "(SELECT foreign_hash FROM users ORDER BY id LIMIT 1), '')",
      [](db::Row& row) { return std::string{row.text(0)}; }, id));
  return hash.value_or("");
}

Result<void> Identity::begin_import(std::string_view id, std::string_view foreign_hash) {
  TRY(db_.run("UPDATE users SET foreign_hash = $2, importing = $3 WHERE id = $1", id, foreign_hash, import_begun));
  return {};
}

Result<asks::ImportState> Identity::import_state(std::string_view id) {
  const auto state =
      TRY(db_.one("SELECT importing FROM users WHERE id = $1", [](db::Row& row) { return row.int64(0); }, id));
  if (state == import_begun) return asks::ImportState::begun;
  return state == import_ended ? asks::ImportState::before : asks::ImportState::taken;
}

Result<void> Identity::end_import(std::string_view id, bool active) {
  const std::int64_t rows = TRY(db_.run("UPDATE users SET importing = $3, active = $2 WHERE id = $1 AND importing = $4",
                                        id, active, import_ended, import_begun));
  if (rows == 0) return fail(Errc::not_found, "there is no import of this account to be ended");
  return {};
}

}  // namespace bulkhead::warden
