#include "warden/network_rules.h"

#include "core/ssh_key/networks.h"
#include "warden/account_fields.h"

namespace bulkhead::warden {
namespace {

// Bytes. A list of all rules fits into one frame.
constexpr std::size_t network_size_max = 250;
constexpr std::size_t comment_size_max = 200;

Result<void> check_comment(std::string_view comment) {
  if (comment.size() > comment_size_max) return fail(Errc::invalid, "comment: at most 200 bytes");
  return check_note("comment", comment);
}

Result<void> check_list(std::string_view list) {
  if (list.size() > network_size_max) return fail(Errc::invalid, "too many networks: make several rules");
  if (list == "*" || ssh_key::Networks::parse(list).ok()) return {};
  return fail(Errc::invalid, "an address, a block such as 192.0.2.0/24, several joined by commas, or * is needed");
}

// The first in the order of ids of the highest priority.
const asks::NetworkRule* first_fit(std::span<const asks::NetworkRule> rules, std::string_view user, bool administrators,
                                   std::string_view address) {
  const asks::NetworkRule* best = nullptr;
  for (const asks::NetworkRule& rule : rules) {
    const bool his = user.empty() ? rule.user.empty() && rule.administrators == administrators : rule.user == user;
    if (!his || !fits(rule.network, address)) continue;
    if (best == nullptr || rule.priority > best->priority) best = &rule;
  }
  return best;
}

}  // namespace

bool is_administrator(capability::Role role) {
  using capability::Role;
  return role == Role::sys_admin || role == Role::admin || role == Role::file_admin;
}

bool fits(std::string_view list, std::string_view address) {
  if (list == "*") return true;
  const Result<ssh_key::Networks> networks = ssh_key::Networks::parse(list);
  return networks.ok() && networks->contain(address);
}

bool admits(std::span<const asks::NetworkRule> rules, std::string_view user, capability::Role role,
            std::string_view address) {
  const bool administrator = is_administrator(role);
  if (const asks::NetworkRule* rule = first_fit(rules, user, administrator, address)) return rule->allow;
  if (const asks::NetworkRule* rule = first_fit(rules, {}, administrator, address)) return rule->allow;
  return !administrator || fits("127.0.0.0/8,::1", address);
}

Result<asks::NetworkRule> checked_rule(asks::NetworkRule rule) {
  TRY(check_list(rule.network));
  TRY(check_comment(rule.comment));
  return rule;
}

Result<asks::TrustedNetwork> checked_network(asks::TrustedNetwork network) {
  TRY(check_list(network.network));
  if (network.network == "*") return fail(Errc::invalid, "not everybody can be trusted");
  TRY(check_comment(network.comment));
  return network;
}

}  // namespace bulkhead::warden
