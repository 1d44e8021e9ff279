// Policies: what an Admin sets for his organisation, and what of it holds for one user.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "warden/account_fields.h"
#include "warden/answers.h"
#include "warden/policies.h"

namespace bulkhead::warden {

void Answers::from_gate_policies(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListPolicies::number:
      return ipc::answer_now<asks::ListPolicies>(call, [&](auto& ask) {
        return outward([&]() -> Result<asks::ListPolicies::Reply> {
          const User from = TRY(settings_administrator(number));
          return asks::ListPolicies::Reply{TRY(identity_.policies(from.organisation, ask.kind))};
        }());
      });
    case asks::AddPolicy::number:
      return ipc::answer_now<asks::AddPolicy>(call, [&](auto& ask) { return outward(add_policy(number, ask.policy)); });
    case asks::SetDefaultPolicy::number:
      return ipc::answer_now<asks::SetDefaultPolicy>(
          call, [&](auto& ask) { return outward(set_default_policy(number, ask)); });
    case asks::SetPasswordPermission::number:
      return ipc::answer_now<asks::SetPasswordPermission>(call, [&](auto& ask) {
        return outward([&]() -> Result<ipc::Nothing> {
          const User from = TRY(settings_administrator(number));
          TRY(identity_.as_one([&]() -> Result<void> {
            TRY(note(&from, number, asks::EventKind::password_permission_set, nullptr,
                     ask.change_own ? "users may change their own" : "users may not change their own"));
            return identity_.set_password_permission(from.organisation, ask.change_own);
          }));
          log(Level::info, "password_permission_set", {{"own", ask.change_own ? "yes" : "no"}, {"by", from.user_name}});
          return ipc::Nothing{};
        }());
      });
    default:
      die("a row of login_asks.h has no answer");
  }
}

Result<User> Answers::settings_administrator(ConnectionNumber number) {
  User from = TRY(asker(number));
  if (!rules_settings(from.role)) return fail(Errc::denied, std::string{forbidden_text});
  return from;
}

Result<asks::PolicyRow> Answers::add_policy(ConnectionNumber number, const asks::PolicyRow& ask) {
  const User from = TRY(settings_administrator(number));
  asks::PolicyRow policy = TRY(checked_policy(ask));
  policy.id = TRY(identity_.as_one([&]() -> Result<std::uint32_t> {
    TRY(note(&from, number, asks::EventKind::policy_added, nullptr, policy.name));
    return identity_.add_policy(from.organisation, policy);
  }));
  policy.users = 0;
  log(Level::info, "policy_added", {{"name", policy.name}, {"by", from.user_name}});
  return policy;
}

Result<asks::SetDefaultPolicy::Reply> Answers::set_default_policy(ConnectionNumber number,
                                                                  const asks::SetDefaultPolicy& ask) {
  const User from = TRY(settings_administrator(number));
  TRY(role_of(ask.role));
  if (ask.policy != 0 && !TRY(identity_.has_policy(from.organisation, ask.kind, ask.policy))) {
    return fail(Errc::not_found, "there is no such policy");
  }
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::policy_set, nullptr,
             cat("policy ", ask.policy, " for ", role_name(static_cast<capability::Role>(ask.role)))));
    return identity_.set_default_policy(from.organisation, ask);
  }));
  log(Level::info, "policy_set",
      {{"policy", cat(ask.policy)}, {"role", cat(static_cast<int>(ask.role))}, {"by", from.user_name}});
  return asks::SetDefaultPolicy::Reply{TRY(identity_.default_policies(from.organisation, ask.kind))};
}

Result<void> Answers::take_default_policies(User& user) {
  const auto of_role = [&](asks::PolicyKind kind) -> Result<std::int64_t> {
    for (const auto& found : TRY(identity_.default_policies(user.organisation, kind))) {
      if (found.role == static_cast<std::uint8_t>(user.role)) return std::int64_t{found.policy};
    }
    return std::int64_t{0};
  };
  user.aging_policy = TRY(of_role(asks::PolicyKind::aging));
  user.expiration_policy = TRY(of_role(asks::PolicyKind::expiration));
  return {};
}

// Disabled, expired, or not from there: reads as one that does not exist.
Result<bool> Answers::is_over(const User& user, const Connection& from, Moment moment) {
  const std::optional<asks::PolicyRow> policy = TRY(identity_.policy(user.expiration_policy));
  const bool placed = TRY(may_be_at(user, from));
  return !user.active || !placed || account_expired(user, policy, clock_.unix_ms(), moment);
}

Result<PasswordAge> Answers::age_of_password(const User& user) {
  return password_age(user, TRY(identity_.policy(user.aging_policy)), clock_.unix_ms());
}

}  // namespace bulkhead::warden
