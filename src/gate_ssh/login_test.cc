#include "gate_ssh/login.h"

#include <doctest/doctest.h>

#include "base/writer.h"
#include "gate_ssh/doubles.h"
#include "ipc/catalog_asks.h"
#include "ipc/data_asks.h"
#include "ipc/ssh_signing_asks.h"

using namespace bulkhead;
using namespace bulkhead::gate_ssh;

namespace {

// The gate's siblings, with a warden that says what the test wants.
struct Stage {
  asks::SshSignOn verdict;                    // of every sign-on
  std::optional<Error> refusal;               // of every ask to warden
  bool acceptable = true;                     // every offered key
  std::optional<asks::SshDialogue> question;  // of StartDialogue; otherwise the verdict
  std::vector<asks::SignOnWithKey> signed_on;
  bool keeper_refuses = false;

  doubles::Sibling warden{asks::ssh_login_asks, [this](const ipc::Frame& ask) { return answer(ask); }};
  doubles::Sibling keeper{asks::catalog_asks, [this](const ipc::Frame&) -> Result<Bytes> {
                            if (keeper_refuses) return fail(Errc::unauthenticated, "no");
                            return Bytes{};
                          }};
  doubles::Sibling porter{asks::data_asks, [](const ipc::Frame&) -> Result<Bytes> { return Bytes{}; }};
  doubles::Sibling signet{asks::ssh_signing_asks, [](const ipc::Frame&) -> Result<Bytes> { return Bytes{}; }};
  Login login{{warden.channel, keeper.channel, porter.channel, signet.channel}, 3};

  Result<Bytes> answer(const ipc::Frame& ask) {
    if (refusal) return *refusal;
    switch (ask.number) {
      case asks::OfferKey::number:
        return ipc::encode(asks::OfferKey::Reply{acceptable});
      case asks::SignOnWithKey::number:
        signed_on.push_back(ipc::decode<asks::SignOnWithKey>(ask.body).value());
        return ipc::encode(verdict);
      case asks::SignOnWithPassword::number:
        return ipc::encode(verdict);
      case asks::StartDialogue::number:
        if (question) return ipc::encode(*question);
        return ipc::encode(asks::SshDialogue{false, {}, {}, {}, verdict});
      case asks::AnswerDialogue::number:
        return ipc::encode(asks::SshDialogue{false, {}, {}, {}, verdict});
      default:
        return Bytes{};
    }
  }
};

Bytes request(std::string_view method, ByteView rest = {}, std::string_view user = "alice",
              std::string_view service = "ssh-connection") {
  return Writer{}.u8(50).string(as_bytes(user)).string(as_bytes(service)).string(as_bytes(method)).bytes(rest).take();
}
Bytes password(std::string_view text, std::string_view user = "alice") {
  return request("password", Writer{}.u8(0).string(as_bytes(text)).take(), user);
}
Bytes key(bool with_signature, std::string_view blob = "KEY") {
  Writer rest;
  rest.u8(with_signature ? 1 : 0).string(as_bytes("ssh-ed25519")).string(as_bytes(blob));
  if (with_signature) rest.string(as_bytes("SIGNATURE"));
  return request("publickey", rest.view());
}
Bytes failure(std::string_view methods, bool partial = false) {
  return Writer{}.u8(51).string(as_bytes(methods)).u8(partial ? 1 : 0).take();
}
constexpr std::string_view all = "publickey,password,keyboard-interactive";

}  // namespace

TEST_CASE("login: none gives the list, asks nobody and is no attempt") {
  Stage stage;
  for (int i = 0; i < 10; ++i) CHECK(stage.login.answer(request("none"))->message == failure(all));
  CHECK(stage.warden.asked().empty());
}

TEST_CASE("login: granted needs keeper too") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::granted, {}, to_bytes("CAPABILITY"), 42};
  const Login::Answer answer = stage.login.answer(password("secret")).value();
  CHECK(answer.granted);
  CHECK(answer.state == ssh::State::connected);
  CHECK(answer.message == Bytes{52});
  CHECK(as_text(stage.login.capability()) == "CAPABILITY");
  CHECK(stage.login.expires_ms() == 42);
  CHECK(stage.keeper.asked() == std::vector<std::uint16_t>{asks::Adopt::number});

  Stage other;
  other.verdict = stage.verdict;
  other.keeper_refuses = true;
  CHECK_FALSE(other.login.answer(password("secret")).ok());
}

TEST_CASE("login: what is no password is refused without an ask") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::granted, {}, {}, 0};
  CHECK(stage.login.answer(password(""))->message == failure(all));
  const Bytes change = Writer{}.u8(1).string(as_bytes("old")).string(as_bytes("new")).take();
  CHECK(stage.login.answer(request("password", change))->message == failure(all));
  CHECK(stage.warden.asked().empty());
}

