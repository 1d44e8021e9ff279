#pragma once
// gate -> warden: who are you. All that an edge process may ask about identity.
// No message says who asks: the channel belongs to one connection, and after the first success to one principal; a second
// principal on it is refused (other_principal).
#include "ipc/network_asks.h"
#include "ipc/organisation_asks.h"
#include "ipc/policy_asks.h"
#include "ipc/reset_asks.h"
#include "ipc/table.h"
#include "ipc/token_asks.h"
#include "ipc/user_asks.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// Shape of moveit-rest section 2.1. `unauthenticated` for every reason to refuse, always with the same text.
struct SignOnResult {
  bool granted = false;  // false: the password is right, but must be changed; see the policy fields
  Secret access_token;
  Secret refresh_token;
  std::uint32_t expires_in_s = 0;
  Bytes capability;  // core/capability, to be adopted at keeper and porter
  std::uint32_t organisation = 0;
  std::uint32_t password_length_min = 0;
  std::uint32_t password_expires_in_s = 0;  // 0: not soon
  static auto fields(auto& m, auto&& f) {
    return f(m.granted, m.access_token, m.refresh_token, m.expires_in_s, m.capability, m.organisation, m.password_length_min,
             m.password_expires_in_s);
  }
};

struct SignOn {
  static constexpr std::uint16_t number = 1;
  using Reply = SignOnResult;
  std::string user_name;
  Secret password;
  std::optional<Secret> new_password;
  static auto fields(auto& m, auto&& f) { return f(m.user_name, m.password, m.new_password); }
};

// A refresh token works once; both tokens are replaced.
struct Refresh {
  static constexpr std::uint16_t number = 2;
  using Reply = SignOnResult;
  Secret refresh_token;
  static auto fields(auto& m, auto&& f) { return f(m.refresh_token); }
};

struct Bearer {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    Bytes capability;
    std::int64_t expires_ms = 0;
    static auto fields(auto& m, auto&& f) { return f(m.capability, m.expires_ms); }
  };
  Secret access_token;
  static auto fields(auto& m, auto&& f) { return f(m.access_token); }
};

// Ends the session of an access or refresh token. An unknown token is `unauthenticated`.
struct Revoke {
  static constexpr std::uint16_t number = 4;
  using Reply = ipc::Nothing;
  Secret token;
  static auto fields(auto& m, auto&& f) { return f(m.token); }
};

// The account of the bound principal.
struct Account {
  static constexpr std::uint16_t number = 5;
  using Reply = UserRow;
  static auto fields(auto&, auto&& f) { return f(); }
};

inline constexpr std::array login_asks{
    //       number           name        phase               how often              size_max
    ipc::Row{SignOn::number, "sign_on", ipc::Phase::any, ipc::Times::limited, 2'048},
    ipc::Row{Refresh::number, "refresh", ipc::Phase::any, ipc::Times::limited, 512},
    ipc::Row{Bearer::number, "bearer", ipc::Phase::any, ipc::Times::limited, 512},
    ipc::Row{Revoke::number, "revoke", ipc::Phase::any, ipc::Times::limited, 512},
    ipc::Row{Account::number, "account", ipc::Phase::bound, ipc::Times::unlimited, 0},
    // user_asks.h
    ipc::Row{ListAccounts::number, "list_accounts", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{GetAccount::number, "get_account", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{AddAccount::number, "add_account", ipc::Phase::bound, ipc::Times::unlimited, 4'000},
    ipc::Row{ChangeAccount::number, "change_account", ipc::Phase::bound, ipc::Times::unlimited, 4'000},
    ipc::Row{RemoveAccount::number, "remove_account", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{ListOrganisations::number, "list_organisations", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{GetOrganisation::number, "get_organisation", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{AddOrganisation::number, "add_organisation", ipc::Phase::bound, ipc::Times::unlimited, 4'000},
    ipc::Row{ChangeOrganisation::number, "change_organisation", ipc::Phase::bound, ipc::Times::unlimited, 6'000},
    // network_asks.h, policy_asks.h
    ipc::Row{ListNetworkRules::number, "list_network_rules", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{AddNetworkRule::number, "add_network_rule", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{RemoveNetworkRule::number, "remove_network_rule", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ListTrustedNetworks::number, "list_trusted_networks", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{SetTrustedNetwork::number, "set_trusted_network", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{ListPolicies::number, "list_policies", ipc::Phase::bound, ipc::Times::unlimited, 1},
    ipc::Row{AddPolicy::number, "add_policy", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{SetDefaultPolicy::number, "set_default_policy", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{SetPasswordPermission::number, "set_password_permission", ipc::Phase::bound, ipc::Times::unlimited, 1},
    ipc::Row{RemoveTrustedNetwork::number, "remove_trusted_network", ipc::Phase::bound, ipc::Times::unlimited, 4},
    // token_asks.h
    ipc::Row{AddToken::number, "add_token", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{ListTokens::number, "list_tokens", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{ChangeToken::number, "change_token", ipc::Phase::bound, ipc::Times::unlimited, 1'024},
    ipc::Row{RemoveToken::number, "remove_token", ipc::Phase::bound, ipc::Times::unlimited, 128},
    ipc::Row{ListUserKeys::number, "list_user_keys", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{AddUserKey::number, "add_user_key", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{RemoveUserKey::number, "remove_user_key", ipc::Phase::bound, ipc::Times::unlimited, 256},
    ipc::Row{GetUserSignOn::number, "get_user_sign_on", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{SetUserSignOn::number, "set_user_sign_on", ipc::Phase::bound, ipc::Times::unlimited, 1'024},
    ipc::Row{ActAsAdmin::number, "act_as_admin", ipc::Phase::bound, ipc::Times::unlimited, 4},
    // organisation_asks.h
    ipc::Row{ChangeOrganisationSettings::number, "change_organisation_settings", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{OwnOrganisation::number, "own_organisation", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{ListExternalTokens::number, "list_external_tokens", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{AddExternalToken::number, "add_external_token", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{RemoveExternalToken::number, "remove_external_token", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    // reset_asks.h
    ipc::Row{RequestReset::number, "request_reset", ipc::Phase::any, ipc::Times::limited, 1'024},
    ipc::Row{UseReset::number, "use_reset", ipc::Phase::any, ipc::Times::limited, 2'048},
    ipc::Row{SendReset::number, "send_reset", ipc::Phase::bound, ipc::Times::unlimited, 64},
};
static_assert(ipc::sorted_unique(login_asks));

}  // namespace bulkhead::asks
