#include "warden/sign_on_methods.h"

#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

TEST_CASE("methods: lists in order, alternatives, and what can continue") {
  using enum SshMethod;
  const SignOnMethods any = *SignOnMethods::parse("");
  CHECK(any.text().empty());
  CHECK(any.next({}) == std::vector{publickey, password, keyboard_interactive});
  for (const SshMethod method : {publickey, password, keyboard_interactive}) CHECK(any.complete(std::array{method}));
  CHECK_FALSE(any.complete({}));

  const SignOnMethods two = *SignOnMethods::parse("publickey,password publickey,keyboard-interactive");
  CHECK(two.text() == "publickey,password publickey,keyboard-interactive");
  CHECK(two.next({}) == std::vector{publickey});
  CHECK(two.next(std::array{publickey}) == std::vector{password, keyboard_interactive});
  CHECK_FALSE(two.complete(std::array{publickey}));
  CHECK_FALSE(two.complete(std::array{password}));
  CHECK_FALSE(two.complete(std::array{password, publickey}));
  CHECK(two.complete(std::array{publickey, keyboard_interactive}));
  CHECK_FALSE(two.allows({}, password));
  CHECK_FALSE(two.allows(std::array{publickey}, publickey));
  CHECK(SignOnMethods::parse("publickey,publickey")->next(std::array{publickey}) == std::vector{publickey});
  for (const std::string_view bad :
       {" ", ",", "publickey,", " publickey", "publickey  password", "publickey ", "none", "hostbased", "PUBLICKEY",
        "any", "publickey;password", "password,password,password,password,password"}) {
    CAPTURE(std::string{bad});
    CHECK_FALSE(SignOnMethods::parse(bad).ok());
  }
  CHECK_FALSE(
      SignOnMethods::parse("password password password password password password password password password").ok());
}

TEST_CASE("methods: key and password: partial, then granted; a refused step leaves what was shown before it") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  set_sign_on(stage, "anna", "publickey,password publickey,keyboard-interactive");
  SshGate gate{stage};
  CHECK(refused(gate.password("anna", good_password)));
  CHECK(gate.offers("anna", key));
  CHECK(partial(gate.sign("anna", key), {"password", "keyboard-interactive"}));
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.gate.number));
  CHECK_FALSE(gate.offers("anna", key));  // a key cannot continue now
  CHECK(refused(gate.sign("anna", key), {"password", "keyboard-interactive"}));
  CHECK(refused(gate.password("anna", "wrong"), {"password", "keyboard-interactive"}));
  REQUIRE(gate.start("anna").ok());
  const Result<asks::SshDialogue> last = gate.answer({good_password});
  CHECK(last->result.verdict == asks::SshVerdict::granted);
  const auto verified =
      capability::verify(stage.capability_key, last->result.capability, gate.gate.number, unix_now_ms());
  CHECK((*verified)->method == capability::Method::ssh_key);
  REQUIRE(stage.admin().ask(asks::RemoveKey{"anna", key.fingerprint()}).ok());
  CHECK(stage.noticed<asks::EndConnection>(gate.gate.number));
}

TEST_CASE("methods: another user name takes the partial success away, even one that is only offered a key (R-059)") {
  Stage stage({.settings = many_attempts()});
  const TestKey key{1};
  for (const char* name : {"anna", "berta"}) {
    stage.add_user(name, good_password);
    add_key(stage, name, key);
    set_sign_on(stage, name, "publickey,password");
  }
  SshGate gate{stage};
  REQUIRE(partial(gate.sign("anna", key), {"password"}));
  CHECK(refused(gate.password("berta", good_password)));
  REQUIRE(partial(gate.sign("anna", key), {"password"}));
  CHECK(gate.offers("berta", key));
  CHECK(refused(gate.password("anna", good_password)));
  REQUIRE(partial(gate.sign("anna", key), {"password"}));
  REQUIRE(gate.start("berta").ok());
  CHECK(refused(gate.password("anna", good_password)));
  REQUIRE(partial(gate.sign("berta", key), {"password"}));
  CHECK(granted(gate.password("berta", good_password)));
}

TEST_CASE("methods: what was proven must hold at the end: key, password and account") {
  Stage stage({.settings = many_attempts()});
  const TestKey key{1};
  stage.add_user("anna", good_password);
  add_key(stage, "anna", key);
  set_sign_on(stage, "anna", "publickey,password password,publickey");
  ipc::Channel admin = stage.admin();
  SshGate gate{stage};
  REQUIRE(partial(gate.sign("anna", key), {"password"}));
  REQUIRE(admin.ask(asks::RemoveKey{"anna", key.fingerprint()}).ok());
  CHECK(refused(gate.password("anna", good_password)));
  add_key(stage, "anna", key);
  REQUIRE(partial(gate.password("anna", good_password), {"publickey"}));
  REQUIRE(admin.ask(asks::SetUserPassword{"anna", Secret::copy_of(as_bytes("another lovely cart"))}).ok());
  CHECK(refused(gate.sign("anna", key)));
  REQUIRE(partial(gate.sign("anna", key), {"password"}));
  REQUIRE(admin.ask(asks::DeleteUser{"anna"}).ok());
  stage.add_user("anna", good_password);
  CHECK(refused(gate.password("anna", good_password)));
}

TEST_CASE("methods: two keys means two different keys; a new password is kept only with the whole sign-on") {
  Stage stage({.settings = many_attempts()});
  const TestKey first{1};
  const TestKey second{2};
  const std::string one_time = stage.add_user("anna");
  add_key(stage, "anna", first);
  add_key(stage, "anna", second);
  set_sign_on(stage, "anna", "publickey,publickey");
  SshGate gate{stage};
  REQUIRE(partial(gate.sign("anna", first), {"publickey"}));
  CHECK(refused(gate.sign("anna", first), {"publickey"}));
  CHECK(granted(gate.sign("anna", second)));

  set_sign_on(stage, "anna", "keyboard-interactive,publickey");
  SshGate half{stage};
  REQUIRE(half.start("anna").ok());
  REQUIRE(half.answer({one_time})->prompts.size() == 2);
  CHECK(half.answer({good_password, good_password})->result.verdict == asks::SshVerdict::partial);
  CHECK(refused(half.sign("anna", TestKey{3}), {"publickey"}));
  CHECK(stage.gate().sign_on("anna", one_time)->granted == false);  // still the old one
  CHECK(granted(half.sign("anna", first)));
  CHECK(stage.gate().sign_on("anna", good_password)->granted);
}
