#include <algorithm>

#include "warden/stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;

namespace {

asks::AddUser new_user(std::string_view name) {
  return {std::string{name}, "", "", static_cast<std::uint8_t>(capability::Role::user),
          Secret::copy_of(as_bytes(good_password))};
}

}  // namespace

TEST_CASE("accounts: names that could mean something else are refused at creation (R-038, R-039, R-040)") {
  Stage stage;
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(new_user("Anna")).ok());
  const std::string_view bad[] = {"",
                                  ".",
                                  "..",
                                  "a/b",
                                  "a\\b",
                                  "%username%",
                                  "~",
                                  "anna ",
                                  " anna",
                                  "an na",
                                  std::string_view{"anna\0x", 6},
                                  "anna\n",
                                  "ann\xC3\xA4",
                                  "\xEF\xBD\x81nna" /* full-width a */,
                                  "an\xE2\x80\x8Bna" /* zero width space */,
                                  "\xE2\x80\xAE"
                                  "anna" /* bidi override */,
                                  "anna\xFF",
                                  "-rf",
                                  "a..b",
                                  "anna."};
  for (const std::string_view name : bad) {
    CAPTURE(std::string{name});
    const auto added = admin.ask(new_user(name));
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().kind() == Errc::invalid);
  }
  CHECK_FALSE(admin.ask(new_user(std::string(1500, 'a'))).ok());
  for (const std::string_view same : {"anna", "ANNA", "aNNa"}) {
    const auto added = admin.ask(new_user(same));
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().kind() == Errc::conflict);
  }
  CHECK(admin.ask(asks::ListUsers{})->users.size() == 1);
}

TEST_CASE("accounts: two of one name at the same moment: one is added") {
  Stage stage;
  ipc::Channel admin = stage.admin();
  for (std::uint32_t serial = 1; serial <= 2; ++serial) {
    REQUIRE(admin.send({asks::AddUser::number, ipc::Kind::ask, serial, ipc::encode(new_user("anna")), {}}).ok());
  }
  int added = 0;
  int conflicts = 0;
  for (int i = 0; i < 2; ++i) {
    Result<std::optional<ipc::Frame>> frame = admin.receive();
    REQUIRE((frame.ok() && frame->has_value()));
    if ((*frame)->kind == ipc::Kind::answer)
      ++added;
    else if (ipc::parse_refusal((*frame)->body).kind() == Errc::conflict)
      ++conflicts;
  }
  CHECK(added == 1);
  CHECK(conflicts == 1);
}

TEST_CASE("accounts: role, e-mail, full name and password of a new user are checked") {
  Stage stage;
  ipc::Channel admin = stage.admin();
  const auto refused = [&](auto change) {
    asks::AddUser ask = new_user("anna");
    change(ask);
    const auto added = admin.ask(ask);
    return !added.ok() && (added.error().kind() == Errc::invalid || added.error().kind() == Errc::too_large);
  };
  CHECK(refused([](auto& ask) { ask.role = 0; }));
  CHECK(refused([](auto& ask) { ask.role = static_cast<std::uint8_t>(capability::Role::anonymous); }));
  CHECK(refused([](auto& ask) { ask.role = 8; }));
  CHECK(refused([](auto& ask) { ask.email = "no address"; }));
  CHECK(refused([](auto& ask) { ask.email = "a@b@c"; }));
  CHECK(refused([](auto& ask) { ask.email = "anna@x\r\nBcc: y"; }));
  CHECK(refused([](auto& ask) { ask.full_name = "An\nna"; }));
  CHECK(refused([](auto& ask) { ask.full_name = "\xFF"; }));
  CHECK(refused([](auto& ask) { ask.full_name = std::string(256, 'a'); }));
  CHECK(refused([](auto& ask) { ask.password = Secret::copy_of(as_bytes("short")); }));
  CHECK_FALSE(refused([](auto&) {}));
}

