// Security settings of moveit-rest section 5. The rules themselves are the warden's.
#include <algorithm>
#include <array>

#include "base/cat.h"
#include "base/clock.h"
#include "base/encode.h"
#include "core/capability/capability.h"
#include "gate_http/account_objects.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/timestamps.h"
#include "ipc/login_asks.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::array priority_names{"Lowest", "Middle", "Highest"};

Result<std::uint32_t> entry_id(const Exchange& exchange) {
  const Result<std::uint64_t> id = parse_decimal(exchange.captures.at(0), INT32_MAX);
  if (!id.ok()) return fail(Errc::not_found, "there is no such entry");
  return static_cast<std::uint32_t>(*id);
}

void write_rule(json::Writer& out, const asks::NetworkRule& rule) {
  out.begin_object();
  out.key("id").integer(rule.id);
  out.key("rule").string(rule.allow ? "Allow" : "Deny");
  out.key("host").string(rule.network);
  out.key("permitType").string(rule.administrators ? "Admin" : "EndUser");
  out.key("comment").string(rule.comment);
  out.key("priority").string(priority_names.at(static_cast<std::size_t>(rule.priority)));
  out.key("hostnameLookup").boolean(false);
  out.key("userId").string(rule.user);
  out.end_object();
}

void write_network(json::Writer& out, const asks::TrustedNetwork& network) {
  out.begin_object();
  out.key("id").integer(network.id);
  out.key("ipAddress").string(network.network);
  out.key("comment").string(network.comment);
  out.end_object();
}

void write_simple_policy(json::Writer& out, const asks::PolicyRow& policy) {
  out.begin_object().key("id").integer(policy.id).key("name").string(policy.name).end_object();
}

void days(json::Writer& out, std::string_view name, std::uint32_t count) {
  out.key(name).integer(count == 0 ? -1 : std::int64_t{count});
}

void write_policy(json::Writer& out, const asks::PolicyRow& policy) {
  out.begin_object();
  out.key("id").integer(policy.id);
  out.key("name").string(policy.name);
  out.key("description").string(policy.description);
  if (policy.kind == asks::PolicyKind::aging) {
    days(out, "passwordAgeTime", policy.age_days);
    days(out, "passwordAgeWarn", policy.warn_days);
    days(out, "passwordAgeGrace", policy.grace_days);
  } else {
    out.key("expireDate");
    if (policy.expires_ms)
      out.string(format_timestamp(*policy.expires_ms));
    else
      out.null();
    days(out, "creationExpireTime", policy.creation_days);
    days(out, "activityExpireTime", policy.activity_days);
    days(out, "signonExpireNumber", policy.sign_ons);
  }
  out.key("numUsing").integer(policy.users);
  out.end_object();
}

// -1 is off, like absent.
Result<std::uint32_t> read_days(const json::Value& body, std::string_view name) {
  const std::int64_t value = TRY(json::read_integer(body, name, -1, INT32_MAX)).value_or(-1);
  return static_cast<std::uint32_t>(std::max<std::int64_t>(value, 0));
}

Result<void> list_policies(Exchange& exchange, asks::PolicyKind kind) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListPolicies{kind}));
  return answer_page(exchange, "name", reply.rows, write_simple_policy);
}

struct RoleName {
  capability::Role role;
  std::string_view name;
};
constexpr std::array policy_roles{
    RoleName{capability::Role::admin, "admin"}, RoleName{capability::Role::file_admin, "fileAdmin"},
    RoleName{capability::Role::user, "user"}, RoleName{capability::Role::temporary_user, "tempUser"},
    RoleName{capability::Role::audit_user, "auditUser"}};

Result<void> set_default_policy(Exchange& exchange, asks::PolicyKind kind, std::string_view ending) {
  const json::Value body = TRY(exchange.json_body());
  asks::SetDefaultPolicy ask;
  ask.kind = kind;
  ask.role = TRY(role_of(TRY(json::read_string(body, "userPermission")).value_or("")));
  const std::optional<std::int64_t> policy = TRY(json::read_integer(body, "policyId", 0, INT32_MAX));
  if (!policy) return fail(Errc::invalid, "policyId is missing; 0 is none");
  ask.policy = static_cast<std::uint32_t>(*policy);
  ask.existing = TRY(json::read_bool(body, "applyToExistingUsers")).value_or(true);
  const auto reply = TRY(exchange.session.warden().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  for (const RoleName& role : policy_roles) {
    const auto found =
        std::ranges::find(reply.defaults, static_cast<std::uint8_t>(role.role), &asks::SetDefaultPolicy::Default::role);
    out.key(cat(role.name, ending)).integer(found == reply.defaults.end() ? 0 : found->policy);
  }
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<asks::TrustedNetwork> read_network(Exchange& exchange, std::uint32_t id) {
  const json::Value body = TRY(exchange.json_body());
  return asks::TrustedNetwork{id, TRY(json::read_string(body, "ipAddress")).value_or(""),
                              TRY(json::read_string(body, "comment")).value_or("")};
}

}  // namespace

Result<void> list_network_rules(Exchange& exchange) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListNetworkRules{}));
  return answer_page(exchange, "id", reply.rules, write_rule);
}

