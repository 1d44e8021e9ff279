#pragma once
// gate -> warden: from where users sign on. Rules are an organisation's and for its Admins; trusted networks are the
// server's and for SysAdmins; to others denied. The rows of the table are in login_asks.h.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class RulePriority : std::uint8_t { lowest = 0, middle = 1, highest = 2 };
constexpr RulePriority wire_max(RulePriority) {
  return RulePriority::highest;
}

// Rules of the user go first, then those of the organisation; each by priority, then by id. The first that fits
// decides.
struct NetworkRule {
  std::uint32_t id = 0;
  std::string user;             // id; empty: everybody of the class
  bool administrators = false;  // the class: SysAdmin, Admin and FileAdmin, or else the others
  std::string network;          // address or CIDR block, several joined by commas; "*": any
  bool allow = false;
  RulePriority priority = RulePriority::middle;
  std::string comment;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.user, m.administrators, m.network, m.allow, m.priority, m.comment);
  }
};
inline constexpr std::size_t network_rules_max = 200;  // of one organisation
inline constexpr std::size_t trusted_networks_max = 64;

struct ListNetworkRules {
  static constexpr std::uint16_t number = 35;
  struct Reply {
    std::vector<NetworkRule> rules;  // in the order of their ids
    static auto fields(auto& m, auto&& f) { return f(m.rules); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// Ends the connections that may not be there any more; so does the next.
struct AddNetworkRule {
  static constexpr std::uint16_t number = 36;
  using Reply = NetworkRule;
  NetworkRule rule;  // id is not read
  static auto fields(auto& m, auto&& f) { return f(m.rule); }
};

struct RemoveNetworkRule {
  static constexpr std::uint16_t number = 37;
  using Reply = ipc::Nothing;
  std::uint32_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

// A network of many people behind one address: failures of one there do not keep the others out. The count of each
// account goes on.
struct TrustedNetwork {
  std::uint32_t id = 0;
  std::string network;
  std::string comment;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.network, m.comment); }
};

struct ListTrustedNetworks {
  static constexpr std::uint16_t number = 38;
  struct Reply {
    std::vector<TrustedNetwork> networks;  // in the order of their ids
    static auto fields(auto& m, auto&& f) { return f(m.networks); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// Adds one, or with an id changes that one.
struct SetTrustedNetwork {
  static constexpr std::uint16_t number = 39;
  using Reply = TrustedNetwork;
  TrustedNetwork network;
  static auto fields(auto& m, auto&& f) { return f(m.network); }
};

struct RemoveTrustedNetwork {
  static constexpr std::uint16_t number = 44;
  using Reply = ipc::Nothing;
  std::uint32_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

}  // namespace bulkhead::asks
