// What a SysAdmin sets and acts as, and tokens of add-ins: asks::ActAsAdmin, asks::ChangeOrganisationSettings,
// asks::OwnOrganisation, asks::ListExternalTokens, asks::AddExternalToken, asks::RemoveExternalToken.
#include <algorithm>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using capability::Role;

namespace {

template <class T>
bool is(const Result<T>& result, Errc kind) {
  return !result.ok() && result.error().kind() == kind;
}

struct Signed {
  Gate gate;
  Secret token;
};
Signed signed_on(Stage& stage, std::string_view name) {
  Gate gate = stage.gate("127.0.0.1");
  Result<asks::SignOnResult> result = gate.sign_on(name, good_password);
  REQUIRE(result.ok());
  return {std::move(gate), std::move(result->access_token)};
}

asks::AddAccount account(std::string_view name, Role role, std::uint32_t organisation = 0) {
  asks::AddAccount ask;
  ask.organisation = organisation;
  ask.user_name = name;
  ask.role = static_cast<std::uint8_t>(role);
  ask.password = Secret::copy_of(as_bytes(good_password));
  return ask;
}

asks::AddOrganisation organisation(std::string_view name) {
  asks::AddOrganisation ask;
  ask.name = name;
  return ask;
}

}  // namespace

TEST_CASE("acting: a SysAdmin becomes Admin of an organisation with one session, on another connection") {
  Stage stage;
  stage.add_user("root", good_password, Role::sys_admin);
  stage.add_user("chief", good_password, Role::admin);
  auto [gate, token] = signed_on(stage, "root");
  auto [chief, chief_token] = signed_on(stage, "chief");
  const std::uint32_t other = gate.channel.ask(organisation("Other"))->id;
  CHECK(is(chief.channel.ask(asks::ActAsAdmin{other}), Errc::denied));
  CHECK(is(gate.channel.ask(asks::ActAsAdmin{4711}), Errc::not_found));
  const std::string id = gate.account()->id;

  Gate before = stage.gate("127.0.0.1");
  REQUIRE(before.bearer(token).ok());
  const auto acting = gate.channel.ask(asks::ActAsAdmin{other});
  REQUIRE(acting.ok());
  CHECK(acting->role == static_cast<std::uint8_t>(Role::admin));
  CHECK(stage.noticed<asks::EndConnection>(before.number));
  CHECK(is(gate.bearer(token), Errc::other_principal));
  CHECK(is(gate.account(), Errc::unauthenticated));

  Gate after = stage.gate("127.0.0.1");
  const auto bound = after.bearer(token);
  REQUIRE(bound.ok());
  const auto verified = capability::verify(stage.capability_key, bound->capability, after.number, unix_now_ms());
  REQUIRE(verified.ok());
  CHECK((*verified)->method == capability::Method::acting);
  CHECK((*verified)->role == Role::admin);
  CHECK((*verified)->tenant == other);
  CHECK((*verified)->username == "root");
  CHECK(std::string_view{(*verified)->principal.data(), 16} == acting_id(id, other));
  CHECK(acting_id(id, other) != id);
  // An Admin there: makes users, and no more than those; the organisations are the SysAdmin's.
  CHECK(after.channel.ask(account("user", Role::user)).ok());
  CHECK(is(after.channel.ask(organisation("Third")), Errc::denied));
  CHECK(after.channel.ask(asks::ListAccounts{})->total == 1);
  // As himself he is on another connection, and may go on to another organisation from either.
  CHECK(is(after.sign_on("root", good_password), Errc::other_principal));
  auto [again, again_token] = signed_on(stage, "root");
  CHECK(again.channel.ask(asks::ListAccounts{})->total == 3);
  CHECK(after.channel.ask(asks::ActAsAdmin{first_organisation}).ok());
  // The token of an application acts for nobody.
  const asks::AddToken wish{
      "script", capability::Scopes{capability::Scope::administer}.bits(), {}, unix_now_ms() + 3'600'000};
  const auto script = again.channel.ask(wish);
  Gate third = stage.gate("127.0.0.1");
  REQUIRE(third.bearer(script->token).ok());
  CHECK(is(third.channel.ask(asks::ActAsAdmin{other}), Errc::denied));
}

TEST_CASE("organisations: at most so many users of a kind, whoever adds them") {
  Stage stage;
  stage.add_user("root", good_password, Role::sys_admin);
  stage.add_user("chief", good_password, Role::admin);
  auto [gate, token] = signed_on(stage, "root");
  auto [chief, chief_token] = signed_on(stage, "chief");
  asks::ChangeOrganisationSettings limits;
  limits.id = first_organisation;
  limits.end_users = 1;
  limits.temp_users = 1;
  CHECK(is(chief.channel.ask(limits), Errc::denied));
  REQUIRE(gate.channel.ask(limits).ok());
  REQUIRE(chief.channel.ask(account("one", Role::user)).ok());
  CHECK(is(chief.channel.ask(account("two", Role::user)), Errc::conflict));
  const auto guest = chief.channel.ask(account("guest", Role::temporary_user));
  REQUIRE(guest.ok());
  asks::ChangeAccount raise;
  raise.id = guest->id;
  raise.role = static_cast<std::uint8_t>(Role::user);
  CHECK(is(chief.channel.ask(raise), Errc::conflict));
  CHECK(chief.channel.ask(account("auditor", Role::audit_user)).ok());
  limits.total_users = 5;
  REQUIRE(gate.channel.ask(limits)->total_users == 5);
  CHECK(is(chief.channel.ask(account("second", Role::file_admin)), Errc::conflict));
  asks::AddUser ask;
  ask.user_name = "third";
  ask.role = static_cast<std::uint8_t>(Role::file_admin);
  CHECK(is(stage.admin().ask(ask), Errc::conflict));
  limits.id = 4711;
  CHECK(is(gate.channel.ask(limits), Errc::not_found));
}

