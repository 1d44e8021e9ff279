// Accounts that another server brought: nothing before the import has ended, the foreign password once and ours from
// then on, and no answer that tells more about them than about a name that nobody has.
#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

// Of "lovely cart seven" and of "short": $5$ with the fewest rounds.
constexpr const char* good_hash = "$5$rounds=1000$saltsalt$PD8T13BKAk046RVBUmduLt4J4iAaSu1rowQp./nEzN4";
constexpr const char* short_hash = "$5$rounds=1000$saltsalt$cuLLmEX.umU5UDEmc2rXDEmPe0KgovZYl2bHldPhAKD";

asks::BeginImport import_of(std::string_view name, std::string hash = good_hash) {
  asks::BeginImport ask;
  ask.organisation = first_organisation;
  ask.user_name = name;
  ask.foreign_hash = std::move(hash);
  return ask;
}

std::string bring(Stage& stage, const asks::BeginImport& ask, bool active = true) {
  ipc::Channel admin = stage.admin();
  const auto begun = admin.ask(ask);
  REQUIRE_MESSAGE(begun.ok(), begun.error().message());
  CHECK(begun->state == asks::ImportState::added);
  REQUIRE(admin.ask(asks::EndImport{begun->id, active}).ok());
  return begun->id;
}

bool holds(const Bytes& files, std::string_view text) {
  return as_text(files).find(text) != std::string_view::npos;
}

}  // namespace

TEST_CASE("imports: nobody signs on before the end; each ask may come twice and changes nothing then") {
  Stage stage({.settings = many_attempts()});
  ipc::Channel admin = stage.admin();
  const TestKey key{3};
  asks::BeginImport ask = import_of("anna");
  ask.keys.push_back(key.line());
  const auto begun = admin.ask(ask);
  REQUIRE(begun->state == asks::ImportState::added);
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());
  CHECK(refused(SshGate{stage}.sign("anna", key)));

  asks::BeginImport again = import_of("ANNA", short_hash);
  again.keys.push_back(TestKey{4}.line());
  const auto second = admin.ask(again);
  CHECK(second->state == asks::ImportState::begun);
  CHECK(second->id == begun->id);
  REQUIRE(admin.ask(asks::EndImport{begun->id, true}).ok());
  CHECK(admin.ask(asks::EndImport{begun->id, false}).error().kind() == Errc::not_found);
  CHECK(admin.ask(again)->state == asks::ImportState::before);
  CHECK(admin.ask(again)->id.empty());
  CHECK(granted(SshGate{stage}.sign("anna", key)));
  CHECK(refused(SshGate{stage}.sign("anna", TestKey{4})));
  CHECK(stage.gate().sign_on("anna", good_password)->granted);
}

TEST_CASE("imports: an account that no import made, or of another organisation, is not touched") {
  Stage stage;
  stage.add_user("boss", good_password, capability::Role::sys_admin);
  ipc::Channel admin = stage.admin();
  asks::BeginImport ask = import_of("boss", short_hash);
  ask.keys.push_back(TestKey{3}.line());
  const auto begun = admin.ask(ask);
  CHECK(begun->state == asks::ImportState::taken);
  CHECK(begun->id.empty());
  CHECK(refused(SshGate{stage}.sign("boss", TestKey{3})));
  bring(stage, import_of("anna"));
  asks::BeginImport elsewhere = import_of("anna");
  elsewhere.organisation = 2'000;
  CHECK(admin.ask(elsewhere)->state == asks::ImportState::taken);
  elsewhere.user_name = "bert";
  CHECK(admin.ask(elsewhere).error().kind() == Errc::not_found);
}

