#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

bool refused(const Result<asks::SshDialogue>& dialogue) {
  return dialogue.ok() && !dialogue->asks && dialogue->prompts.empty() &&
         warden::refused(Result<asks::SshSignOn>{dialogue->result});
}
bool granted(const Result<asks::SshDialogue>& dialogue) {
  return dialogue.ok() && !dialogue->asks && dialogue->result.verdict == asks::SshVerdict::granted;
}
bool asks_for(const Result<asks::SshDialogue>& dialogue, std::size_t prompts) {
  if (!dialogue.ok() || !dialogue->asks || dialogue->prompts.size() != prompts) return false;
  for (const asks::SshPrompt& prompt : dialogue->prompts) {
    if (prompt.echo) return false;
  }
  return dialogue->result.capability.empty() && dialogue->result.verdict != asks::SshVerdict::granted;
}

}  // namespace

TEST_CASE("ssh password: the right one is granted; every refusal looks the same and costs the same") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  stage.add_user("off", good_password);
  REQUIRE(stage.admin().ask(asks::SetUserActive{"off", false}).ok());
  const int before = stage.hashed;
  const std::pair<std::string, std::string> tries[] = {{"anna", "wrong"},
                                                       {"nobody", std::string{good_password}},
                                                       {"off", std::string{good_password}},
                                                       {"anna ", std::string{good_password}},
                                                       {"", "x"}};
  for (const auto& [name, password] : tries) {
    CAPTURE(name);
    SshGate gate{stage};
    CHECK(refused(gate.password(name, password)));
    CHECK(stage.noticed<asks::Refused>(gate.gate.number));
  }
  CHECK(stage.hashed - before == static_cast<int>(std::size(tries)));
  SshGate gate{stage};
  CHECK(refused(gate.password("anna", "")));
  CHECK(refused(gate.password("anna", std::string(1'025, 'x'))));
  const Result<asks::SshSignOn> result = gate.password("ANNA", good_password);
  REQUIRE(granted(result));
  const auto verified = capability::verify(stage.capability_key, result->capability, gate.gate.number, unix_now_ms());
  CHECK((*verified)->method == capability::Method::password);
  CHECK(stage.noticed<asks::SignedOn>(gate.gate.number));
}

TEST_CASE("ssh password: the throttle counts all methods together and refuses unseen; another network signs on") {
  Stage stage;
  stage.add_user("anna", good_password);
  CHECK(refused(SshGate{stage}.password("anna", "wrong")));
  CHECK(refused(SshGate{stage}.password("anna", "")));
  CHECK(refused(SshGate{stage}.sign("anna", TestKey{1})));
  for (int i = 0; i < 2; ++i) {
    SshGate gate{stage};
    REQUIRE(asks_for(gate.start("anna"), 1));
    CHECK(refused(gate.answer({"wrong"})));
  }
  const int before = stage.hashed;
  CHECK(refused(SshGate{stage}.password("anna", good_password)));
  SshGate gate{stage};
  REQUIRE(asks_for(gate.start("anna"), 1));
  CHECK(refused(gate.answer({good_password})));
  CHECK(stage.hashed == before);
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());  // over HTTP too
  CHECK(granted(SshGate{stage, "198.51.100.1"}.password("anna", good_password)));
}

TEST_CASE("ssh password: one sign-on at a time") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.hashers_come = false;
  SshGate gate{stage};
  const asks::SignOnWithPassword ask{"anna", Secret::copy_of(as_bytes(good_password))};
  for (std::uint32_t serial = 10; serial < 13; ++serial) {
    REQUIRE(
        gate.gate.channel.send({asks::SignOnWithPassword::number, ipc::Kind::ask, serial, ipc::encode(ask), {}}).ok());
  }
  int busy = 0;
  for (int i = 0; i < 2; ++i) {
    Result<std::optional<ipc::Frame>> frame = gate.gate.channel.receive();
    REQUIRE((frame.ok() && frame->has_value()));
    if ((*frame)->kind == ipc::Kind::refusal && ipc::parse_refusal((*frame)->body).kind() == Errc::exhausted) ++busy;
  }
  CHECK(busy >= 1);
}

TEST_CASE("ssh dialogue: a question for everyone, then granted or refused") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  for (const std::string_view user : {"nobody", "anna"}) {
    SshGate gate{stage};
    REQUIRE(asks_for(gate.start(user), 1));
    CHECK(refused(gate.answer({"wrong"})));
    REQUIRE(asks_for(gate.start(user), 1));
    CHECK(refused(gate.answer({""})));
    REQUIRE(asks_for(gate.start(user), 1));
    CHECK(granted(gate.answer({good_password})) == (user == "anna"));
  }
}

