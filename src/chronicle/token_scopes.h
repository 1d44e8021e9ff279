#pragma once
// What of the log an API token may use (core/capability/scopes.h): it names people, addresses and files, as accounts
// and rights do, and takes the same scope. What its owner may see there besides is decided as always.
#include <array>

#include "core/capability/scopes.h"
#include "ipc/log_asks.h"

namespace bulkhead::chronicle {

inline constexpr std::array log_scopes{
    capability::ScopeRow{asks::ListLog::number, capability::Scope::administer},
    capability::ScopeRow{asks::GetLogRow::number, capability::Scope::administer},
    capability::ScopeRow{asks::ListFetches::number, capability::Scope::administer},
    capability::ScopeRow{asks::SetLogRetention::number, capability::Scope::administer},
};

}  // namespace bulkhead::chronicle
