#pragma once
// How old a password or an account may become. Pure: no clock.
#include "ipc/policy_asks.h"
#include "warden/identity.h"

namespace bulkhead::warden {

enum class PasswordAge : std::uint8_t { over, must_change, warn, fresh };

// `over`: the grace has run out, and only an administrator's new password helps. Without a policy always fresh.
[[nodiscard]] PasswordAge password_age(const User& user, const std::optional<asks::PolicyRow>& aging, UnixMs now);
// When the password must be changed; none without a policy.
std::optional<UnixMs> password_expires(const User& user, const std::optional<asks::PolicyRow>& aging);
enum class Moment : std::uint8_t { sign_on, session };
// The number of sign-ons is looked at when there is to be one more, not in a session that it gave.
[[nodiscard]] bool account_expired(const User& user, const std::optional<asks::PolicyRow>& expiration, UnixMs now,
                                   Moment moment = Moment::sign_on);

// Errc::invalid with a text for the administrator.
Result<asks::PolicyRow> checked_policy(asks::PolicyRow policy);

}  // namespace bulkhead::warden