TEST_CASE("imports: a wrong part leaves nothing of the account") {
  Stage stage;
  ipc::Channel admin = stage.admin();
  const auto refuses = [&](auto change) {
    asks::BeginImport ask = import_of("anna");
    change(ask);
    return !admin.ask(ask).ok();
  };
  CHECK(refuses([](auto& ask) { ask.user_name = "../anna"; }));
  CHECK(refuses([](auto& ask) { ask.foreign_hash = "$1$salt$hash"; }));
  CHECK(refuses([](auto& ask) { ask.keys.push_back("ssh-ed25519 AAAA"); }));
  CHECK(refuses([](auto& ask) { ask.allowed.push_back("here"); }));
  CHECK(refuses([](auto& ask) { ask.email = "anna"; }));
  CHECK(refuses([](auto& ask) { ask.notes = std::string(2'000, 'x'); }));
  CHECK(refuses([](auto& ask) { ask.keys.assign(asks::import_keys_max + 1, TestKey{1}.line()); }));
  CHECK(refuses([](auto& ask) { ask.denied.assign(asks::import_networks_max + 1, "192.0.2.1"); }));
  CHECK(admin.ask(asks::ListUsers{})->users.empty());
}

TEST_CASE("imports: the first right password becomes one of ours, and the foreign hash is gone") {
  Stage stage({.settings = many_attempts()});
  bring(stage, import_of("anna"));
  CHECK(holds(stage.raw_files(), good_hash));
  CHECK_FALSE(stage.gate().sign_on("anna", "wrong").ok());
  CHECK(stage.hashed == 0);
  CHECK(stage.checked == 1);
  Gate gate = stage.gate();
  const auto result = gate.sign_on("anna", good_password);
  REQUIRE_MESSAGE(result.ok(), result.error().message());
  CHECK(result->granted);
  CHECK(stage.checked == 2);
  CHECK(stage.hashed == 2);  // for the verifier and for the history
  CHECK(stage.gate().sign_on("anna", good_password)->granted);
  CHECK_FALSE(stage.gate().sign_on("anna", "wrong").ok());
  CHECK(stage.checked == 2);
}

TEST_CASE("imports: a password that breaks our rules signs on once, then it must be changed") {
  Stage stage({.settings = many_attempts()});
  bring(stage, import_of("anna", short_hash));
  CHECK(stage.gate().sign_on("anna", "short")->granted);
  const auto next = stage.gate().sign_on("anna", "short");
  REQUIRE(next.ok());
  CHECK_FALSE(next->granted);
  CHECK(stage.gate().sign_on("anna", "short", good_password)->granted);
  CHECK(stage.gate().sign_on("anna", good_password)->granted);
}

TEST_CASE("imports: a new password at the first sign-on, or by an administrator, replaces the foreign one") {
  Stage stage({.settings = many_attempts()});
  bring(stage, import_of("anna"));
  CHECK_FALSE(stage.gate().sign_on("anna", "wrong", "another fine cart").ok());
  CHECK(stage.gate().sign_on("anna", good_password, "another fine cart")->granted);
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());
  bring(stage, import_of("bert"));
  REQUIRE(stage.admin().ask(asks::SetUserPassword{"bert", Secret::copy_of(as_bytes("another fine cart"))}).ok());
  CHECK_FALSE(stage.gate().sign_on("bert", good_password).ok());
  CHECK(stage.gate().sign_on("bert", "another fine cart")->granted);
}

TEST_CASE("imports: over SSH, with the password alone and as the first of two methods") {
  Stage stage({.settings = many_attempts()});
  bring(stage, import_of("anna"));
  CHECK(refused(SshGate{stage}.password("anna", "wrong")));
  CHECK(granted(SshGate{stage}.password("anna", good_password)));
  CHECK(granted(SshGate{stage}.password("anna", good_password)));
  CHECK(stage.checked == 2);

  asks::BeginImport both = import_of("bert");
  both.keys.push_back(TestKey{3}.line());
  bring(stage, both);
  set_sign_on(stage, "bert", "password,publickey");
  SshGate gate{stage};
  CHECK(partial(gate.password("bert", good_password), {"publickey"}));
  CHECK(granted(gate.sign("bert", TestKey{3})));
}

TEST_CASE("imports: without a hash no password signs on; a disabled account stays disabled") {
  Stage stage({.settings = many_attempts()});
  bring(stage, import_of("anna", ""));
  CHECK_FALSE(stage.gate().sign_on("anna", "").ok());
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());
  bring(stage, import_of("bert"), false);
  CHECK_FALSE(stage.gate().sign_on("bert", good_password).ok());
}

TEST_CASE("imports: networks and the end of an account hold") {
  Stage stage({.settings = many_attempts()});
  asks::BeginImport ask = import_of("anna");
  ask.allowed.push_back("192.0.2.0/24,2001:db8::/32");
  ask.denied.push_back("192.0.2.66");
  bring(stage, ask);
  CHECK_FALSE(stage.gate("198.51.100.1").sign_on("anna", good_password).ok());
  CHECK_FALSE(stage.gate("192.0.2.66").sign_on("anna", good_password).ok());
  CHECK(stage.gate("192.0.2.7").sign_on("anna", good_password)->granted);
  for (const char* name : {"bert", "carl"}) {
    asks::BeginImport ends = import_of(name);
    ends.expires_ms = unix_now_ms() - 1'000;
    bring(stage, ends);
    CHECK_FALSE(stage.gate().sign_on(name, good_password).ok());
  }
}

TEST_CASE("imports: what an unknown name costs is what one of the accounts costs, always the same one") {
  Stage stage({.settings = many_attempts()});
  const auto checks = [&](std::string_view name) {
    const int before = stage.checked;
    CHECK_FALSE(stage.gate().sign_on(name, "wrong").ok());
    return stage.checked - before;
  };
  CHECK(checks("nobody") == 0);  // no account at all
  bring(stage, import_of("anna"));
  CHECK(checks("nobody") == 1);  // all accounts have a foreign hash
  CHECK(checks("no name") == 1);
  CHECK(refused(SshGate{stage}.password("nobody", "wrong")));
  for (int i = 0; i < 8; ++i) stage.add_user(cat("ours", i), good_password);
  for (int i = 0; i < 7; ++i) bring(stage, import_of(cat("theirs", i)));
  int foreign = 0;
  for (int i = 0; i < 40; ++i) {
    const int first = checks(cat("nobody", i));
    CHECK(checks(cat("NOBODY", i)) == first);
    foreign += first;
  }
  CHECK(foreign > 3);
  CHECK(foreign < 37);
}