Result<void> add_network_rule(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::NetworkRule rule;
  rule.network = TRY(json::read_string(body, "host")).value_or("");
  rule.comment = TRY(json::read_string(body, "comment")).value_or("");
  rule.user = TRY(json::read_string(body, "userId")).value_or("");
  const std::string type = http::to_lower(TRY(json::read_string(body, "permitType")).value_or(""));
  if (type != "admin" && type != "enduser") return fail(Errc::invalid, "permitType must be Admin or EndUser");
  rule.administrators = type == "admin";
  const std::string verdict = http::to_lower(TRY(json::read_string(body, "rule")).value_or("Deny"));
  if (verdict != "allow" && verdict != "deny") return fail(Errc::invalid, "rule must be Allow or Deny");
  rule.allow = verdict == "allow";
  const std::string priority = TRY(json::read_string(body, "priority")).value_or("Middle");
  bool known = false;
  for (std::size_t i = 0; i < priority_names.size(); ++i) {
    if (!http::equal_ignoring_case(priority, priority_names.at(i))) continue;
    rule.priority = static_cast<asks::RulePriority>(i);
    known = true;
  }
  if (!known) return fail(Errc::invalid, "priority must be Highest, Middle or Lowest");
  const asks::NetworkRule added = TRY(exchange.session.warden().ask(asks::AddNetworkRule{rule}));
  return answer_one(exchange, http::Status::created, added, write_rule);
}

Result<void> remove_network_rule(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveNetworkRule{TRY(entry_id(exchange))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> list_trusted_networks(Exchange& exchange) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListTrustedNetworks{}));
  return answer_page(exchange, "ipaddress", reply.networks, write_network);
}

Result<void> add_trusted_network(Exchange& exchange) {
  const asks::SetTrustedNetwork ask{TRY(read_network(exchange, 0))};
  return answer_one(exchange, http::Status::created, TRY(exchange.session.warden().ask(ask)), write_network);
}

Result<void> change_trusted_network(Exchange& exchange) {
  const std::uint32_t id = TRY(entry_id(exchange));
  if (id == 0) return fail(Errc::not_found, "there is no such entry");
  const asks::SetTrustedNetwork ask{TRY(read_network(exchange, id))};
  return answer_one(exchange, http::Status::ok, TRY(exchange.session.warden().ask(ask)), write_network);
}

Result<void> remove_trusted_network(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveTrustedNetwork{TRY(entry_id(exchange))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> list_aging_policies(Exchange& exchange) {
  return list_policies(exchange, asks::PolicyKind::aging);
}

Result<void> list_expiration_policies(Exchange& exchange) {
  return list_policies(exchange, asks::PolicyKind::expiration);
}

Result<void> add_aging_policy(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::PolicyRow policy;
  policy.name = TRY(json::read_string(body, "name")).value_or("");
  policy.description = TRY(json::read_string(body, "description")).value_or("");
  policy.age_days = TRY(read_days(body, "passwordAgeTime"));
  policy.warn_days = TRY(read_days(body, "passwordAgeWarn"));
  policy.grace_days = TRY(read_days(body, "passwordAgeGrace"));
  const asks::PolicyRow added = TRY(exchange.session.warden().ask(asks::AddPolicy{policy}));
  return answer_one(exchange, http::Status::created, added, write_policy);
}

Result<void> add_expiration_policy(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::PolicyRow policy;
  policy.kind = asks::PolicyKind::expiration;
  policy.name = TRY(json::read_string(body, "name")).value_or("");
  policy.description = TRY(json::read_string(body, "description")).value_or("");
  const std::string date = TRY(json::read_string(body, "expireDate")).value_or("");
  if (!date.empty()) policy.expires_ms = TRY(parse_timestamp(date));
  policy.creation_days = TRY(read_days(body, "creationExpireTime"));
  policy.activity_days = TRY(read_days(body, "activityExpireTime"));
  policy.sign_ons = TRY(read_days(body, "signonExpireNumber"));
  if (TRY(read_days(body, "expireWarnTime")) > 0 || TRY(json::read_bool(body, "expirationNotice")).value_or(false)) {
    return fail(Errc::invalid, "expireWarnTime and expirationNotice can only be off: no mail is sent");
  }
  if (TRY(json::read_bool(body, "expireAfterActivityIncludesPkgs")).value_or(false)) {
    return fail(Errc::invalid, "expireAfterActivityIncludesPkgs can only be false");
  }
  const asks::PolicyRow added = TRY(exchange.session.warden().ask(asks::AddPolicy{policy}));
  return answer_one(exchange, http::Status::created, added, write_policy);
}

Result<void> set_default_aging(Exchange& exchange) {
  return set_default_policy(exchange, asks::PolicyKind::aging, "PasswordAgingPolicyId");
}

Result<void> set_default_expiration(Exchange& exchange) {
  return set_default_policy(exchange, asks::PolicyKind::expiration, "ExpirationPolicyId");
}

// Of the six settings one is a choice here; the others are mail and web pages that do not exist.
Result<void> set_password_permissions(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const std::string mail = TRY(json::read_string(body, "passwordChangeEmailNotificationType")).value_or("None");
  if (!http::equal_ignoring_case(mail, "None")) {
    return fail(Errc::invalid, "passwordChangeEmailNotificationType can only be None");
  }
  for (const std::string_view name :
       {"allowPasswordChangeRequests", "isRecaptchaRequired", "isSecurityQuestionsRequired"}) {
    if (TRY(json::read_bool(body, name)).value_or(false)) return fail(Errc::invalid, cat(name, " can only be false"));
  }
  const std::optional<bool> own = TRY(json::read_bool(body, "allowToChangeOwnPassword"));
  if (!own) return fail(Errc::invalid, "allowToChangeOwnPassword is missing");
  TRY(exchange.session.warden().ask(asks::SetPasswordPermission{*own}));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("passwordChangeEmailNotificationType").string("None");
  out.key("allowToChangeOwnPassword").boolean(*own);
  out.key("allowPasswordChangeRequests").boolean(false);
  out.key("isRecaptchaRequired").boolean(false);
  out.key("isSecurityQuestionsRequired").boolean(false);
  out.key("passwordEmailLinkMaxAge").integer(0);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
