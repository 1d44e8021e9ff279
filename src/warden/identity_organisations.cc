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
  out.tech_name = row.text(5);
  out.tech_phone = row.text(6);
  out.tech_email = row.text(7);
  out.base_url = row.text(8);
  return out;
}

asks::OrganisationSettings read_settings(db::Row& row) {
  const auto count = [&](int column) { return static_cast<std::uint32_t>(row.int64(column)); };
  asks::OrganisationSettings out;
  out.total_users = count(0);
  out.end_users = count(1);
  out.temp_users = count(2);
  out.admin_password_reset = row.boolean(3);
  // An unknown number gives nothing.
  const std::int64_t access = row.int64(4);
  if (access == 1 || access == 2) out.package_access = static_cast<asks::PackageAccess>(access);
  out.package_entries_in_log = row.boolean(5);
  out.show_files = row.boolean(6);
  out.show_packages = row.boolean(7);
  out.show_sharing = row.boolean(8);
  return out;
}

Error named(const Error& error) {
  if (error.kind() != Errc::conflict) return error;
  return fail(Errc::conflict, "an organisation of that name exists");
}

}  // namespace

Result<std::vector<asks::OrganisationRow>> Identity::organisations() {
  std::vector<asks::OrganisationRow> rows;
  TRY(
      db_.query("SELECT id, name, short_name, '', (SELECT COUNT(*) FROM users WHERE organisation = o.id), tech_name, "
                "tech_phone, tech_email, base_url FROM organisations o "
                "ORDER BY name",
                [&](db::Row& row) { rows.push_back(read_organisation(row)); }));
  return rows;
}

Result<std::optional<asks::OrganisationRow>> Identity::organisation(std::uint32_t id) {
  return db_.one(
      "SELECT id, name, short_name, notes, (SELECT COUNT(*) FROM users WHERE organisation = o.id), tech_name, "
      "tech_phone, tech_email, base_url FROM organisations o "
      "WHERE id = $1",
      read_organisation, id);
}

Result<std::uint32_t> Identity::add_organisation(const asks::OrganisationRow& row, UnixMs now) {
  const auto count = TRY(db_.one("SELECT COUNT(*) FROM organisations", [](db::Row& r) { return r.int64(0); }));
  if (count.value_or(0) >= static_cast<std::int64_t>(asks::organisations_max)) {
    return fail(Errc::exhausted, cat("there are ", asks::organisations_max, " organisations already"));
  }
  const Result<std::int64_t> added = db_.run(
      "INSERT INTO organisations (id, name, short_name, notes, created_ms, tech_name, tech_phone, tech_email, "
      "base_url) "
      "VALUES ((SELECT MAX(id) + 1 FROM organisations), $1, $2, '', $3, $4, $5, $6, $7)",
      row.name, row.short_name, now, row.tech_name, row.tech_phone, row.tech_email, row.base_url);
  if (!added.ok()) return named(added.error());
  return static_cast<std::uint32_t>(db_.last_insert_rowid());
}

Result<void> Identity::change_organisation(const asks::OrganisationRow& row) {
  const Result<std::int64_t> changed = db_.run(
      "UPDATE organisations SET name = $2, short_name = $3, notes = $4, tech_name = $5, tech_phone = $6, "
      "tech_email = $7, base_url = $8 WHERE id = $1",
      row.id, row.name, row.short_name, row.notes, row.tech_name, row.tech_phone, row.tech_email, row.base_url);
  if (!changed.ok()) return named(changed.error());
  return {};
}

Result<std::optional<asks::OrganisationSettings>> Identity::organisation_settings(std::uint32_t id) {
  return db_.one(
      "SELECT total_users, end_users, temp_users, admin_password_reset, package_access, package_entries_in_log, "
      "show_files, show_packages, show_sharing FROM organisations WHERE id = $1",
      read_settings, id);
}

Result<void> Identity::set_organisation_settings(std::uint32_t id, const asks::OrganisationSettings& settings) {
  TRY(db_.run(
      "UPDATE organisations SET total_users = $2, end_users = $3, temp_users = $4, admin_password_reset = $5, "
      "package_access = $6, package_entries_in_log = $7, show_files = $8, show_packages = $9, show_sharing = $10 "
      "WHERE id = $1",
      id, settings.total_users, settings.end_users, settings.temp_users, settings.admin_password_reset,
      static_cast<int>(settings.package_access), settings.package_entries_in_log, settings.show_files,
      settings.show_packages, settings.show_sharing));
  return {};
}

Result<void> Identity::need_room_for(const User& user) {
  const auto settings = TRY(organisation_settings(user.organisation));
  if (!settings) return {};
  struct Counts {
    std::int64_t total = 0;
    std::int64_t same_role = 0;
  };
  const auto counts = TRY(db_.one(
      "SELECT COUNT(*), coalesce(SUM(role = $2), 0) FROM users WHERE organisation = $1 AND id != $3",
      [](db::Row& row) { return Counts{row.int64(0), row.int64(1)}; }, user.organisation, static_cast<int>(user.role),
      user.id));
  const bool end_user = user.role == capability::Role::user;
  const bool temporary = user.role == capability::Role::temporary_user;
  const std::uint32_t of_role = end_user ? settings->end_users : temporary ? settings->temp_users : 0;
  const auto full = [](std::int64_t count, std::uint32_t max) { return max != 0 && count >= std::int64_t{max}; };
  if (full(counts->total, settings->total_users) || full(counts->same_role, of_role)) {
    return fail(Errc::conflict, "the organisation has as many users of this kind as it may have");
  }
  return {};
}

}  // namespace bulkhead::warden
