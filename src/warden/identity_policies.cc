// Policies of organisations, and which roles of new users get them.
#include "base/cat.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

asks::PolicyRow read_policy(db::Row& row) {
  const auto number = [&](int column) { return static_cast<std::uint32_t>(row.int64(column)); };
  asks::PolicyRow out;
  out.id = number(0);
  out.kind = row.int64(1) == 0 ? asks::PolicyKind::aging : asks::PolicyKind::expiration;
  out.name = row.text(2);
  out.description = row.text(3);
  out.age_days = number(4);
  out.warn_days = number(5);
  out.grace_days = number(6);
  out.expires_ms = row.optional_int64(7);
  out.creation_days = number(8);
  out.activity_days = number(9);
  out.sign_ons = number(10);
  out.users = number(11);
  return out;
}

}  // namespace

Result<std::vector<asks::PolicyRow>> Identity::policies(std::uint32_t organisation, asks::PolicyKind kind) {
  std::vector<asks::PolicyRow> rows;
  TRY(db_.query(
      "SELECT id, kind, name, '', age_days, warn_days, grace_days, expires_ms, creation_days, activity_days, sign_ons, "
      "(SELECT COUNT(*) FROM users u WHERE u.organisation = $1 AND CASE $2 WHEN 0 THEN u.aging_policy ELSE "
      "u.expiration_policy END = p.id) FROM policies p WHERE organisation = $1 AND kind = $2 ORDER BY name",
      [&](db::Row& row) { rows.push_back(read_policy(row)); }, organisation, static_cast<int>(kind)));
  return rows;
}

Result<std::optional<asks::PolicyRow>> Identity::policy(std::int64_t id) {
  if (id == 0) return std::optional<asks::PolicyRow>{};
  return db_.one(
      "SELECT id, kind, name, description, age_days, warn_days, grace_days, expires_ms, creation_days, activity_days, "
      "sign_ons, 0 FROM policies WHERE id = $1",
      read_policy, id);
}

Result<bool> Identity::has_policy(std::uint32_t organisation, asks::PolicyKind kind, std::int64_t id) {
  const auto count = TRY(db_.one(
      "SELECT COUNT(*) FROM policies WHERE organisation = $1 AND kind = $2 AND id = $3",
      [](db::Row& row) { return row.int64(0); }, organisation, static_cast<int>(kind), id));
  return count.value_or(0) > 0;
}

Result<std::uint32_t> Identity::add_policy(std::uint32_t organisation, const asks::PolicyRow& policy) {
  if (TRY(policies(organisation, policy.kind)).size() >= asks::policies_max) {
    return fail(Errc::exhausted, cat("there are ", asks::policies_max, " policies already"));
  }
  const Result<std::int64_t> added = db_.run(
      "INSERT INTO policies (organisation, kind, name, description, age_days, warn_days, grace_days, expires_ms, "
      "creation_days, activity_days, sign_ons) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      organisation, static_cast<int>(policy.kind), policy.name, policy.description, policy.age_days, policy.warn_days,
      policy.grace_days, policy.expires_ms, policy.creation_days, policy.activity_days, policy.sign_ons);
  if (added.ok()) return static_cast<std::uint32_t>(db_.last_insert_rowid());
  if (added.error().kind() == Errc::conflict) return fail(Errc::conflict, "a policy of that name exists");
  return added.error();
}

Result<void> Identity::set_default_policy(std::uint32_t organisation, const asks::SetDefaultPolicy& ask) {
  const int kind = static_cast<int>(ask.kind);
  TRY(db_.run("DELETE FROM default_policies WHERE organisation = $1 AND kind = $2 AND role = $3", organisation, kind,
              ask.role));
  if (ask.policy != 0) {
    TRY(db_.run("INSERT INTO default_policies (organisation, kind, role, policy) VALUES ($1, $2, $3, $4)", organisation,
                kind, ask.role, ask.policy));
  }
  if (!ask.existing) return {};
  if (ask.kind == asks::PolicyKind::aging) {
    TRY(db_.run("UPDATE users SET aging_policy = $3 WHERE organisation = $1 AND role = $2", organisation, ask.role,
                ask.policy));
  } else {
    TRY(db_.run("UPDATE users SET expiration_policy = $3 WHERE organisation = $1 AND role = $2", organisation, ask.role,
                ask.policy));
  }
  return {};
}

Result<std::vector<asks::SetDefaultPolicy::Default>> Identity::default_policies(std::uint32_t organisation,
                                                                                asks::PolicyKind kind) {
  std::vector<asks::SetDefaultPolicy::Default> out;
  TRY(db_.query(
      "SELECT role, policy FROM default_policies WHERE organisation = $1 AND kind = $2 ORDER BY role",
      [&](db::Row& row) {
        out.push_back({static_cast<std::uint8_t>(row.int64(0)), static_cast<std::uint32_t>(row.int64(1))});
      },
      organisation, static_cast<int>(kind)));
  return out;
}

Result<bool> Identity::may_change_own_password(std::uint32_t organisation) {
  const auto flag = TRY(db_.one(
      "SELECT change_own_password FROM organisations WHERE id = $1", [](db::Row& row) { return row.boolean(0); },
      organisation));
  return flag.value_or(true);
}

Result<void> Identity::set_password_permission(std::uint32_t organisation, bool change_own) {
  TRY(db_.run("UPDATE organisations SET change_own_password = $2 WHERE id = $1", organisation, change_own));
  return {};
}

}  // namespace bulkhead::warden
