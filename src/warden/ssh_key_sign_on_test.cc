#include "core/ssh_key/vector_files.h"
#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

TEST_CASE(
    "ssh key: the right signature grants a capability for this connection; SignedOn comes once; Renew and SshAccount") {
  Stage stage;
  stage.add_user("Anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  SshGate gate{stage};
  CHECK(gate.offers("anna", key));
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.gate.number));
  const Result<asks::SshSignOn> result = gate.sign("anna", key);
  REQUIRE(granted(result));
  CHECK(result->methods.empty());
  CHECK(stage.noticed<asks::SignedOn>(gate.gate.number));
  const auto verified = capability::verify(stage.capability_key, result->capability, gate.gate.number, unix_now_ms());
  REQUIRE(verified.ok());
  CHECK((*verified)->username == "Anna");
  CHECK((*verified)->method == capability::Method::ssh_key);
  CHECK((*verified)->expires == result->expires_ms);
  CHECK_FALSE(capability::verify(stage.capability_key, result->capability, gate.gate.number + 1, unix_now_ms()).ok());

  const Result<asks::Renew::Reply> renewed = gate.ask(asks::Renew{});
  REQUIRE(renewed.ok());
  const auto again = capability::verify(stage.capability_key, renewed->capability, gate.gate.number, unix_now_ms());
  CHECK((*again)->session == (*verified)->session);
  CHECK((*again)->method == capability::Method::ssh_key);
  const Result<asks::Account::Reply> account = gate.ask(asks::SshAccount{});
  CHECK(account->user_name == "Anna");
  CHECK(account->last_sign_on_ms.has_value());
  CHECK(stage.admin().ask(asks::ListKeys{"anna"})->keys.front().last_used_ms.has_value());
}

TEST_CASE("ssh key: a second sign-on of any kind on a signed-on channel breaks the grammar (R-060, R-071)") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  const auto ends = [&](auto&& again) {
    SshGate gate{stage};
    REQUIRE(granted(gate.sign("anna", key)));
    CHECK_FALSE(again(gate).ok());
    return gate.ended(stage);
  };
  CHECK(ends([&](SshGate& gate) { return gate.sign("anna", key); }));
  CHECK(ends([&](SshGate& gate) { return gate.password("anna", good_password); }));
  CHECK(ends([&](SshGate& gate) { return gate.start("anna"); }));
  CHECK(ends([&](SshGate& gate) { return gate.answer({"x"}); }));
  CHECK(ends([&](SshGate& gate) { return gate.open_session(gate.statement()); }));
}

TEST_CASE("ssh key: no sign-on ahead of a session that signet vouches for, on this connection") {
  Stage stage;
  stage.add_user("anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  SshGate early{stage, "192.0.2.7", false};
  CHECK_FALSE(early.sign("anna", key).ok());
  CHECK(early.ended(stage));

  SshGate other{stage, "192.0.2.7", false};
  ssh_session::Statement statement = other.statement();
  ++statement.connection;
  CHECK(other.open_session(statement).error().kind() == Errc::unauthenticated);
  CHECK_FALSE(other.password("anna", good_password).ok());
  CHECK(other.ended(stage));

  SshGate forged{stage, "192.0.2.7", false};
  CHECK_FALSE(forged.ask(asks::OpenSshSession{ssh_session::sign(Bytes(32, 9), forged.statement())}).ok());
  SshGate bound{stage};
  CHECK_FALSE(bound.ask(asks::Renew{}).ok());  // not before it is signed on
  CHECK(bound.ended(stage));
}

TEST_CASE("ssh key: whatever is signed wrongly is refused, counted, and leaves nothing behind (R-056)") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  stage.add_user("berta", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  SignedParts good;
  good.user = "anna";
  good.key = key.blob();
  SshGate gate{stage};
  int refusals = 0;
  const auto wrong = [&](auto change) {
    SignedParts signed_parts = good;
    change(signed_parts);
    ++refusals;
    return refused(gate.send(good, key.sign(signed_parts.data())));
  };
  CHECK(wrong([](SignedParts& parts) { parts.session_id[0] ^= 1; }));
  CHECK(wrong([](SignedParts& parts) { parts.session_id.clear(); }));
  CHECK(wrong([](SignedParts& parts) { parts.message = 51; }));
  CHECK(wrong([](SignedParts& parts) { parts.user = "berta"; }));
  CHECK(wrong([](SignedParts& parts) { parts.service = "ssh-userauth"; }));
  CHECK(wrong([](SignedParts& parts) { parts.method = "hostbased"; }));
  CHECK(wrong([](SignedParts& parts) { parts.has_signature = 0; }));
  CHECK(wrong([](SignedParts& parts) { parts.algorithm = "ssh-rsa"; }));
  CHECK(wrong([](SignedParts& parts) { parts.key.push_back(0); }));
  CHECK(wrong([](SignedParts& parts) { parts.host_key = to_bytes("the host key"); }));
  for (const Bytes& signature :
       {Bytes{}, Bytes(4), to_bytes("ssh-ed25519"), Writer{}.string(as_bytes("ssh-ed25519")).string({}).take(),
        Writer{}.string(as_bytes("ssh-ed25519")).string(Bytes(64)).take(),
        Writer{}.string(as_bytes("ssh-rsa")).string(Bytes(64)).take()}) {
    CHECK(refused(gate.send(good, signature)));
    ++refusals;
  }
  for (int i = 0; i < refusals; ++i) CHECK(stage.noticed<asks::Refused>(gate.gate.number));
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.gate.number));
  CHECK(granted(gate.send(good, key.sign(good.data()))));
}

