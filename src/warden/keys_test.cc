#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

TEST_CASE("keys: added, listed and removed per user; a fingerprint once for each") {
  Stage stage;
  stage.add_user("Anna", good_password);
  stage.add_user("berta", good_password);
  ipc::Channel admin = stage.admin();
  const TestKey key{1};
  add_key(stage, "anna", key);
  add_key(stage, "berta", key);
  CHECK(admin.ask(asks::AddKey{"ANNA", key.line()}).error().kind() == Errc::conflict);
  const Result<asks::ListKeys::Reply> list = admin.ask(asks::ListKeys{"anna"});
  REQUIRE(list->keys.size() == 1);
  CHECK(list->keys[0].type == "ssh-ed25519");
  CHECK(list->keys[0].fingerprint == key.fingerprint());
  CHECK(list->keys[0].comment == "test@example.com");
  CHECK(list->keys[0].added_ms > 0);
  CHECK_FALSE(list->keys[0].last_used_ms.has_value());
  CHECK(admin.ask(asks::RemoveKey{"anna", "SHA256:none"}).error().kind() == Errc::not_found);
  CHECK(admin.ask(asks::RemoveKey{"anna", key.fingerprint()}).ok());
  CHECK(admin.ask(asks::ListKeys{"anna"})->keys.empty());
  CHECK(admin.ask(asks::ListKeys{"berta"})->keys.size() == 1);
  for (const char* nobody : {"nobody", "..", ""}) {
    CHECK_FALSE(admin.ask(asks::AddKey{nobody, key.line()}).ok());
    CHECK_FALSE(admin.ask(asks::ListKeys{nobody}).ok());
    CHECK_FALSE(admin.ask(asks::RemoveKey{nobody, key.fingerprint()}).ok());
    CHECK_FALSE(admin.ask(asks::SetSignOn{nobody, ""}).ok());
  }
}

TEST_CASE("keys: what is wrong with a line is said, options are not taken, and counts are limited") {
  Stage stage;
  stage.add_user("anna", good_password);
  ipc::Channel admin = stage.admin();
  const TestKey key{1};
  CHECK(admin.ask(asks::AddKey{"anna", cat("restrict ", key.line())}).error().kind() == Errc::unsupported);
  CHECK(admin.ask(asks::AddKey{"anna", cat("restrict ", key.line())}).error().message().find("sign-on") !=
        std::string::npos);
  CHECK(admin.ask(asks::AddKey{"anna", "-----BEGIN OPENSSH PRIVATE KEY-----"}).error().message().find("private key") !=
        std::string::npos);
  CHECK(admin.ask(asks::AddAuthority{"hello"}).error().kind() == Errc::invalid);
  CHECK(admin.ask(asks::SetSignOn{"anna", "publickey,none"}).error().kind() == Errc::invalid);
  for (std::size_t i = 0; i < asks::keys_of_a_user_max; ++i) {
    REQUIRE(admin.ask(asks::AddKey{"anna", TestKey{static_cast<std::uint8_t>(i + 1)}.line()}).ok());
    REQUIRE(admin.ask(asks::AddAuthority{TestKey{static_cast<std::uint8_t>(i + 1)}.line()}).ok());
  }
  CHECK(admin.ask(asks::AddKey{"anna", TestKey{200}.line()}).error().kind() == Errc::exhausted);
  CHECK(admin.ask(asks::AddAuthority{TestKey{200}.line()}).error().kind() == Errc::exhausted);
  CHECK(admin.ask(asks::ListAuthorities{})->keys.size() == 64);
}

TEST_CASE("keys: authorities are added once, listed and removed; deleting a user takes his keys away") {
  Stage stage;
  ipc::Channel admin = stage.admin();
  const TestKey key{1};
  CHECK(admin.ask(asks::AddAuthority{key.line()})->fingerprint == key.fingerprint());
  CHECK(admin.ask(asks::AddAuthority{key.line()}).error().kind() == Errc::conflict);
  CHECK(admin.ask(asks::ListAuthorities{})->keys.front().fingerprint == key.fingerprint());
  CHECK(admin.ask(asks::RemoveAuthority{key.fingerprint()}).ok());
  CHECK(admin.ask(asks::RemoveAuthority{key.fingerprint()}).error().kind() == Errc::not_found);
  CHECK(admin.ask(asks::ListAuthorities{})->keys.empty());

  stage.add_user("anna", good_password);
  add_key(stage, "anna", key);
  REQUIRE(admin.ask(asks::DeleteUser{"anna"}).ok());
  stage.add_user("anna", good_password);
  CHECK(admin.ask(asks::ListKeys{"anna"})->keys.empty());
  CHECK(refused(SshGate{stage}.sign("anna", key)));
}
