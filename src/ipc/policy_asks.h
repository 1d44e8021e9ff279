#pragma once
// gate -> warden: how long passwords and accounts of an organisation last. For its Admins; to others denied. The rows
// of the table are in login_asks.h.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

enum class PolicyKind : std::uint8_t { aging = 0, expiration = 1 };
constexpr PolicyKind wire_max(PolicyKind) {
  return PolicyKind::expiration;
}

// Days; 0: off. Of a kind only its own fields count.
struct PolicyRow {
  std::uint32_t id = 0;
  PolicyKind kind = PolicyKind::aging;
  std::string name;
  std::string description;
  std::uint32_t age_days = 0;              // aging: after that the password must be changed,
  std::uint32_t warn_days = 0;             // this long before it is said,
  std::uint32_t grace_days = 0;            // and after this much more nobody signs on with it
  std::optional<std::int64_t> expires_ms;  // expiration: at this moment,
  std::uint32_t creation_days = 0;         // after this long,
  std::uint32_t activity_days = 0;         // so long after the last sign-on (or, without one, the creation),
  std::uint32_t sign_ons = 0;              // or with this many sign-ons
  std::uint32_t users = 0;                 // that have it
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.kind, m.name, m.description, m.age_days, m.warn_days, m.grace_days, m.expires_ms, m.creation_days,
             m.activity_days, m.sign_ons, m.users);
  }
};
inline constexpr std::size_t policies_max = 100;  // of one organisation and kind
inline constexpr std::uint32_t policy_days_max = 36'500;

// In the order of their names.
struct ListPolicies {
  static constexpr std::uint16_t number = 40;
  struct Reply {
    std::vector<PolicyRow> rows;  // without descriptions
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  PolicyKind kind = PolicyKind::aging;
  static auto fields(auto& m, auto&& f) { return f(m.kind); }
};

struct AddPolicy {
  static constexpr std::uint16_t number = 41;
  using Reply = PolicyRow;
  PolicyRow policy;  // id and users are not read
  static auto fields(auto& m, auto&& f) { return f(m.policy); }
};

// For new users of that role, and for those that are there if `existing`.
struct SetDefaultPolicy {
  static constexpr std::uint16_t number = 42;
  struct Default {
    std::uint8_t role = 0;
    std::uint32_t policy = 0;
    static auto fields(auto& m, auto&& f) { return f(m.role, m.policy); }
  };
  struct Reply {
    std::vector<Default> defaults;  // of the kind; a role that is not there has none
    static auto fields(auto& m, auto&& f) { return f(m.defaults); }
  };
  PolicyKind kind = PolicyKind::aging;
  std::uint8_t role = 0;
  std::uint32_t policy = 0;  // 0: none
  bool existing = true;
  static auto fields(auto& m, auto&& f) { return f(m.kind, m.role, m.policy, m.existing); }
};

// Whether users may change their own passwords when they need not.
struct SetPasswordPermission {
  static constexpr std::uint16_t number = 43;
  using Reply = ipc::Nothing;
  bool change_own = true;
  static auto fields(auto& m, auto&& f) { return f(m.change_own); }
};

}  // namespace bulkhead::asks
