// API tokens and keys through a gate: asks::AddToken, asks::ListTokens, asks::ChangeToken, asks::RemoveToken,
// asks::ListUserKeys, asks::AddUserKey, asks::RemoveUserKey, asks::GetUserSignOn, asks::SetUserSignOn.
#include <algorithm>

#include "warden/stage.h"
#include "warden/token_scopes.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using capability::Scope;
using capability::Scopes;

namespace {

constexpr UnixMs day_ms = UnixMs{24} * 3'600 * 1'000;

template <class T>
bool is(const Result<T>& result, Errc kind) {
  return !result.ok() && result.error().kind() == kind;
}

asks::AddToken wanted(Scopes scopes, UnixMs life_ms = 7 * day_ms, std::string networks = {}) {
  return {"nightly", scopes.bits(), std::move(networks), stage_unix_ms() + life_ms};
}

Gate signed_on(Stage& stage, std::string_view name) {
  Gate gate = stage.gate("127.0.0.1");
  REQUIRE(gate.sign_on(name, good_password).ok());
  return gate;
}

capability::Capability capability_of(const Stage& stage, const Gate& gate, const asks::Bearer::Reply& reply) {
  const auto verified = capability::verify(stage.capability_key, reply.capability, gate.number, stage_unix_ms());
  REQUIRE(verified.ok());
  return **verified;
}

}  // namespace

TEST_CASE("API tokens: shown once, stored as a digest, and good on another connection within their scopes") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate gate = signed_on(stage, "anna");
  const auto made = gate.channel.ask(wanted({Scope::read, Scope::write}));
  REQUIRE(made.ok());
  CHECK(as_text(made->token.view()).starts_with(made->row.prefix));
  const Bytes files = stage.raw_files();
  CHECK(std::ranges::search(files, made->token.view().subspan(20)).empty());

  Gate script = stage.gate();
  const auto bound = script.bearer(made->token);
  REQUIRE(bound.ok());
  const capability::Capability signed_for = capability_of(stage, script, *bound);
  CHECK(signed_for.scopes == Scopes{Scope::read, Scope::write});
  CHECK(signed_for.method == capability::Method::api_token);
  CHECK(signed_for.username == "anna");
  CHECK(script.account().ok());
  // It makes no others, reads none, and touches no keys of its owner.
  CHECK(is(script.channel.ask(wanted(Scope::read)), Errc::denied));
  CHECK(is(script.channel.ask(asks::ListTokens{}), Errc::denied));
  CHECK(is(script.channel.ask(asks::ListUserKeys{}), Errc::denied));
  CHECK(is(script.channel.ask(asks::ListAccounts{}), Errc::denied));

  const auto listed = gate.channel.ask(asks::ListTokens{});
  REQUIRE(listed->rows.size() == 1);
  CHECK(listed->rows[0].last_address == "192.0.2.7");
  CHECK(listed->rows[0].last_used_ms.has_value());
  // The password may be shown on the same connection, and is a whole session again.
  REQUIRE(script.sign_on("anna", good_password).ok());
  CHECK(script.channel.ask(asks::ListTokens{}).ok());
  REQUIRE(script.bearer(made->token).ok());
  CHECK(is(script.channel.ask(asks::ListTokens{}), Errc::denied));
}

