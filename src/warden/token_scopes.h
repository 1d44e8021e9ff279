#pragma once
// What of the warden's asks an API token may use (core/capability/scopes.h). Asks without a row are for whole sessions:
// one's own tokens. Of accounts, keys and tokens of others, besides, decides who owns the token.
#include <array>

#include "core/capability/scopes.h"
#include "ipc/login_asks.h"

namespace bulkhead::warden {

using capability::Scope;
using capability::ScopeRow;

inline constexpr std::array login_scopes{
    // To sign on anew is open to anybody.
    ScopeRow{asks::SignOn::number, {}},
    ScopeRow{asks::Refresh::number, {}},
    ScopeRow{asks::Bearer::number, {}},
    ScopeRow{asks::Revoke::number, {}},
    ScopeRow{asks::Account::number, {}},
    ScopeRow{asks::RequestReset::number, {}},
    ScopeRow{asks::UseReset::number, {}},
    ScopeRow{asks::SendReset::number, Scope::administer},

    ScopeRow{asks::ListAccounts::number, Scope::administer},
    ScopeRow{asks::GetAccount::number, Scope::administer},
    ScopeRow{asks::AddAccount::number, Scope::administer},
    ScopeRow{asks::ChangeAccount::number, Scope::administer},
    ScopeRow{asks::RemoveAccount::number, Scope::administer},
    ScopeRow{asks::ListOrganisations::number, Scope::administer},
    ScopeRow{asks::GetOrganisation::number, Scope::administer},
    ScopeRow{asks::AddOrganisation::number, Scope::administer},
    ScopeRow{asks::ChangeOrganisation::number, Scope::administer},
    ScopeRow{asks::ListNetworkRules::number, Scope::administer},
    ScopeRow{asks::AddNetworkRule::number, Scope::administer},
    ScopeRow{asks::RemoveNetworkRule::number, Scope::administer},
    ScopeRow{asks::ListTrustedNetworks::number, Scope::administer},
    ScopeRow{asks::SetTrustedNetwork::number, Scope::administer},
    ScopeRow{asks::RemoveTrustedNetwork::number, Scope::administer},
    ScopeRow{asks::ListPolicies::number, Scope::administer},
    ScopeRow{asks::AddPolicy::number, Scope::administer},
    ScopeRow{asks::SetDefaultPolicy::number, Scope::administer},
    ScopeRow{asks::SetPasswordPermission::number, Scope::administer},

    ScopeRow{asks::ChangeOrganisationSettings::number, Scope::administer},
    ScopeRow{asks::OwnOrganisation::number, {}},

    // Of others only (Answers::credentials_of).
    ScopeRow{asks::ListTokens::number, Scope::administer},
    ScopeRow{asks::RemoveToken::number, Scope::administer},
    ScopeRow{asks::ListUserKeys::number, Scope::administer},
    ScopeRow{asks::AddUserKey::number, Scope::administer},
    ScopeRow{asks::RemoveUserKey::number, Scope::administer},
    ScopeRow{asks::GetUserSignOn::number, Scope::administer},
    ScopeRow{asks::SetUserSignOn::number, Scope::administer},
    ScopeRow{asks::ListExternalTokens::number, Scope::administer},
    ScopeRow{asks::RemoveExternalToken::number, Scope::administer},
};

}  // namespace bulkhead::warden
