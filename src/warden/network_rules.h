#pragma once
// From where a user may sign on. Pure. Without a rule that fits, administrators come from the machine itself only, and
// everybody else from anywhere.
#include <span>

#include "core/capability/capability.h"
#include "ipc/network_asks.h"

namespace bulkhead::warden {

// SysAdmin, Admin, FileAdmin: one of them reads everything, or rules everybody.
[[nodiscard]] bool is_administrator(capability::Role role);
// `rules`: those of his organisation, in the order of their ids.
[[nodiscard]] bool admits(std::span<const asks::NetworkRule> rules, std::string_view user, capability::Role role,
                          std::string_view address);
// Whether `list` is "*" or networks that hold the address.
[[nodiscard]] bool fits(std::string_view list, std::string_view address);
// Errc::invalid with a text for the administrator.
Result<asks::NetworkRule> checked_rule(asks::NetworkRule rule);
Result<asks::TrustedNetwork> checked_network(asks::TrustedNetwork network);

}  // namespace bulkhead::warden
