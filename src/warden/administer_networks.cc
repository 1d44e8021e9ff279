// Network rules, and whether an account may be used from where a connection comes.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"
#include "warden/network_rules.h"

namespace bulkhead::warden {

void Answers::from_gate_networks(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListNetworkRules::number:
      return ipc::answer_now<asks::ListNetworkRules>(call, [&](auto&) {
        return outward([&]() -> Result<asks::ListNetworkRules::Reply> {
          const User from = TRY(settings_administrator(number));
          return asks::ListNetworkRules::Reply{TRY(identity_.network_rules(from.organisation))};
        }());
      });
    case asks::AddNetworkRule::number:
      return ipc::answer_now<asks::AddNetworkRule>(
          call, [&](auto& ask) { return outward(add_network_rule(number, ask.rule)); });
    case asks::RemoveNetworkRule::number:
      return ipc::answer_now<asks::RemoveNetworkRule>(
          call, [&](auto& ask) { return outward(remove_network_rule(number, ask.id)); });
    case asks::ListTrustedNetworks::number:
      return ipc::answer_now<asks::ListTrustedNetworks>(call, [&](auto&) {
        return outward([&]() -> Result<asks::ListTrustedNetworks::Reply> {
          TRY(system_administrator(number));
          return asks::ListTrustedNetworks::Reply{TRY(identity_.trusted_networks())};
        }());
      });
    case asks::SetTrustedNetwork::number:
      return ipc::answer_now<asks::SetTrustedNetwork>(
          call, [&](auto& ask) { return outward(set_trusted_network(number, ask.network)); });
    case asks::RemoveTrustedNetwork::number:
      return ipc::answer_now<asks::RemoveTrustedNetwork>(call, [&](auto& ask) {
        return outward([&]() -> Result<ipc::Nothing> {
          const User from = TRY(system_administrator(number));
          TRY(identity_.as_one([&]() -> Result<void> {
            TRY(note(&from, number, asks::EventKind::trusted_network_removed, nullptr, cat("entry ", ask.id)));
            return identity_.remove_trusted_network(ask.id);
          }));
          log(Level::info, "trusted_network_removed", {{"id", cat(ask.id)}, {"by", from.user_name}});
          return ipc::Nothing{};
        }());
      });
    default:
      from_gate_policies(call);
  }
}

Result<asks::NetworkRule> Answers::add_network_rule(ConnectionNumber number, const asks::NetworkRule& ask) {
  const User from = TRY(settings_administrator(number));
  asks::NetworkRule rule = TRY(checked_rule(ask));
  if (!rule.user.empty()) rule.administrators = is_administrator(TRY(account_for(from, rule.user, Act::see)).role);
  rule.id = TRY(identity_.as_one([&]() -> Result<std::uint32_t> {
    TRY(note(&from, number, asks::EventKind::network_rule_added, nullptr,
             cat(rule.allow ? "allow " : "deny ", rule.network, rule.administrators ? " to administrators" : "")));
    return identity_.add_network_rule(from.organisation, rule);
  }));
  log(Level::info, "network_rule_added",
      {{"id", cat(rule.id)}, {"network", rule.network}, {"allow", rule.allow ? "yes" : "no"}, {"by", from.user_name}});
  TRY(end_misplaced(number));
  return rule;
}

Result<ipc::Nothing> Answers::remove_network_rule(ConnectionNumber number, std::uint32_t id) {
  const User from = TRY(settings_administrator(number));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::network_rule_removed, nullptr, cat("rule ", id)));
    return identity_.remove_network_rule(from.organisation, id);
  }));
  log(Level::info, "network_rule_removed", {{"id", cat(id)}, {"by", from.user_name}});
  TRY(end_misplaced(number));
  return ipc::Nothing{};
}

Result<asks::TrustedNetwork> Answers::set_trusted_network(ConnectionNumber number, const asks::TrustedNetwork& ask) {
  const User from = TRY(system_administrator(number));
  asks::TrustedNetwork network = TRY(checked_network(ask));
  network.id = TRY(identity_.as_one([&]() -> Result<std::uint32_t> {
    TRY(note(&from, number, asks::EventKind::trusted_network_set, nullptr, network.network));
    return identity_.set_trusted_network(network);
  }));
  log(Level::info, "trusted_network_set",
      {{"id", cat(network.id)}, {"network", network.network}, {"by", from.user_name}});
  return network;
}

Result<bool> Answers::may_be_at(const User& user, const Connection& from) {
  return admits(TRY(identity_.network_rules(user.organisation)), user.id, user.role, from.address);
}

// What the rules do not admit any more. The connection that changed them hears its answer: its next ask is refused.
Result<void> Answers::end_misplaced(ConnectionNumber except) {
  std::vector<ConnectionNumber> misplaced;
  for (const auto& [number, connection] : connections_.all()) {
    if (number == except || connection.principal.empty()) continue;
    const std::optional<User> user = TRY(identity_.user_by_id(connection.principal));
    if (!user || !TRY(may_be_at(*user, connection))) misplaced.push_back(number);
  }
  for (const ConnectionNumber number : misplaced) connections_.end_connection(number);
  return {};
}

// Of a throttle: whether the source is one that the failures of others do not count against.
Result<bool> Answers::is_trusted(const Connection& from) {
  const std::vector<asks::TrustedNetwork> networks = TRY(identity_.trusted_networks());
  return std::ranges::any_of(networks, [&](const auto& network) { return fits(network.network, from.address); });
}

}  // namespace bulkhead::warden
