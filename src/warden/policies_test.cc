#include "warden/policies.h"

#include <doctest/doctest.h>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

constexpr UnixMs day = 86'400'000;

asks::PolicyRow aging(std::uint32_t age, std::uint32_t warn, std::uint32_t grace) {
  asks::PolicyRow row;
  row.name = "quarter";
  row.age_days = age;
  row.warn_days = warn;
  row.grace_days = grace;
  return row;
}

asks::SetDefaultPolicy for_users(asks::PolicyKind kind, std::uint32_t policy) {
  return {kind, static_cast<std::uint8_t>(capability::Role::user), policy, true};
}

}  // namespace

TEST_CASE("policies: the age of a password") {
  User user;
  user.password_changed = 1'000 * day;
  const auto at = [&](UnixMs days) { return password_age(user, aging(90, 14, 7), (1'000 + days) * day); };
  CHECK(at(0) == PasswordAge::fresh);
  CHECK(at(75) == PasswordAge::fresh);
  CHECK(at(76) == PasswordAge::warn);
  CHECK(at(89) == PasswordAge::warn);
  CHECK(at(90) == PasswordAge::must_change);
  CHECK(at(96) == PasswordAge::must_change);
  CHECK(at(97) == PasswordAge::over);
  CHECK(password_age(user, {}, 5'000 * day) == PasswordAge::fresh);
  CHECK(password_age(user, aging(90, 14, 0), 1'090 * day) == PasswordAge::over);
}

TEST_CASE("policies: the end of an account, each way") {
  User user;
  user.created = 100 * day;
  asks::PolicyRow policy;
  policy.kind = asks::PolicyKind::expiration;
  CHECK_FALSE(account_expired(user, policy, 10'000 * day));
  policy.expires_ms = 200 * day;
  CHECK_FALSE(account_expired(user, policy, 200 * day - 1));
  CHECK(account_expired(user, policy, 200 * day));
  policy.expires_ms.reset();
  policy.creation_days = 30;
  CHECK_FALSE(account_expired(user, policy, 130 * day - 1));
  CHECK(account_expired(user, policy, 130 * day));
  policy.creation_days = 0;
  policy.activity_days = 10;
  CHECK(account_expired(user, policy, 110 * day));
  user.last_sign_on = 105 * day;
  CHECK_FALSE(account_expired(user, policy, 110 * day));
  CHECK(account_expired(user, policy, 115 * day));
  policy.activity_days = 0;
  policy.sign_ons = 3;
  user.sign_on_count = 2;
  CHECK_FALSE(account_expired(user, policy, 115 * day));
  user.sign_on_count = 3;
  CHECK(account_expired(user, policy, 115 * day));
  CHECK_FALSE(account_expired(user, policy, 115 * day, Moment::session));
}

TEST_CASE("policies: passwords age, are asked for anew, and are refused after the grace") {
  Stage stage;
  stage.add_user("admin", good_password, capability::Role::admin);
  stage.add_user("bert", good_password);
  Gate admin = stage.gate("127.0.0.1");
  REQUIRE(admin.sign_on("admin", good_password).ok());
  Gate bert = stage.gate("127.0.0.1");
  REQUIRE(bert.sign_on("bert", good_password).ok());
  CHECK(bert.channel.ask(asks::ListPolicies{}).error().kind() == Errc::denied);
  CHECK(bert.channel.ask(asks::AddPolicy{aging(90, 14, 7)}).error().kind() == Errc::denied);
  CHECK(admin.channel.ask(asks::AddPolicy{aging(0, 0, 0)}).error().kind() == Errc::invalid);
  CHECK(admin.channel.ask(asks::AddPolicy{aging(10, 11, 0)}).error().kind() == Errc::invalid);
  const auto policy = admin.channel.ask(asks::AddPolicy{aging(90, 14, 7)});
  REQUIRE_MESSAGE(policy.ok(), policy.error().message());
  CHECK(admin.channel.ask(asks::AddPolicy{aging(90, 14, 7)}).error().kind() == Errc::conflict);
  CHECK(admin.channel.ask(for_users(asks::PolicyKind::aging, 4711)).error().kind() == Errc::not_found);
  CHECK(admin.channel.ask(for_users(asks::PolicyKind::expiration, policy->id)).error().kind() == Errc::not_found);
  REQUIRE(admin.channel.ask(for_users(asks::PolicyKind::aging, policy->id))->defaults.size() == 1);
  REQUIRE(admin.channel.ask(asks::ListPolicies{})->rows.size() == 1);
  CHECK(admin.channel.ask(asks::ListPolicies{})->rows[0].users == 1);

  clock_offset_ms = 80 * day;
  const auto warned = stage.gate("127.0.0.1").sign_on("bert", good_password);
  REQUIRE(warned.ok());
  CHECK(warned->password_expires_in_s > 9 * 86'400);
  clock_offset_ms = 92 * day;
  const auto change = stage.gate("127.0.0.1").sign_on("bert", good_password);
  REQUIRE(change.ok());
  CHECK_FALSE(change->granted);
  clock_offset_ms = 98 * day;
  CHECK_FALSE(stage.gate("127.0.0.1").sign_on("bert", good_password).ok());
  CHECK_FALSE(stage.gate("127.0.0.1").sign_on("bert", good_password, "seventeen blue kites").ok());
  stage.add_user("late", good_password);
  clock_offset_ms = 190 * day;
  const auto late = stage.gate("127.0.0.1").sign_on("late", good_password, "seventeen blue kites");
  REQUIRE_MESSAGE(late.ok(), late.error().message());
  CHECK(late->granted);
}

TEST_CASE("policies: an account expires, and its tokens with it") {
  Stage stage;
  stage.add_user("admin", good_password, capability::Role::admin);
  stage.add_user("bert", good_password);
  Gate admin = stage.gate("127.0.0.1");
  REQUIRE(admin.sign_on("admin", good_password).ok());
  asks::PolicyRow row;
  row.kind = asks::PolicyKind::expiration;
  row.name = "twice";
  CHECK(admin.channel.ask(asks::AddPolicy{row}).error().kind() == Errc::invalid);
  row.sign_ons = 2;
  const auto policy = admin.channel.ask(asks::AddPolicy{row});
  REQUIRE(policy.ok());
  REQUIRE(admin.channel.ask(for_users(asks::PolicyKind::expiration, policy->id)).ok());
  const auto first = stage.gate("127.0.0.1").sign_on("bert", good_password);
  REQUIRE(first.ok());
  CHECK(stage.gate("127.0.0.1").bearer(first->access_token).ok());
  REQUIRE(stage.gate("127.0.0.1").sign_on("bert", good_password).ok());
  CHECK_FALSE(stage.gate("127.0.0.1").sign_on("bert", good_password).ok());
}

TEST_CASE("policies: an administrator can keep passwords in his own hands") {
  Stage stage;
  stage.add_user("admin", good_password, capability::Role::admin);
  stage.add_user("bert", good_password);
  Gate admin = stage.gate("127.0.0.1");
  REQUIRE(admin.sign_on("admin", good_password).ok());
  Gate bert = stage.gate("127.0.0.1");
  REQUIRE(bert.sign_on("bert", good_password).ok());
  CHECK(bert.channel.ask(asks::SetPasswordPermission{false}).error().kind() == Errc::denied);
  REQUIRE(admin.channel.ask(asks::SetPasswordPermission{false}).ok());
  asks::ChangeAccount change;
  change.password = Secret::copy_of(as_bytes("seventeen blue kites"));
  change.current_password = Secret::copy_of(as_bytes(good_password));
  CHECK(bert.channel.ask(change).error().kind() == Errc::denied);
}