TEST_CASE("organisations: Admins may be kept from the passwords of others; what is stored is answered") {
  Stage stage;
  stage.add_user("root", good_password, Role::sys_admin);
  stage.add_user("chief", good_password, Role::admin);
  stage.add_user("anna", good_password);
  auto [gate, token] = signed_on(stage, "root");
  auto [chief, chief_token] = signed_on(stage, "chief");
  auto [anna, anna_token] = signed_on(stage, "anna");
  const std::string id = anna.account()->id;
  asks::ChangeAccount reset;
  reset.id = id;
  reset.password = Secret::copy_of(as_bytes("seventeen blue kites"));
  asks::ChangeOrganisationSettings off;
  off.id = first_organisation;
  off.admin_password_reset = false;
  off.package_access = asks::PackageAccess::admin_only;
  off.show_sharing = false;
  off.everywhere = true;
  const std::uint32_t other = gate.channel.ask(organisation("Other"))->id;
  const auto stored = gate.channel.ask(off);
  REQUIRE(stored.ok());
  CHECK_FALSE(stored->admin_password_reset);
  CHECK(stored->package_access == asks::PackageAccess::admin_only);
  CHECK((stored->show_files && !stored->show_sharing));
  CHECK(is(chief.channel.ask(reset), Errc::denied));
  asks::ChangeOrganisationSettings look;
  look.id = other;
  CHECK_FALSE(gate.channel.ask(look)->admin_password_reset);
  off.admin_password_reset = true;
  REQUIRE(gate.channel.ask(off).ok());
  CHECK(chief.channel.ask(reset).ok());

  asks::ChangeOrganisation named;
  named.id = first_organisation;
  named.tech_name = "Tess";
  named.base_url = "ftp://example.org";
  CHECK(is(gate.channel.ask(named), Errc::invalid));
  named.base_url = "https://example.org";
  REQUIRE(gate.channel.ask(named).ok());
  const auto own = chief.channel.ask(asks::OwnOrganisation{});
  REQUIRE(own.ok());
  CHECK(own->tech_name == "Tess");
  CHECK(own->base_url == "https://example.org");
  CHECK(own->users == 0);
}

TEST_CASE("external tokens: stored as digests, registered once, and taken away by who may") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("bob", good_password);
  stage.add_user("chief", good_password, Role::admin);
  auto [anna, anna_token] = signed_on(stage, "anna");
  auto [bob, bob_token] = signed_on(stage, "bob");
  auto [chief, chief_token] = signed_on(stage, "chief");
  const std::string id = anna.account()->id;
  constexpr auto outlook = asks::ExternalTokenType::microsoft_outlook;
  const auto token = [](std::string_view text) { return Secret::copy_of(as_bytes(text)); };
  const std::string_view secret = "an identity token of a mail program";
  CHECK(is(anna.channel.ask(asks::AddExternalToken{outlook, token(secret), true}), Errc::not_found));
  REQUIRE(anna.channel.ask(asks::AddExternalToken{outlook, token(secret), false}).ok());
  CHECK(anna.channel.ask(asks::AddExternalToken{outlook, token(secret), true}).ok());
  CHECK(is(bob.channel.ask(asks::AddExternalToken{outlook, token(secret), false}), Errc::conflict));
  CHECK(is(anna.channel.ask(asks::AddExternalToken{outlook, {}, false}), Errc::invalid));
  const Bytes files = stage.raw_files();
  CHECK(std::ranges::search(files, as_bytes(secret)).empty());

  const auto rows = chief.channel.ask(asks::ListExternalTokens{id});
  REQUIRE(rows->rows.size() == 1);
  CHECK(is(bob.channel.ask(asks::ListExternalTokens{id}), Errc::not_found));
  CHECK(is(bob.channel.ask(asks::RemoveExternalToken{{}, {}, outlook, token(secret)}), Errc::not_found));
  CHECK(chief.channel.ask(asks::RemoveExternalToken{id, rows->rows[0].id, outlook, {}}).ok());
  REQUIRE(anna.channel.ask(asks::AddExternalToken{outlook, token(secret), false}).ok());
  CHECK(anna.channel.ask(asks::RemoveExternalToken{{}, {}, outlook, token(secret)}).ok());
  CHECK(anna.channel.ask(asks::ListExternalTokens{})->rows.empty());
  for (std::size_t i = 0; i < asks::external_tokens_max; ++i) {
    REQUIRE(anna.channel.ask(asks::AddExternalToken{outlook, token(cat(secret, i)), false}).ok());
  }
  CHECK(is(anna.channel.ask(asks::AddExternalToken{outlook, token(secret), false}), Errc::exhausted));
}

TEST_CASE("administrators: the command line does not take the last one either") {
  Stage stage;
  stage.add_user("chief", good_password, Role::admin);
  CHECK(is(stage.admin().ask(asks::SetUserActive{"chief", false}), Errc::conflict));
  CHECK(is(stage.admin().ask(asks::DeleteUser{"chief"}), Errc::conflict));
  stage.add_user("second", good_password, Role::admin);
  CHECK(stage.admin().ask(asks::SetUserActive{"chief", false}).ok());
  CHECK(stage.admin().ask(asks::DeleteUser{"chief"}).ok());
}
