// Users through a gate's channel, and what ends with a right.
#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using capability::Role;

namespace {

constexpr std::string_view other_password = "seventeen blue kites";

asks::AddAccount new_account(std::string_view name, Role role = Role::user) {
  asks::AddAccount ask;
  ask.user_name = name;
  ask.full_name = "Bert Miller";
  ask.role = static_cast<std::uint8_t>(role);
  ask.password = Secret::copy_of(as_bytes(good_password));
  return ask;
}

Gate signed_on(Stage& stage, std::string_view name, Role role) {
  stage.add_user(name, good_password, role);
  Gate gate = stage.gate("127.0.0.1");
  REQUIRE(gate.sign_on(name, good_password).ok());
  return gate;
}

template <class Ask>
Errc refusal(Gate& gate, const Ask& ask) {
  const auto answer = gate.channel.ask(ask);
  REQUIRE_FALSE(answer.ok());
  return answer.error().kind();
}

asks::ChangeAccount change_of(const std::string& id) {
  asks::ChangeAccount ask;
  ask.id = id;
  return ask;
}

}  // namespace

TEST_CASE("users: an administrator adds, lists, changes and removes them") {
  Stage stage;
  Gate admin = signed_on(stage, "admin", Role::admin);
  const auto bert = admin.channel.ask(new_account("Bert"));
  REQUIRE_MESSAGE(bert.ok(), bert.error().message());
  CHECK(bert->user_name == "Bert");
  CHECK(bert->role == static_cast<std::uint8_t>(Role::user));
  CHECK(bert->password_changed_ms.has_value());
  CHECK(refusal(admin, new_account("bERT")) == Errc::conflict);
  Gate gate = stage.gate("127.0.0.1");
  CHECK(gate.sign_on("bert", good_password).ok());

  asks::ListAccounts list;
  list.count = 10;
  CHECK(admin.channel.ask(list)->total == 2);
  list.user_name = "ER";
  REQUIRE(admin.channel.ask(list)->rows.size() == 1);
  CHECK(admin.channel.ask(list)->rows[0].id == bert->id);
  list.exact = true;
  CHECK(admin.channel.ask(list)->total == 0);
  list.user_name.clear();
  list.roles = 1U << static_cast<unsigned>(Role::admin);
  CHECK(admin.channel.ask(list)->total == 1);

  asks::ChangeAccount change = change_of(bert->id);
  change.full_name = "Bertold";
  change.notes = "line one\nline two";
  change.language = "de";
  REQUIRE(admin.channel.ask(change).ok());
  CHECK(admin.channel.ask(asks::GetAccount{bert->id})->notes == "line one\nline two");
  CHECK(gate.channel.ask(asks::GetAccount{})->notes.empty());  // not for himself
  change.notes = "bell \a";
  CHECK(refusal(admin, change) == Errc::invalid);

  CHECK(admin.channel.ask(asks::RemoveAccount{bert->id}).ok());
  CHECK(refusal(admin, asks::GetAccount{bert->id}) == Errc::not_found);
  CHECK(stage.noticed<asks::EndConnection>(gate.number));
}

TEST_CASE("users: who has no right hears the same of those who exist and those who do not") {
  Stage stage;
  Gate user = signed_on(stage, "user", Role::user);
  const std::string admin_id = [&] {
    Gate admin = signed_on(stage, "admin", Role::admin);
    return admin.account()->id;
  }();
  asks::ListAccounts list;
  list.count = 1;
  CHECK(refusal(user, list) == Errc::denied);
  for (const std::string& id : {admin_id, std::string{"0123456789abcdef"}, std::string{"' OR 1=1"}}) {
    const auto got = user.channel.ask(asks::GetAccount{id});
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().kind() == Errc::not_found);
    CHECK(got.error().message() == "there is no such user");
    CHECK(refusal(user, asks::RemoveAccount{id}) == Errc::not_found);
    CHECK(refusal(user, change_of(id)) == Errc::not_found);
  }
  CHECK(refusal(user, new_account("eve")) == Errc::denied);
  CHECK(refusal(user, asks::ListOrganisations{}) == Errc::denied);
  asks::ChangeAccount raise = change_of("");
  raise.role = static_cast<std::uint8_t>(Role::admin);
  CHECK(refusal(user, raise) == Errc::denied);
  asks::ChangeAccount language = change_of("");
  language.language = "fr";
  CHECK(user.channel.ask(language)->language == "fr");
}