TEST_CASE("login: a query is no sign-on; the key that signed is the one that counts") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::refused, {"publickey"}, {}, 0};
  const Bytes acceptable = Writer{}.u8(60).string(as_bytes("ssh-ed25519")).string(as_bytes("ADMIN")).take();
  CHECK(stage.login.answer(key(false, "ADMIN"))->message == acceptable);
  CHECK(stage.login.answer(key(true, "OWN"))->message == failure("publickey"));
  REQUIRE(stage.signed_on.size() == 1);
  CHECK(as_text(stage.signed_on[0].key) == "OWN");
  CHECK(as_text(stage.signed_on[0].signature) == "SIGNATURE");
  CHECK_FALSE(stage.signed_on[0].host_bound);
  stage.acceptable = false;
  CHECK(stage.login.answer(key(false))->message == failure("publickey"));
}

TEST_CASE("login: many key queries end the connection before warden counts a violation") {
  Stage stage;
  for (std::uint32_t i = 0; i < key_offers_max; ++i) REQUIRE(stage.login.answer(key(false)).ok());
  CHECK_FALSE(stage.login.answer(key(false)).ok());
  CHECK(stage.login.reason() == Disconnect::no_more_auth_methods_available);
  CHECK(stage.warden.asked().size() < ipc::limited_times);
}

TEST_CASE("login: the third refusal of three ends the connection; partial is none") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::partial, {"password"}, {}, 0};
  for (int i = 0; i < 5; ++i) CHECK(stage.login.answer(key(true))->message == failure("password", true));
  stage.verdict = {asks::SshVerdict::refused, {"password"}, {}, 0};
  CHECK(stage.login.answer(password("wrong"))->message == failure("password"));
  CHECK(stage.login.answer(request("hostbased"))->message == failure("password"));
  CHECK_FALSE(stage.login.answer(password("wrong")).ok());
  CHECK(stage.login.reason() == Disconnect::no_more_auth_methods_available);
}

TEST_CASE("login: another user name starts anew, another service ends the connection") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::partial, {"password"}, {}, 0};
  CHECK(stage.login.answer(key(true))->message == failure("password", true));
  CHECK(stage.login.answer(request("none", {}, "bob"))->message == failure(all));
  CHECK_FALSE(stage.login.answer(request("none", {}, "bob", "ssh-other")).ok());
  CHECK(stage.login.reason() == Disconnect::service_not_available);
}

TEST_CASE("login: what warden will not look at is a refusal, a warden that is gone the end") {
  Stage stage;
  stage.refusal = fail(Errc::exhausted, "too many");
  CHECK(stage.login.answer(password("secret"))->message == failure(all));
  CHECK(stage.login.answer(key(false))->message == failure(all));
  CHECK(stage.login.answer(key(true, std::string(30'000, 'k')))->message ==
        failure(all));  // over the row's size
  stage.refusal = fail(Errc::io, "gone");
  CHECK_FALSE(stage.login.answer(key(false)).ok());
}

TEST_CASE("login: a dialogue, with as many answers as questions and no others") {
  Stage stage;
  stage.verdict = {asks::SshVerdict::granted, {}, to_bytes("CAPABILITY"), 42};
  stage.question = asks::SshDialogue{true, "", "", {{"Password: ", false}}, {}};
  const Bytes start = request("keyboard-interactive", Writer{}.string({}).string({}).take());
  const Login::Answer asked = stage.login.answer(start).value();
  CHECK(asked.state == ssh::State::dialogue);
  CHECK_FALSE(asked.granted);
  const std::array<std::string_view, 1> one{"secret"};
  const std::array<std::string_view, 2> two{"secret", "more"};

  SUBCASE("the right count") {
    CHECK(stage.login.answer(ssh::print_info_response(one))->granted);
  }
  SUBCASE("a wrong count") {
    CHECK_FALSE(stage.login.answer(ssh::print_info_response(two)).ok());
  }
  SUBCASE("an absurd count") {
    CHECK_FALSE(stage.login.answer(Writer{}.u8(61).u32(UINT32_MAX).take()).ok());
  }
  SUBCASE("abandoned by another request") {
    CHECK(stage.login.answer(request("none"))->state == ssh::State::auth);
    CHECK_FALSE(stage.login.answer(ssh::print_info_response(one)).ok());
    CHECK(stage.warden.asked() == std::vector<std::uint16_t>{asks::StartDialogue::number});
  }
  SUBCASE("without end") {
    std::uint32_t rounds = 1;
    while (stage.login.answer(start).ok()) ++rounds;
    CHECK(rounds == dialogue_asks_max);
  }
}