TEST_CASE("accounts: a disabled user's sessions and connections end, and work no more until enabled") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.add_user("berta", good_password);
  Gate anna = stage.gate();
  Gate berta = stage.gate();
  const Result<asks::SignOnResult> session = anna.sign_on("anna", good_password);
  REQUIRE(berta.sign_on("berta", good_password).ok());
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::SetUserActive{"ANNA", false}).ok());
  CHECK(stage.noticed<asks::EndConnection>(anna.number));
  CHECK_FALSE(stage.noticed_now<asks::EndConnection>(berta.number));
  CHECK_FALSE(anna.account().ok());
  CHECK_FALSE(stage.gate().bearer(session->access_token).ok());
  CHECK_FALSE(stage.gate().refresh(session->refresh_token).ok());
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());
  REQUIRE(admin.ask(asks::SetUserActive{"anna", true}).ok());
  CHECK(stage.gate().sign_on("anna", good_password).ok());
  CHECK_FALSE(stage.gate().bearer(session->access_token).ok());
  CHECK(admin.ask(asks::SetUserActive{"ghost", true}).error().kind() == Errc::not_found);
}

TEST_CASE("accounts: a new password ends the sessions; deletion ends them and frees the name under another id") {
  Stage stage;
  stage.add_user("anna", good_password);
  Gate gate = stage.gate();
  Result<asks::SignOnResult> session = gate.sign_on("anna", good_password);
  const std::string id = gate.account()->id;
  ipc::Channel admin = stage.admin();
  const auto reset = admin.ask(asks::SetUserPassword{"anna", {}});
  REQUIRE(reset.ok());
  CHECK(reset->id == id);
  CHECK(stage.noticed<asks::EndConnection>(gate.number));
  CHECK_FALSE(stage.gate().bearer(session->access_token).ok());
  const std::string one_time{as_text(reset->one_time_password.view())};
  CHECK_FALSE(stage.gate().sign_on("anna", one_time)->granted);
  Gate changed = stage.gate();
  session = changed.sign_on("anna", one_time, "another lovely cart");
  REQUIRE(session->granted);

  REQUIRE(admin.ask(asks::DeleteUser{"anna"}).ok());
  CHECK(stage.noticed<asks::EndConnection>(changed.number));
  CHECK_FALSE(stage.gate().bearer(session->access_token).ok());
  CHECK_FALSE(stage.gate().sign_on("anna", "another lovely cart").ok());
  CHECK(admin.ask(asks::DeleteUser{"anna"}).error().kind() == Errc::not_found);
  const auto again = admin.ask(new_user("anna"));
  REQUIRE(again.ok());
  CHECK(again->id != id);
}

TEST_CASE("accounts: a user changed while a sign-on runs is judged as it is at the end") {
  Stage stage;
  stage.add_user("anna", good_password);
  stage.hashers_come = false;
  for (int i = 0; i < 2; ++i) CHECK(stage.gate().sign_on("anna", good_password).ok());  // uses up the stock
  Gate gate = stage.gate();
  const asks::SignOn ask{"anna", Secret::copy_of(as_bytes(good_password)), {}};
  REQUIRE(gate.channel.send({asks::SignOn::number, ipc::Kind::ask, 1, ipc::encode(ask), {}}).ok());
  CHECK_FALSE(stage.noticed_now<asks::SignedOn>(gate.number));
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::SetUserActive{"anna", false}).ok());
  stage.hashers_come = true;
  clock_offset_ms = hasher_wait_max_ms + 1'000;  // hull is asked again
  Result<std::optional<ipc::Frame>> frame = gate.channel.receive();
  REQUIRE((frame.ok() && frame->has_value()));
  CHECK((*frame)->kind == ipc::Kind::refusal);
}

TEST_CASE("accounts: the list comes in portions, in the order of the names") {
  Stage stage({.settings = {1200, 86'400, 5, 600}});
  ipc::Channel admin = stage.admin();
  for (std::size_t i = 0; i < users_per_list + 5; ++i) REQUIRE(admin.ask(new_user(cat("User", 1000 + i))).ok());
  std::vector<std::string> names;
  std::string after;
  for (int portion = 0; portion < 3; ++portion) {
    const auto list = admin.ask(asks::ListUsers{after});
    REQUIRE(list.ok());
    CHECK(list->users.size() == (portion == 0 ? users_per_list : portion == 1 ? 5 : 0));
    for (const auto& user : list->users) names.push_back(user.user_name);
    after = names.back();
  }
  CHECK(names.size() == users_per_list + 5);
  CHECK(std::ranges::is_sorted(names));
}
