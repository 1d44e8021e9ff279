// Organisations: who may have users. Their files are the keeper's.
#include "base/cat.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

asks::OrganisationRow read_organisation(db::Row& row) {
  asks::OrganisationRow out;
  out.id = static_cast<std::uint32_t>(row.int64(0));
  out.name = row.text(1);
  out.short_name = row.text(2);
  out.notes = row.text(3);
  out.users = static_cast<std::uint64_t>(row.int64(4));
  return out;
}

Error named(const Error& error) {
  if (error.kind() != Errc::conflict) return error;
  return fail(Errc::conflict, "an organisation of that name exists");
}

}  // namespace

Result<std::vector<asks::OrganisationRow>> Identity::organisations() {
  std::vector<asks::OrganisationRow> rows;
  TRY(db_.query(
      "SELECT id, name, short_name, '', (SELECT COUNT(*) FROM users WHERE organisation = o.id) FROM organisations o "
      "ORDER BY name",
      [&](db::Row& row) { rows.push_back(read_organisation(row)); }));
  return rows;
}

Result<std::optional<asks::OrganisationRow>> Identity::organisation(std::uint32_t id) {
  return db_.one(
      "SELECT id, name, short_name, notes, (SELECT COUNT(*) FROM users WHERE organisation = o.id) FROM organisations o "
      "WHERE id = $1",
      read_organisation, id);
}

Result<std::uint32_t> Identity::add_organisation(const asks::OrganisationRow& row, UnixMs now) {
  const auto count = TRY(db_.one("SELECT COUNT(*) FROM organisations", [](db::Row& r) { return r.int64(0); }));
  if (count.value_or(0) >= static_cast<std::int64_t>(asks::organisations_max)) {
    return fail(Errc::exhausted, cat("there are ", asks::organisations_max, " organisations already"));
  }
  const Result<std::int64_t> added = db_.run(
      "INSERT INTO organisations (id, name, short_name, notes, created_ms) "
      "VALUES ((SELECT MAX(id) + 1 FROM organisations), $1, $2, '', $3)",
      row.name, row.short_name, now);
  if (!added.ok()) return named(added.error());
  return static_cast<std::uint32_t>(db_.last_insert_rowid());
}

Result<void> Identity::change_organisation(const asks::OrganisationRow& row) {
  const Result<std::int64_t> changed =
      db_.run("UPDATE organisations SET name = $2, short_name = $3, notes = $4 WHERE id = $1", row.id, row.name,
              row.short_name, row.notes);
  if (!changed.ok()) return named(changed.error());
  return {};
}

}  // namespace bulkhead::warden
