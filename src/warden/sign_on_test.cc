#include <sys/resource.h>

#include <csignal>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

bool is_the_refusal(const Result<asks::SignOnResult>& result) {
  return !result.ok() && result.error().kind() == Errc::unauthenticated && result.error().message() == refusal_text;
}

}  // namespace

TEST_CASE("sign-on: the right password gives tokens and a capability for this connection; SignedOn comes once") {
  Stage stage;
  stage.add_user("Anna.Smith", good_password, capability::Role::admin);
  Gate gate = stage.gate("127.0.0.1");
  CHECK_FALSE(gate.bearer(Secret::copy_of(as_bytes("none"))).ok());
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.number));
  const Result<asks::SignOnResult> result = gate.sign_on("anna.SMITH", good_password);
  REQUIRE(result.ok());
  CHECK(result->granted);
  CHECK(result->expires_in_s == 1200);
  CHECK(result->organisation == 1000);
  CHECK(result->access_token.size() == 43);
  CHECK_FALSE(equal_constant_time(result->access_token.view(), result->refresh_token.view()));
  CHECK(stage.noticed<asks::SignedOn>(gate.number));

  const auto verified = capability::verify(stage.capability_key, result->capability, gate.number, unix_now_ms());
  REQUIRE(verified.ok());
  CHECK((*verified)->username == "Anna.Smith");
  CHECK((*verified)->tenant == 1000);
  CHECK((*verified)->role == capability::Role::admin);
  CHECK((*verified)->method == capability::Method::password);
  CHECK_FALSE(capability::verify(stage.capability_key, result->capability, gate.number + 1, unix_now_ms()).ok());

  REQUIRE(gate.sign_on("anna.smith", good_password).ok());
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.number));
  const Result<asks::Account::Reply> account = gate.account();
  REQUIRE(account.ok());
  CHECK(account->user_name == "Anna.Smith");
  CHECK(account->id == std::string((*verified)->principal.data(), 16));
  CHECK(account->full_name == "Anna Smith");
  CHECK(account->last_sign_on_ms.has_value());
  CHECK(account->active);
}

TEST_CASE(
    "sign-on: a wrong, an unknown, a disabled, an oversized and a hostile name read the same (R-034, R-038, R-045)") {
  Stage stage({.settings = {1200, 86'400, 50, 600}});
  stage.add_user("anna", good_password);
  stage.add_user("off", good_password);
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::SetUserActive{"off", false}).ok());
  const int before = stage.hashed;
  const std::pair<std::string, std::string> tries[] = {{"anna", "wrong password 1"},
                                                       {"anna", ""},
                                                       {"nobody", std::string{good_password}},
                                                       {"off", std::string{good_password}},
                                                       {"", ""},
                                                       {std::string("anna\0x", 6), std::string{good_password}},
                                                       {"anna/", std::string{good_password}},
                                                       {"ann\xC3\xA4", "x"},
                                                       {"anna ", std::string{good_password}},
                                                       {std::string(900, 'n'), "x"},
                                                       {"..", "x"}};
  for (const auto& [name, password] : tries) {
    Gate gate = stage.gate();
    CAPTURE(name);
    CHECK(is_the_refusal(gate.sign_on(name, password)));
    CHECK(stage.noticed<asks::Refused>(gate.number));
  }
  CHECK(stage.hashed - before == static_cast<int>(std::size(tries)));  // each did the same work
  Gate gate = stage.gate();
  CHECK(is_the_refusal(gate.sign_on("anna", std::string(1025, 'x'))));
  CHECK(gate.sign_on("anna", good_password).ok());
}

TEST_CASE("sign-on: nothing of a bound channel is open before, and a second sign-on in flight is refused (R-035)") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate early = stage.gate();
  CHECK_FALSE(early.account().ok());  // not admitted: the channel ends
  CHECK(stage.noticed<asks::Violation>(early.number));

  stage.hashers_come = false;
  Gate gate = stage.gate();
  const asks::SignOn ask{"anna", Secret::copy_of(as_bytes(good_password)), {}};
  for (std::uint32_t serial = 1; serial <= 6; ++serial) {
    REQUIRE(gate.channel.send({asks::SignOn::number, ipc::Kind::ask, serial, ipc::encode(ask), {}}).ok());
  }
  int granted = 0;
  int busy = 0;
  for (int i = 0; i < 6; ++i) {
    Result<std::optional<ipc::Frame>> frame = gate.channel.receive();
    REQUIRE((frame.ok() && frame->has_value()));
    if ((*frame)->kind == ipc::Kind::answer) ++granted;
    if ((*frame)->kind == ipc::Kind::refusal && ipc::parse_refusal((*frame)->body).kind() == Errc::exhausted) ++busy;
  }
  CHECK(granted >= 1);
  CHECK(busy >= 1);
  CHECK(granted + busy == 6);
}

TEST_CASE("sign-on: without hashers the line is bounded, and who waits too long is told") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.hashers_come = false;
  std::vector<Gate> gates;
  std::size_t refused = 0;
  const asks::SignOn ask{"anna", Secret::copy_of(as_bytes(good_password)), {}};
  for (std::size_t i = 0; i < sign_ons_waiting_max + 10; ++i) {
    gates.push_back(stage.gate(cat("10.0.", i, ".1")));
    REQUIRE(gates.back().channel.send({asks::SignOn::number, ipc::Kind::ask, 1, ipc::encode(ask), {}}).ok());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  clock_offset_ms = sign_on_wait_max_ms + 1'000;
  for (Gate& gate : gates) {
    Result<std::optional<ipc::Frame>> frame = gate.channel.receive();
    REQUIRE((frame.ok() && frame->has_value()));
    if ((*frame)->kind == ipc::Kind::refusal && ipc::parse_refusal((*frame)->body).kind() == Errc::exhausted) ++refused;
  }
  CHECK(refused >= sign_ons_waiting_max + 10 - 2);  // two hashers were in stock
}