TEST_CASE("users: organisations are apart, and the last administrator stays") {
  Stage stage;
  Gate system = signed_on(stage, "system", Role::sys_admin);
  Gate admin = signed_on(stage, "admin", Role::admin);
  const auto other = system.channel.ask(asks::AddOrganisation{"Other", "O", {}, {}, {}, {}});
  REQUIRE(other.ok());
  CHECK(other->id == 1001);
  CHECK(refusal(system, asks::AddOrganisation{"oTHER", "", {}, {}, {}, {}}) == Errc::conflict);
  CHECK(system.channel.ask(asks::ListOrganisations{})->rows.size() == 2);
  asks::ChangeOrganisation rename;
  rename.id = other->id;
  rename.short_name = "OO";
  CHECK(system.channel.ask(rename)->short_name == "OO");
  CHECK(system.channel.ask(asks::GetOrganisation{other->id})->name == "Other");

  asks::AddAccount foreign = new_account("foreign", Role::admin);
  foreign.organisation = other->id;
  const auto there = system.channel.ask(foreign);
  REQUIRE_MESSAGE(there.ok(), there.error().message());
  CHECK(there->organisation == 1001);
  CHECK(refusal(admin, asks::GetAccount{there->id}) == Errc::not_found);
  foreign = new_account("spy");
  foreign.organisation = other->id;
  CHECK(refusal(admin, foreign) == Errc::not_found);
  CHECK(refusal(system, new_account("plain")) == Errc::denied);  // a SysAdmin makes administrators
  CHECK(refusal(admin, new_account("root", Role::sys_admin)) == Errc::denied);

  asks::ChangeAccount demote = change_of(there->id);
  demote.role = static_cast<std::uint8_t>(Role::sys_admin);
  CHECK(refusal(system, demote) == Errc::conflict);  // the last of his organisation
  demote.role.reset();
  demote.active = false;
  CHECK(refusal(system, demote) == Errc::conflict);
  CHECK(refusal(system, asks::RemoveAccount{there->id}) == Errc::conflict);
  asks::AddAccount second = new_account("second", Role::admin);
  second.organisation = other->id;
  REQUIRE(system.channel.ask(second).ok());
  CHECK(system.channel.ask(demote).ok());
  CHECK(refusal(admin, asks::RemoveAccount{admin.account()->id}) == Errc::denied);  // nor himself
}

TEST_CASE("R-050: suspension, a new role and a new password end the connections of a user") {
  Stage stage;
  Gate admin = signed_on(stage, "admin", Role::admin);
  const std::string id = admin.channel.ask(new_account("bert"))->id;
  const auto ends = [&](const asks::ChangeAccount& change, std::string_view password) {
    Gate gate = stage.gate("127.0.0.1");
    const auto tokens = gate.sign_on("bert", password);
    REQUIRE(tokens.ok());
    REQUIRE(admin.channel.ask(change).ok());
    CHECK(stage.noticed<asks::EndConnection>(gate.number));
    Gate later = stage.gate("127.0.0.1");
    CHECK_FALSE(later.bearer(tokens->access_token).ok());
    CHECK_FALSE(later.refresh(tokens->refresh_token).ok());
    CHECK(gate.account().error().kind() == Errc::unauthenticated);
  };
  asks::ChangeAccount change = change_of(id);
  change.role = static_cast<std::uint8_t>(Role::file_admin);
  ends(change, good_password);
  change = change_of(id);
  change.password = Secret::copy_of(as_bytes(other_password));
  ends(change, good_password);
  change = change_of(id);
  change.active = false;
  ends(change, other_password);
  CHECK_FALSE(stage.gate("127.0.0.1").sign_on("bert", other_password).ok());
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(admin.number));
}

TEST_CASE("R-050: one's own new password needs the old one, and ends the other sessions") {
  Stage stage;
  Gate here = signed_on(stage, "anna", Role::user);
  Gate there = stage.gate("127.0.0.1");
  const auto tokens = there.sign_on("anna", good_password);
  REQUIRE(tokens.ok());
  asks::ChangeAccount change = change_of("");
  change.password = Secret::copy_of(as_bytes(other_password));
  CHECK(refusal(here, change) == Errc::invalid);
  change.current_password = Secret::copy_of(as_bytes("wrong wrong wrong"));
  CHECK(refusal(here, change) == Errc::denied);
  change.current_password = Secret::copy_of(as_bytes(good_password));
  REQUIRE(here.channel.ask(change).ok());
  CHECK(stage.noticed<asks::EndConnection>(there.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(here.number));
  CHECK(here.account().ok());
  CHECK_FALSE(stage.gate("127.0.0.1").refresh(tokens->refresh_token).ok());
  CHECK_FALSE(stage.gate("127.0.0.1").sign_on("anna", good_password).ok());
  CHECK(stage.gate("127.0.0.1").sign_on("anna", other_password).ok());
  // Back to the one before: it is remembered.
  change.current_password = Secret::copy_of(as_bytes(other_password));
  change.password = Secret::copy_of(as_bytes(good_password));
  const auto back = here.channel.ask(change);
  REQUIRE_FALSE(back.ok());
  CHECK(back.error().message() == "The new password was used before: choose another one.");
}

TEST_CASE("users: guesses at one's own old password are throttled like sign-ons") {
  Stage stage;
  Gate here = signed_on(stage, "anna", Role::user);
  asks::ChangeAccount change = change_of("");
  change.password = Secret::copy_of(as_bytes(other_password));
  change.current_password = Secret::copy_of(as_bytes("wrong wrong wrong"));
  for (int i = 0; i < 5; ++i) CHECK(refusal(here, change) == Errc::denied);
  change.current_password = Secret::copy_of(as_bytes(good_password));
  CHECK(refusal(here, change) == Errc::exhausted);
}

TEST_CASE("users: a clone takes what is not given") {
  Stage stage;
  Gate admin = signed_on(stage, "admin", Role::admin);
  asks::AddAccount first = new_account("first", Role::file_admin);
  first.notes = "a note";
  const std::string id = admin.channel.ask(first)->id;
  asks::AddAccount clone;
  clone.user_name = "second";
  clone.source = id;
  clone.password = Secret::copy_of(as_bytes(good_password));
  const auto made = admin.channel.ask(clone);
  REQUIRE_MESSAGE(made.ok(), made.error().message());
  CHECK(made->role == static_cast<std::uint8_t>(Role::file_admin));
  CHECK(made->notes == "a note");
  CHECK(made->full_name == "Bert Miller");
  clone.user_name = "third";
  clone.source = "0123456789abcdef";
  CHECK(refusal(admin, clone) == Errc::not_found);
}
