#include "warden/network_rules.h"

#include <doctest/doctest.h>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using asks::NetworkRule;
using asks::RulePriority;
using capability::Role;

namespace {

NetworkRule rule(std::uint32_t id, bool administrators, std::string_view network, bool allow,
                 RulePriority priority = RulePriority::middle, std::string_view user = {}) {
  return {id, std::string{user}, administrators, std::string{network}, allow, priority, {}};
}

}  // namespace

TEST_CASE("network rules: without any, administrators come from the machine itself only") {
  for (const Role role : {Role::sys_admin, Role::admin, Role::file_admin}) {
    CHECK(admits({}, "u", role, "127.0.0.1"));
    CHECK(admits({}, "u", role, "::1"));
    CHECK(admits({}, "u", role, "::ffff:127.0.0.9"));
    for (const char* elsewhere : {"192.0.2.7", "10.0.0.1", "::2", "", "localhost"}) {
      CHECK_FALSE_MESSAGE(admits({}, "u", role, elsewhere), elsewhere);
    }
  }
  for (const Role role : {Role::user, Role::temporary_user, Role::audit_user})
    CHECK(admits({}, "u", role, "192.0.2.7"));
}

TEST_CASE("network rules: the user's first, then priority, then age; the class counts") {
  const std::vector<NetworkRule> rules{rule(1, true, "192.0.2.0/24", true),
                                       rule(2, false, "*", false, RulePriority::lowest),
                                       rule(3, false, "198.51.100.0/24,2001:db8::/32", true),
                                       rule(4, false, "198.51.100.66", false, RulePriority::highest),
                                       rule(5, false, "203.0.113.5", true, RulePriority::lowest, "anna")};
  CHECK(admits(rules, "root", Role::admin, "192.0.2.7"));
  CHECK_FALSE(admits(rules, "root", Role::admin, "198.51.100.1"));
  CHECK(admits(rules, "bert", Role::user, "198.51.100.1"));
  CHECK(admits(rules, "bert", Role::user, "2001:db8::1"));
  CHECK_FALSE(admits(rules, "bert", Role::user, "198.51.100.66"));
  CHECK_FALSE(admits(rules, "bert", Role::user, "192.0.2.7"));
  CHECK(admits(rules, "anna", Role::user, "203.0.113.5"));
  CHECK_FALSE(admits(rules, "bert", Role::user, "203.0.113.5"));
}

TEST_CASE("network rules: what is no network is refused") {
  for (const char* bad : {"", "example.com", "192.0.2.1/24", "192.0.2.0/33", "!192.0.2.0/24", "**", "192.0.2.*"}) {
    CHECK_FALSE_MESSAGE(checked_rule(rule(0, false, bad, true)).ok(), bad);
  }
  CHECK_FALSE(checked_network({0, "*", ""}).ok());
  CHECK(checked_network({0, "192.0.2.0/24", "office"}).ok());
}

TEST_CASE("network rules: an administrator from elsewhere hears what everybody hears, until a rule lets him in") {
  Stage stage;
  stage.add_user("admin", good_password, Role::admin);
  stage.add_user("bert", good_password);
  const auto refused = stage.gate("192.0.2.7").sign_on("admin", good_password);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message() == refusal_text);
  Gate admin = stage.gate("127.0.0.1");
  const auto tokens = admin.sign_on("admin", good_password);
  REQUIRE(tokens.ok());
  CHECK_FALSE(stage.gate("192.0.2.7").bearer(tokens->access_token).ok());
  CHECK_FALSE(stage.gate("192.0.2.7").refresh(tokens->refresh_token).ok());

  const auto let_in = admin.channel.ask(asks::AddNetworkRule{rule(0, true, "192.0.2.0/24", true)});
  REQUIRE_MESSAGE(let_in.ok(), let_in.error().message());
  Gate remote = stage.gate("192.0.2.7");
  CHECK(remote.bearer(tokens->access_token).ok());
  Gate bert = stage.gate("192.0.2.9");
  REQUIRE(bert.sign_on("bert", good_password).ok());
  CHECK(bert.channel.ask(asks::ListNetworkRules{}).error().kind() == Errc::denied);
  CHECK(bert.channel.ask(asks::ListTrustedNetworks{}).error().kind() == Errc::denied);

  // A rule that shuts somebody out ends his connections.
  asks::AddNetworkRule shut{rule(0, false, "192.0.2.0/24", false, RulePriority::middle, bert.account()->id)};
  REQUIRE(admin.channel.ask(shut).ok());
  CHECK(stage.noticed<asks::EndConnection>(bert.number));
  CHECK_FALSE(stage.gate("192.0.2.9").sign_on("bert", good_password).ok());
  CHECK(stage.gate("198.51.100.9").sign_on("bert", good_password).ok());
  CHECK(admin.channel.ask(asks::ListNetworkRules{})->rules.size() == 2);
  REQUIRE(admin.channel.ask(asks::RemoveNetworkRule{let_in->id}).ok());
  CHECK(stage.noticed<asks::EndConnection>(remote.number));
  CHECK(admin.channel.ask(asks::RemoveNetworkRule{let_in->id}).error().kind() == Errc::not_found);
  CHECK(admin.channel.ask(asks::AddNetworkRule{rule(0, true, "*", true, RulePriority::middle, "nobody")})
            .error()
            .kind() == Errc::not_found);
}

TEST_CASE("R-046: a trusted network is spared the count of its source, never that of an account") {
  Stage stage;
  stage.add_user("system", good_password, Role::sys_admin);
  stage.add_user("bert", good_password);
  Gate system = stage.gate("127.0.0.1");
  REQUIRE(system.sign_on("system", good_password).ok());
  const auto spray = [&] {
    for (int i = 0; i < 50; ++i) CHECK_FALSE(stage.gate("192.0.2.7").sign_on(cat("name", i), good_password).ok());
  };
  spray();
  CHECK_FALSE(stage.gate("192.0.2.7").sign_on("bert", good_password).ok());
  CHECK(stage.gate("198.51.100.7").sign_on("bert", good_password).ok());  // not locked out from elsewhere
  const auto trusted = system.channel.ask(asks::SetTrustedNetwork{{0, "192.0.2.0/24", "office"}});
  REQUIRE(trusted.ok());
  CHECK(system.channel.ask(asks::ListTrustedNetworks{})->networks.size() == 1);
  CHECK(stage.gate("192.0.2.7").sign_on("bert", good_password).ok());
  for (int i = 0; i < 5; ++i) CHECK_FALSE(stage.gate("192.0.2.7").sign_on("bert", "wrong").ok());
  CHECK_FALSE(stage.gate("192.0.2.7").sign_on("bert", good_password).ok());
  CHECK(system.channel.ask(asks::SetTrustedNetwork{{trusted->id, "203.0.113.0/24", "moved"}})->comment == "moved");
  CHECK(system.channel.ask(asks::RemoveTrustedNetwork{trusted->id}).ok());
  CHECK(system.channel.ask(asks::RemoveTrustedNetwork{trusted->id}).error().kind() == Errc::not_found);
}
