#pragma once
// Who may do what to whose account. Pure; every ask of ipc/user_asks.h is decided here, and what no rule allows is
// refused. Roles as the contract has them:
//   SysAdmin       organisations, their Admins, other SysAdmins; sees every account, and no file
//   Admin          everybody of his organisation but SysAdmins, who are not there for him
//   AuditUser      sees the accounts that an Admin sees
//   the others     their own account; a GroupAdmin is one of these: groups are the keeper's
#include <string_view>

#include "core/capability/capability.h"

namespace bulkhead::warden {

enum class Act : std::uint8_t {
  see,       // the account is there
  prefer,    // language and mail settings
  edit,      // name, address, notes
  password,  // a new one, without the old one
  rule,      // role, status, policies, removal
};
inline constexpr Act act_max = Act::rule;

struct Party {
  std::string_view id;
  std::uint32_t organisation = 0;
  capability::Role role = capability::Role::anonymous;
};

// The first is the default: an account that one may not see reads as one that does not exist.
enum class Standing : std::uint8_t { hidden, forbidden, allowed };

[[nodiscard]] Standing standing(const Party& asker, const Party& target, Act act);
// Whether `asker` may give somebody this role, or make an account of it: never one above his own.
[[nodiscard]] bool may_grant(capability::Role asker, capability::Role role);
// Whether there are accounts for him beyond his own.
[[nodiscard]] bool sees_accounts(capability::Role asker);
[[nodiscard]] bool rules_organisations(capability::Role asker);
// Policies and network rules of his own organisation.
[[nodiscard]] bool rules_settings(capability::Role asker);

}  // namespace bulkhead::warden
