// Network rules of organisations and users, and the networks that the server trusts.
#include "base/cat.h"
#include "warden/identity.h"

namespace bulkhead::warden {
namespace {

Result<void> changed_one(Result<std::int64_t> rows, std::string_view none) {
  if (TRY(std::move(rows)) == 0) return fail(Errc::not_found, std::string{none});
  return {};
}

}  // namespace

Result<std::vector<asks::NetworkRule>> Identity::network_rules(std::uint32_t organisation) {
  std::vector<asks::NetworkRule> rules;
  TRY(db_.query(
      "SELECT id, coalesce(user_id, ''), administrators, network, allow, priority, comment FROM network_rules "
      "WHERE organisation = $1 ORDER BY id",
      [&](db::Row& row) -> Result<void> {
        asks::NetworkRule& rule = rules.emplace_back();
        rule.id = static_cast<std::uint32_t>(row.int64(0));
        rule.user = row.text(1);
        rule.administrators = row.boolean(2);
        rule.network = row.text(3);
        rule.allow = row.boolean(4);
        const std::int64_t priority = row.int64(5);
        rule.comment = row.text(6);
        if (priority < 0 || priority > 2) return fail(Errc::corrupt, "identity.db: a network rule has no priority");
        rule.priority = static_cast<asks::RulePriority>(priority);
        return {};
      },
      organisation));
  return rules;
}

Result<std::uint32_t> Identity::add_network_rule(std::uint32_t organisation, const asks::NetworkRule& rule) {
  if (TRY(network_rules(organisation)).size() >= asks::network_rules_max) {
    return fail(Errc::exhausted, cat("there are ", asks::network_rules_max, " rules already"));
  }
  const std::optional<std::string> user = rule.user.empty() ? std::nullopt : std::optional{rule.user};
  TRY(
      db_.run("INSERT INTO network_rules (organisation, user_id, administrators, network, allow, priority, comment) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7)",
              organisation, user, rule.administrators, rule.network, rule.allow, static_cast<int>(rule.priority),
              rule.comment));
  return static_cast<std::uint32_t>(db_.last_insert_rowid());
}

Result<void> Identity::remove_network_rule(std::uint32_t organisation, std::uint32_t id) {
  return changed_one(db_.run("DELETE FROM network_rules WHERE organisation = $1 AND id = $2", organisation, id),
                     "there is no such rule");
}

Result<std::vector<asks::TrustedNetwork>> Identity::trusted_networks() {
  std::vector<asks::TrustedNetwork> out;
  TRY(db_.query("SELECT id, network, comment FROM trusted_networks ORDER BY id", [&](db::Row& row) {
    out.push_back({static_cast<std::uint32_t>(row.int64(0)), std::string{row.text(1)}, std::string{row.text(2)}});
  }));
  return out;
}

Result<std::uint32_t> Identity::set_trusted_network(const asks::TrustedNetwork& network) {
  const Result<std::int64_t> stored = [&]() -> Result<std::int64_t> {
    if (network.id != 0) {
      return db_.run("UPDATE trusted_networks SET network = $2, comment = $3 WHERE id = $1", network.id,
                     network.network, network.comment);
    }
    if (TRY(trusted_networks()).size() >= asks::trusted_networks_max) {
      return fail(Errc::exhausted, cat("there are ", asks::trusted_networks_max, " networks already"));
    }
    return db_.run("INSERT INTO trusted_networks (network, comment) VALUES ($1, $2)", network.network, network.comment);
  }();
  if (!stored.ok() && stored.error().kind() == Errc::conflict)
    return fail(Errc::conflict, "this network is there already");
  TRY(changed_one(stored, "there is no such network"));
  return network.id != 0 ? network.id : static_cast<std::uint32_t>(db_.last_insert_rowid());
}

Result<void> Identity::remove_trusted_network(std::uint32_t id) {
  return changed_one(db_.run("DELETE FROM trusted_networks WHERE id = $1", id), "there is no such network");
}

}  // namespace bulkhead::warden