TEST_CASE("API tokens: what cannot be is refused, and so are more than there may be") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate gate = signed_on(stage, "anna");
  const auto with = [&](auto&& change) {
    asks::AddToken ask = wanted(Scope::read);
    change(ask);
    return gate.channel.ask(ask);
  };
  CHECK(is(with([](auto& ask) { ask.name = ""; }), Errc::invalid));
  CHECK(is(with([](auto& ask) { ask.name = std::string(101, 'n'); }), Errc::invalid));
  for (const unsigned scopes : {0U, 16U, 17U, 31U, 32U, 255U}) {
    CHECK(is(with([&](auto& ask) { ask.scopes = static_cast<std::uint8_t>(scopes); }), Errc::invalid));
  }
  CHECK(is(with([](auto& ask) { ask.networks = "example.org"; }), Errc::invalid));
  CHECK(is(with([](auto& ask) { ask.expires_ms = stage_unix_ms() - 1; }), Errc::invalid));
  CHECK(is(with([](auto& ask) { ask.expires_ms = stage_unix_ms() + 367 * day_ms; }), Errc::invalid));
  CHECK(is(with([](auto& ask) { ask.expires_ms = INT64_MAX; }), Errc::invalid));
  for (std::size_t i = 0; i < asks::tokens_of_a_user_max; ++i) REQUIRE(gate.channel.ask(wanted(Scope::read)).ok());
  CHECK(is(gate.channel.ask(wanted(Scope::read)), Errc::exhausted));
}

TEST_CASE("API tokens: an end only comes nearer; its connections end with it, and when it is taken away") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("bob", good_password);
  Gate gate = signed_on(stage, "anna");
  Gate other = signed_on(stage, "bob");
  const auto made = gate.channel.ask(wanted(Scope::read));
  REQUIRE(made.ok());
  const std::string id = made->row.id;
  CHECK(is(other.channel.ask(asks::ChangeToken{id, "x", {}}), Errc::not_found));
  CHECK(is(other.channel.ask(asks::RemoveToken{{}, id}), Errc::not_found));
  CHECK(is(gate.channel.ask(asks::ChangeToken{id, {}, made->row.expires_ms}), Errc::invalid));
  CHECK(gate.channel.ask(asks::ChangeToken{id, "other", {}})->name == "other");

  Gate script = stage.gate();
  REQUIRE(script.bearer(made->token).ok());
  REQUIRE(gate.channel.ask(asks::ChangeToken{id, {}, stage_unix_ms() + day_ms}).ok());
  CHECK(stage.noticed<asks::EndConnection>(script.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(gate.number));

  Gate again = stage.gate();
  REQUIRE(again.bearer(made->token).ok());
  REQUIRE(gate.channel.ask(asks::RemoveToken{{}, id}).ok());
  CHECK(stage.noticed<asks::EndConnection>(again.number));
  CHECK(is(stage.gate().bearer(made->token), Errc::unauthenticated));
}

TEST_CASE("API tokens: an end by time, and a password that must be changed, end live connections too (R-051)") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("chief", good_password, capability::Role::admin);
  Gate gate = signed_on(stage, "anna");
  Gate chief = signed_on(stage, "chief");
  const auto made = gate.channel.ask(wanted(Scope::read));
  const auto shorter = gate.channel.ask(wanted(Scope::read, 60'000));
  REQUIRE((made.ok() && shorter.ok()));
  Gate first = stage.gate();
  Gate second = stage.gate();
  REQUIRE(first.bearer(shorter->token).ok());
  REQUIRE(second.bearer(made->token).ok());
  clock_offset_ms = 61'000;
  CHECK(stage.noticed<asks::EndConnection>(first.number));
  CHECK(is(stage.gate().bearer(shorter->token), Errc::unauthenticated));

  const std::string anna = gate.account()->id;
  asks::ChangeAccount change;
  change.id = anna;
  change.must_change_password = true;
  REQUIRE(chief.channel.ask(change).ok());
  CHECK(stage.noticed<asks::EndConnection>(second.number));
  CHECK(is(stage.gate().bearer(made->token), Errc::unauthenticated));
}

TEST_CASE("API tokens: networks, and who removes those of others") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("bob", good_password);
  stage.add_user("chief", good_password, capability::Role::admin);
  Gate gate = signed_on(stage, "anna");
  Gate bob = signed_on(stage, "bob");
  Gate chief = signed_on(stage, "chief");
  const auto made = gate.channel.ask(wanted(Scope::read, day_ms, "198.51.100.0/24,2001:db8::/32"));
  REQUIRE(made.ok());
  CHECK(is(stage.gate("192.0.2.1").bearer(made->token), Errc::unauthenticated));
  CHECK(stage.gate("198.51.100.9").bearer(made->token).ok());
  CHECK(stage.gate("2001:db8::1").bearer(made->token).ok());

  const std::string anna = gate.account()->id;
  CHECK(is(bob.channel.ask(asks::ListTokens{anna}), Errc::not_found));
  CHECK(chief.channel.ask(asks::ListTokens{anna})->rows.size() == 1);
  // A token of the administrator's does the same with the scope for it, and does not touch his own.
  const auto rule = chief.channel.ask(wanted(Scope::administer));
  const auto look = chief.channel.ask(wanted(Scope::read));
  Gate script = stage.gate("127.0.0.1");
  REQUIRE(script.bearer(look->token).ok());
  CHECK(is(script.channel.ask(asks::RemoveToken{anna, made->row.id}), Errc::denied));
  REQUIRE(script.bearer(rule->token).ok());
  CHECK(is(script.channel.ask(asks::RemoveToken{{}, look->row.id}), Errc::denied));
  CHECK(script.channel.ask(asks::RemoveToken{anna, made->row.id}).ok());
  CHECK(gate.channel.ask(asks::ListTokens{})->rows.empty());
}

