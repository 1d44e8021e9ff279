#include "warden/policies.h"

#include "base/cat.h"
#include "warden/account_fields.h"

namespace bulkhead::warden {
namespace {

constexpr UnixMs day_ms = UnixMs{24} * 3'600 * 1'000;

}  // namespace

std::optional<UnixMs> password_expires(const User& user, const std::optional<asks::PolicyRow>& aging) {
  if (!aging || aging->age_days == 0) return {};
  return user.password_changed.value_or(user.created) + aging->age_days * day_ms;
}

PasswordAge password_age(const User& user, const std::optional<asks::PolicyRow>& aging, UnixMs now) {
  const std::optional<UnixMs> end = password_expires(user, aging);
  if (!end) return PasswordAge::fresh;
  if (now >= *end + aging->grace_days * day_ms) return PasswordAge::over;
  if (now >= *end) return PasswordAge::must_change;
  return now >= *end - aging->warn_days * day_ms ? PasswordAge::warn : PasswordAge::fresh;
}

bool account_expired(const User& user, const std::optional<asks::PolicyRow>& expiration, UnixMs now, Moment moment) {
  if (!expiration) return false;
  const asks::PolicyRow& policy = *expiration;
  if (policy.expires_ms && now >= *policy.expires_ms) return true;
  if (policy.creation_days > 0 && now >= user.created + policy.creation_days * day_ms) return true;
  if (policy.activity_days > 0 && now >= user.last_sign_on.value_or(user.created) + policy.activity_days * day_ms) {
    return true;
  }
  return moment == Moment::sign_on && policy.sign_ons > 0 && user.sign_on_count >= policy.sign_ons;
}

Result<asks::PolicyRow> checked_policy(asks::PolicyRow policy) {
  policy.name = TRY(line_of("name", policy.name));
  if (policy.name.empty()) return fail(Errc::invalid, "name is missing");
  TRY(check_note("description", policy.description));
  for (const std::uint32_t days :
       {policy.age_days, policy.warn_days, policy.grace_days, policy.creation_days, policy.activity_days}) {
    if (days > asks::policy_days_max) return fail(Errc::invalid, cat("at most ", asks::policy_days_max, " days"));
  }
  if (policy.kind == asks::PolicyKind::aging && policy.age_days == 0) {
    return fail(Errc::invalid, "passwordAgeTime is missing: a number of days");
  }
  if (policy.warn_days > policy.age_days) return fail(Errc::invalid, "passwordAgeWarn is longer than passwordAgeTime");
  const bool ends = policy.expires_ms || policy.creation_days > 0 || policy.activity_days > 0 || policy.sign_ons > 0;
  if (policy.kind == asks::PolicyKind::expiration && !ends) {
    return fail(Errc::invalid, "this policy lets nothing expire");
  }
  return policy;
}

}  // namespace bulkhead::warden