TEST_CASE("sign-on: a forced change answers the policy, takes a good password once, and ends other sessions") {
  Stage stage({.settings = {1200, 86'400, 50, 600}});
  const std::string one_time = stage.add_user("anna.smith");
  REQUIRE(one_time.size() == one_time_password_length);
  Gate gate = stage.gate();
  const Result<asks::SignOnResult> asked = gate.sign_on("anna.smith", one_time);
  REQUIRE(asked.ok());
  CHECK_FALSE(asked->granted);
  CHECK(asked->access_token.empty());
  CHECK(asked->capability.empty());
  CHECK(asked->organisation == 1000);
  CHECK(asked->password_length_min == 12);
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.number));

  for (const std::string& bad :
       {std::string{"short"}, std::string{"my Anna.Smith word"}, std::string{"password1234"}, one_time}) {
    const Result<asks::SignOnResult> refused = gate.sign_on("anna.smith", one_time, bad);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind() == Errc::invalid);
    CHECK(refused.error().message().starts_with("The new password"));
  }
  // Without the right old password nothing is said about the new one.
  CHECK(is_the_refusal(gate.sign_on("anna.smith", "wrong", "short")));

  REQUIRE(gate.sign_on("anna.smith", one_time, good_password)->granted);
  CHECK(gate.account()->must_change_password == false);
  Gate other = stage.gate();
  CHECK(is_the_refusal(other.sign_on("anna.smith", one_time)));
  const Result<asks::SignOnResult> session = other.sign_on("anna.smith", good_password);
  REQUIRE(session.ok());

  Gate third = stage.gate();
  REQUIRE(third.sign_on("anna.smith", good_password, "another lovely cart")->granted);
  CHECK(stage.noticed<asks::EndConnection>(other.number));
  CHECK(stage.noticed<asks::EndConnection>(gate.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(third.number));
  CHECK_FALSE(stage.gate().bearer(session->access_token).ok());
}

TEST_CASE("sign-on: the throttle refuses with the same text, without argon2; another network still signs on (R-046)") {
  Stage stage;
  stage.add_user("anna", good_password);
  for (int i = 0; i < 5; ++i) CHECK(is_the_refusal(stage.gate("192.0.2.7").sign_on("anna", "wrong password")));
  for (int i = 0; i < 5; ++i) CHECK(is_the_refusal(stage.gate("192.0.2.7").sign_on("ghost", "wrong password")));
  const int before = stage.hashed;
  Gate throttled = stage.gate("192.0.2.200");
  CHECK(is_the_refusal(throttled.sign_on("ANNA", good_password)));
  CHECK(is_the_refusal(stage.gate("192.0.2.7").sign_on("ghost", good_password)));
  CHECK(stage.hashed == before);
  CHECK(stage.noticed<asks::Refused>(throttled.number));
  CHECK(stage.gate("198.51.100.1").sign_on("anna", good_password).ok());
  clock_offset_ms = 601'000;
  CHECK(stage.gate("192.0.2.200").sign_on("anna", good_password).ok());
}

TEST_CASE("sign-on: guesses in flight together get no more tries than the throttle gives") {
  Stage stage;
  stage.add_user("anna", good_password);
  std::vector<Gate> gates;
  for (int i = 0; i < 30; ++i) {
    gates.push_back(stage.gate("192.0.2.7"));
    const asks::SignOn ask{"anna", Secret::copy_of(as_bytes(i < 29 ? "wrong" : good_password)), {}};
    REQUIRE(gates.back().channel.send({asks::SignOn::number, ipc::Kind::ask, 1, ipc::encode(ask), {}}).ok());
  }
  for (Gate& gate : gates) {
    Result<std::optional<ipc::Frame>> frame = gate.channel.receive();
    REQUIRE((frame.ok() && frame->has_value()));
    CHECK((*frame)->kind == ipc::Kind::refusal);  // the right one came as the thirtieth try
  }
}

TEST_CASE("sign-on: a second principal on a connection is other_principal, by password and by token") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("berta", good_password);
  Gate anna = stage.gate();
  Gate berta = stage.gate();
  const Result<asks::SignOnResult> annas = anna.sign_on("anna", good_password);
  const Result<asks::SignOnResult> bertas = berta.sign_on("berta", good_password);
  REQUIRE((annas.ok() && bertas.ok()));
  CHECK(anna.sign_on("berta", good_password).error().kind() == Errc::other_principal);
  CHECK(is_the_refusal(anna.sign_on("berta", "wrong")));
  CHECK(anna.bearer(bertas->access_token).error().kind() == Errc::other_principal);
  CHECK(anna.refresh(bertas->refresh_token).error().kind() == Errc::other_principal);
  CHECK(anna.account()->user_name == "anna");
  CHECK(berta.refresh(bertas->refresh_token).ok());  // it was not spent by the refusal
}

TEST_CASE("sign-on: a turn that cannot be stored grants nothing, says so, and leaves the connection to its principal") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("berta", good_password);
  Gate gate = stage.gate();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit none{0, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  const Result<asks::SignOnResult> result = gate.sign_on("anna", good_password);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  CHECK_FALSE(result.ok());
  CHECK(stage.gate().sign_on("anna", good_password).ok());
  CHECK(gate.bearer(Secret::copy_of(as_bytes("x"))).error().kind() == Errc::unauthenticated);
  CHECK(gate.sign_on("berta", good_password).error().kind() == Errc::other_principal);
  CHECK(gate.sign_on("anna", good_password).ok());
}