TEST_CASE("keys and methods of sign-on through a gate: one's own, and of those whom one administers") {
  constexpr std::string_view line =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sE0ESi8RjmF5mTgEs2l8ciDrz1m0Nx0vXtB7Wm2kJ anna@desk";
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("bob", good_password);
  stage.add_user("chief", good_password, capability::Role::admin);
  Gate gate = signed_on(stage, "anna");
  Gate bob = signed_on(stage, "bob");
  Gate chief = signed_on(stage, "chief");
  const std::string anna = gate.account()->id;
  CHECK(is(gate.channel.ask(asks::AddUserKey{{}, "ssh-ed25519 AAAA"}), Errc::invalid));
  const auto added = gate.channel.ask(asks::AddUserKey{{}, std::string{line}});
  REQUIRE(added.ok());
  CHECK(is(chief.channel.ask(asks::AddUserKey{anna, std::string{line}}), Errc::conflict));
  CHECK(is(bob.channel.ask(asks::ListUserKeys{anna}), Errc::not_found));
  CHECK(chief.channel.ask(asks::ListUserKeys{anna})->rows.at(0).fingerprint == added->fingerprint);
  CHECK(is(bob.channel.ask(asks::RemoveUserKey{anna, added->fingerprint}), Errc::not_found));
  CHECK(chief.channel.ask(asks::RemoveUserKey{anna, added->fingerprint}).ok());
  CHECK(is(gate.channel.ask(asks::RemoveUserKey{{}, added->fingerprint}), Errc::not_found));

  CHECK(is(gate.channel.ask(asks::SetUserSignOn{{}, "password"}), Errc::denied));
  CHECK(is(bob.channel.ask(asks::SetUserSignOn{anna, "password"}), Errc::not_found));
  CHECK(is(chief.channel.ask(asks::SetUserSignOn{anna, "telepathy"}), Errc::invalid));
  CHECK(chief.channel.ask(asks::SetUserSignOn{anna, "publickey,password"}).ok());
  CHECK(gate.channel.ask(asks::GetUserSignOn{})->methods == "publickey,password");
}

TEST_CASE("API tokens: every ask of a gate is in the table of scopes or for whole sessions") {
  constexpr std::array whole_only{asks::AddToken::number, asks::ChangeToken::number, asks::ActAsAdmin::number,
                                  asks::AddExternalToken::number};
  for (const ipc::Row& row : asks::login_asks) {
    const bool listed = std::ranges::find(login_scopes, row.number, &ScopeRow::ask) != login_scopes.end();
    const bool kept = std::ranges::find(whole_only, row.number) != whole_only.end();
    CHECK_MESSAGE(listed != kept, row.name);
    CHECK(capability::admits(login_scopes, Scopes::all(), row.number));
  }
}