TEST_CASE("ssh key: host-bound requests sign the host key of this session, and no other") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  SshGate gate{stage};
  SignedParts parts;
  parts.user = "anna";
  parts.key = key.blob();
  parts.method = "publickey-hostbound-v00@openssh.com";
  parts.host_key = to_bytes("another host key");
  CHECK(refused(gate.send(parts, key.sign(parts.data()))));
  parts.host_key = to_bytes("the host key");
  CHECK(granted(gate.send(parts, key.sign(parts.data()))));
}

TEST_CASE(
    "ssh key: an unknown user, a disabled one, another's key and bytes that are no key look the same (R-057, R-058)") {
  Stage stage({.settings = many_attempts()});
  for (const char* name : {"anna", "berta", "off"}) stage.add_user(name, good_password);
  const TestKey annas{1};
  const TestKey bertas{2};
  add_key(stage, "anna", annas);
  add_key(stage, "berta", bertas);
  add_key(stage, "off", annas);
  REQUIRE(stage.admin().ask(asks::SetUserActive{"off", false}).ok());
  SshGate gate{stage};
  for (const std::string_view user : {"nobody", "off", "berta", "", "anna/", "..", "anna "}) {
    CAPTURE(std::string{user});
    CHECK_FALSE(gate.offers(user, annas));
    CHECK(refused(gate.sign(user, annas)));
  }
  const Bytes no_keys[] = {{},
                           to_bytes("/etc/passwd"),
                           to_bytes(R"(\\host\share)"),
                           to_bytes("https://example.com"),
                           Bytes(4, 'A'),
                           Bytes(16'000, 'A'),
                           to_bytes("-----BEGIN OPENSSH PRIVATE KEY-----")};
  for (const Bytes& hostile : no_keys) {
    for (const std::string algorithm : {"ssh-ed25519", "ssh-rsa", "ssh-ed25519-cert-v01@openssh.com", ""}) {
      CHECK_FALSE(gate.ask(asks::OfferKey{"anna", algorithm, hostile})->acceptable);
    }
    CHECK(refused(gate.ask(asks::SignOnWithKey{"anna", "ssh-ed25519", hostile, Bytes(83), false})));
  }
  // Who is signed on is who signed: an offer of berta's key before it changes nothing.
  CHECK(gate.offers("berta", bertas));
  CHECK(gate.offers("anna", annas));
  CHECK(gate.offers("berta", bertas));
  CHECK(refused(gate.sign("berta", annas)));
  SignedParts parts;
  parts.user = "berta";
  parts.key = bertas.blob();
  CHECK(refused(gate.send(parts, annas.sign(parts.data()))));
  CHECK(granted(gate.sign("anna", annas)));
  CHECK(gate.ask(asks::SshAccount{})->user_name == "anna");
}

TEST_CASE("ssh key: offers are bounded by the table, and a megabyte of key is not admitted (R-058)") {
  Stage stage;
  const TestKey key{1};
  SshGate gate{stage};
  for (std::uint32_t i = 0; i < ipc::limited_times; ++i) CHECK_FALSE(gate.offers("nobody", key));
  CHECK_FALSE(gate.ask(asks::OfferKey{"nobody", "ssh-ed25519", key.blob()}).ok());
  SshGate large{stage};
  CHECK_FALSE(large.ask(asks::OfferKey{"nobody", "ssh-ed25519", Bytes(30'000)}).ok());
  CHECK(large.ended(stage));
}

TEST_CASE("ssh key: certificates of a known authority for the users and addresses that they name") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("Anna", good_password);
  stage.add_user("berta", good_password);
  const TestKey authority{1};
  const TestKey other{2};
  const TestKey key{3};
  SshGate gate{stage};
  CHECK(refused(gate.certificate("anna", key, authority.certify(key, "anna"))));
  REQUIRE(stage.admin().ask(asks::AddAuthority{authority.line()}).ok());
  CHECK(refused(gate.certificate("anna", key, other.certify(key, "anna"))));
  CHECK(refused(gate.certificate("berta", key, authority.certify(key, "anna"))));
  CHECK(refused(gate.certificate("nobody", key, authority.certify(key, "nobody"))));
  CHECK(refused(gate.certificate("anna", key, authority.certify(key, "anna", "198.51.100.0/24"))));
  CHECK(refused(gate.certificate("anna", other, authority.certify(key, "anna"))));  // signed by another key
  CHECK(refused(gate.sign("anna", key)));                                           // the bare key is not his
  CHECK(refused(gate.sign("anna", authority)));                                     // nor is the authority's
  CHECK(
      gate.ask(asks::OfferKey{"anna", "ssh-ed25519-cert-v01@openssh.com", authority.certify(key, "anna")})->acceptable);
  CHECK(granted(gate.certificate("anna", key, authority.certify(key, "Anna", "192.0.2.0/24"))));
  CHECK(stage.admin().ask(asks::ListAuthorities{})->keys.front().last_used_ms.has_value());

  SshGate folded{stage};
  CHECK(granted(folded.certificate("ANNA", key, authority.certify(key, "anna"))));
  REQUIRE(stage.admin().ask(asks::RemoveAuthority{authority.fingerprint()}).ok());
  CHECK(stage.noticed<asks::EndConnection>(gate.gate.number));
  CHECK(stage.noticed<asks::EndConnection>(folded.gate.number));
  CHECK_FALSE(gate.ask(asks::Renew{}).ok());
}

TEST_CASE("ssh key: refusals count for the throttle, which then refuses a right key; offers do not count") {
  Stage stage;
  stage.add_user("anna", good_password);
  const TestKey key{1};
  add_key(stage, "anna", key);
  for (int i = 0; i < 20; ++i) CHECK_FALSE(SshGate{stage}.offers("anna", TestKey{2}));
  for (int i = 0; i < 5; ++i) CHECK(refused(SshGate{stage}.sign("anna", TestKey{2})));
  SshGate throttled{stage};
  CHECK(refused(throttled.sign("anna", key)));
  CHECK(stage.noticed<asks::Refused>(throttled.gate.number));
  CHECK(granted(SshGate{stage, "198.51.100.1"}.sign("anna", key)));
}

TEST_CASE("ssh key: a session ends when its key is removed or its user is disabled or deleted, others go on") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("berta", good_password);
  const TestKey key{1};
  const TestKey second{2};
  for (const TestKey& each : {key, second}) add_key(stage, "anna", each);
  add_key(stage, "berta", key);
  SshGate by_key{stage};
  SshGate by_second{stage};
  SshGate bertas{stage};
  REQUIRE(granted(by_key.sign("anna", key)));
  REQUIRE(granted(by_second.sign("anna", second)));
  REQUIRE(granted(bertas.sign("berta", key)));
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::RemoveKey{"anna", key.fingerprint()}).ok());
  CHECK(stage.noticed<asks::EndConnection>(by_key.gate.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(by_second.gate.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(bertas.gate.number));
  CHECK(by_key.ask(asks::Renew{}).error().kind() == Errc::unauthenticated);
  CHECK(by_key.ask(asks::SshAccount{}).error().kind() == Errc::unauthenticated);
  CHECK(refused(SshGate{stage}.sign("anna", key)));

  REQUIRE(admin.ask(asks::SetUserActive{"anna", false}).ok());
  CHECK(stage.noticed<asks::EndConnection>(by_second.gate.number));
  CHECK_FALSE(by_second.ask(asks::Renew{}).ok());
  CHECK(bertas.ask(asks::Renew{}).ok());
  REQUIRE(admin.ask(asks::DeleteUser{"berta"}).ok());
  CHECK(stage.noticed<asks::EndConnection>(bertas.gate.number));
  CHECK_FALSE(bertas.ask(asks::Renew{}).ok());
}

TEST_CASE("ssh key: every kind of key is checked by the real program in its sandbox") {
  Stage stage({.processes = true, .settings = many_attempts()});
  stage.add_user("anna", good_password);
  ipc::Channel admin = stage.admin();
  for (const auto& [name, vector] : ssh_key::read_vectors("line-")) {
    if (vector.text("expect") != "right") continue;
    CAPTURE(name);
    CHECK(admin.ask(asks::AddKey{"anna", vector.text("line")})->fingerprint == vector.text("fingerprint"));
  }
  SshGate gate{stage};
  for (const auto& [name, vector] : ssh_key::read_vectors("signature-")) {
    if (vector.text("expect") != "right") continue;
    CAPTURE(name);  // right, over something else
    CHECK(refused(gate.ask(
        asks::SignOnWithKey{"anna", vector.text("algorithm"), vector.bytes("key"), vector.bytes("signature"), false})));
  }
  const TestKey key{1};
  REQUIRE(admin.ask(asks::AddAuthority{TestKey{2}.line()}).ok());
  CHECK(granted(gate.certificate("anna", key, TestKey{2}.certify(key, "anna"))));
  CHECK(gate.ask(asks::SshAccount{})->user_name == "anna");
  CHECK(granted(SshGate{stage}.password("anna", good_password)));
}