TEST_CASE("ssh dialogue: answers without a question, too few and too many end the asker (R-060)") {
  Stage stage({.settings = many_attempts()});
  stage.add_user("anna", good_password);
  stage.add_user("fresh");
  const auto ends = [&](auto&& work) {
    SshGate gate{stage};
    work(gate);
    return gate.ended(stage);
  };
  CHECK(ends([](SshGate& gate) { CHECK_FALSE(gate.answer({good_password}).ok()); }));
  CHECK(ends([](SshGate& gate) {
    REQUIRE(gate.start("anna").ok());
    CHECK_FALSE(gate.answer({}).ok());
  }));
  CHECK(ends([](SshGate& gate) {
    REQUIRE(gate.start("anna").ok());
    CHECK_FALSE(gate.answer({good_password, ""}).ok());
  }));
  CHECK(ends([](SshGate& gate) {  // a refusal ends the dialogue
    REQUIRE(gate.start("anna").ok());
    CHECK(refused(gate.answer({"wrong"})));
    CHECK_FALSE(gate.answer({good_password}).ok());
  }));
  CHECK(ends([](SshGate& gate) {  // so does any other request (RFC 4256 section 3.1)
    REQUIRE(gate.start("anna").ok());
    CHECK_FALSE(gate.offers("anna", TestKey{1}));
    CHECK_FALSE(gate.answer({good_password}).ok());
  }));
  CHECK(ends([](SshGate& gate) {  // 2^32 - 1 answers
    REQUIRE(gate.start("anna").ok());
    REQUIRE(gate.gate.channel.send({asks::AnswerDialogue::number, ipc::Kind::ask, 9, Bytes(4, 0xff), {}}).ok());
  }));
}

TEST_CASE(
    "ssh dialogue: a password that must be changed: not by the password method, in rounds by the dialogue (R-061)") {
  Stage stage({.settings = many_attempts()});
  const std::string one_time = stage.add_user("anna");
  SshGate gate{stage};
  CHECK(refused(gate.password("anna", one_time)));
  CHECK(stage.noticed<asks::Refused>(gate.gate.number));
  REQUIRE(asks_for(gate.start("anna"), 1));
  CHECK(refused(gate.answer({"wrong"})));
  REQUIRE(asks_for(gate.start("anna"), 1));
  Result<asks::SshDialogue> round = gate.answer({one_time});
  REQUIRE(asks_for(round, 2));
  CHECK(round->instruction.find("must be changed") != std::string::npos);
  round = gate.answer({"short", "short"});
  REQUIRE(asks_for(round, 2));
  CHECK(round->instruction.starts_with("The new password"));
  round = gate.answer({good_password, "another lovely cart"});
  REQUIRE(asks_for(round, 2));
  CHECK(round->instruction.find("not the same") != std::string::npos);
  round = gate.answer({one_time, one_time});
  REQUIRE(asks_for(round, 2));
  CHECK(round->instruction.find("old one") != std::string::npos);
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.gate.number));
  CHECK(granted(gate.answer({good_password, good_password})));
  CHECK(gate.ask(asks::SshAccount{})->must_change_password == false);
  CHECK(refused(SshGate{stage}.password("anna", one_time)));
  CHECK(granted(SshGate{stage}.password("anna", good_password)));
}

TEST_CASE("ssh dialogue: rounds without a good new password end, and the old one still must be changed") {
  Stage stage({.settings = many_attempts()});
  const std::string one_time = stage.add_user("anna");
  SshGate gate{stage};
  REQUIRE(gate.start("anna").ok());
  REQUIRE(asks_for(gate.answer({one_time}), 2));
  for (unsigned i = 1; i < new_password_rounds_max; ++i) CHECK(asks_for(gate.answer({"short", "short"}), 2));
  CHECK(refused(gate.answer({"short", "short"})));
  CHECK(stage.gate().sign_on("anna", one_time)->granted == false);
}

TEST_CASE(
    "ssh dialogue: a new password ends the user's other sessions, and does not outlive another change meanwhile") {
  Stage stage({.settings = many_attempts()});
  const TestKey key{1};
  const std::string one_time = stage.add_user("anna");
  add_key(stage, "anna", key);
  SshGate other{stage};
  REQUIRE(granted(other.sign("anna", key)));
  SshGate gate{stage};
  REQUIRE(gate.start("anna").ok());
  REQUIRE(asks_for(gate.answer({one_time}), 2));
  CHECK(granted(gate.answer({good_password, good_password})));
  CHECK(stage.noticed<asks::EndConnection>(other.gate.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(gate.gate.number));

  const std::string second = to_text(stage.admin().ask(asks::SetUserPassword{"anna", {}})->one_time_password.view());
  SshGate late{stage};
  REQUIRE(late.start("anna").ok());
  REQUIRE(asks_for(late.answer({second}), 2));
  REQUIRE(stage.admin().ask(asks::SetUserPassword{"anna", Secret::copy_of(as_bytes("another lovely cart"))}).ok());
  CHECK(refused(late.answer({good_password, good_password})));
  CHECK(granted(SshGate{stage}.password("anna", "another lovely cart")));
}
