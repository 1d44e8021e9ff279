// Links for new passwords: asks::RequestReset, asks::UseReset, asks::SendReset, with the mails that carry them:
// asks::SendMail, asks::MailState, asks::TestMail. The test plays the mailers.
#include <algorithm>

#include "warden/letters.h"
#include "warden/mail_text.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using asks::MailOutcome;
using capability::Role;

namespace {

constexpr std::string_view other_password = "seven tall giraffes";

template <class T>
bool is(const Result<T>& result, Errc kind) {
  return !result.ok() && result.error().kind() == kind;
}

asks::UseReset use(std::string_view token, std::string_view password = other_password) {
  return {Secret::copy_of(as_bytes(token)), Secret::copy_of(as_bytes(password))};
}

// By an administrator.
void set_address(Gate& administrator, std::string_view name, std::string_view address) {
  asks::ListAccounts find;
  find.user_name = name;
  find.count = 1;
  asks::ChangeAccount change;
  change.id = administrator.channel.ask(find)->rows.at(0).id;
  change.email = address;
  REQUIRE(administrator.channel.ask(change).ok());
}

// That nothing comes of what was asked so far: a tick is over, and no mail is due.
bool nothing_comes(Stage& stage) {
  return !next_letter(stage, MailOutcome::sent, 1'500).has_value();
}

}  // namespace

TEST_CASE("a reset: one link, once, and everything that was signed on ends") {
  Stage stage{mail_options()};
  stage.add_user("anna", good_password);
  Gate before = stage.gate();
  REQUIRE(before.sign_on("anna", good_password).ok());
  Gate gate = stage.gate();
  REQUIRE(gate.channel.ask(request("Anna")).ok());
  const std::optional<Letter> letter = next_letter(stage);
  REQUIRE(letter.has_value());
  CHECK(stage.mailers_wanted > 0);
  CHECK(letter->from == "bulkhead@example.com");
  CHECK(letter->to == "anna@example.com");
  CHECK(letter->text.find("within 30 minutes") != std::string::npos);
  CHECK(letter->text.find("https://transfer.example.com/#token=") != std::string::npos);
  const std::string token = token_in(letter->text);
  const Bytes files = stage.raw_files();
  CHECK(std::ranges::search(files, as_bytes(token)).empty());

  CHECK(is(gate.channel.ask(use(token, "short")), Errc::invalid));
  CHECK(is(gate.channel.ask(use(token, "annaannaanna")), Errc::invalid));
  CHECK(is(gate.channel.ask(use(token, good_password)), Errc::invalid));  // it had that one
  CHECK(gate.channel.ask(use(token)).ok());
  CHECK(stage.noticed<asks::EndConnection>(before.number));
  const Result<ipc::Nothing> again = gate.channel.ask(use(token, "eleven tall giraffes"));
  const Result<ipc::Nothing> unknown = gate.channel.ask(use("never-was"));
  CHECK(is(again, Errc::not_found));
  CHECK(again.error().message() == unknown.error().message());
  CHECK_FALSE(stage.gate().sign_on("anna", good_password).ok());
  const Result<asks::SignOnResult> on = stage.gate().sign_on("anna", other_password);
  REQUIRE(on.ok());
  CHECK(on->granted);
  const asks::MailState::Reply state = *stage.admin().ask(asks::MailState{});
  CHECK(state.sent == 1);
  CHECK(state.waiting == 0);
}

TEST_CASE("a reset clears what must be changed, and the one-time password ends") {
  Stage stage{mail_options()};
  const std::string once = stage.add_user("anna");
  Gate gate = stage.gate();
  CHECK(gate.channel.ask(use(token_for(stage, gate, "anna"))).ok());
  CHECK_FALSE(stage.gate().sign_on("anna", once).ok());
  CHECK(stage.gate().sign_on("anna", other_password)->granted);
}

TEST_CASE("a link ends: by time, by a newer one, by a new password, by a disabling, by another address") {
  Stage stage{mail_options()};
  for (const char* name : {"late", "newer", "changed", "disabled", "moved"}) stage.add_user(name, good_password);
  stage.add_user("boss", good_password, Role::admin);
  Gate boss = stage.gate("127.0.0.1");
  REQUIRE(boss.sign_on("boss", good_password).ok());
  Gate gate = stage.gate();
  const auto gone = [&](const std::string& token) { return is(gate.channel.ask(use(token)), Errc::not_found); };

  const std::string first = token_for(stage, gate, "newer");
  REQUIRE(gate.channel.ask(request("newer")).ok());
  CHECK(nothing_comes(stage));  // too soon: the first one stays good
  clock_offset_ms += reset_pause_ms + 1'000;
  const std::string second = token_for(stage, gate, "newer");
  CHECK(gone(first));
  CHECK(gate.channel.ask(use(second)).ok());

  const std::string changed = token_for(stage, gate, "changed");
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::SetUserPassword{"changed", Secret::copy_of(as_bytes("ten tall giraffes"))}).ok());
  CHECK(gone(changed));

  const std::string disabled = token_for(stage, gate, "disabled");
  REQUIRE(admin.ask(asks::SetUserActive{"disabled", false}).ok());
  CHECK(gone(disabled));
  REQUIRE(admin.ask(asks::SetUserActive{"disabled", true}).ok());
  CHECK(gone(disabled));

  const std::string moved = token_for(stage, gate, "moved");
  set_address(boss, "moved", "elsewhere@example.com");
  CHECK(gone(moved));

  const std::string late = token_for(stage, gate, "late");
  clock_offset_ms += 31 * 60'000;
  CHECK(gone(late));
}

TEST_CASE("no link: for nobody, the disabled, who has no address, and administrators from elsewhere") {
  Stage stage{mail_options()};
  stage.add_user("off", good_password);
  stage.add_user("boss", good_password, Role::admin);
  stage.add_user("chief", good_password, Role::sys_admin);
  stage.add_user("nomail", good_password);
  ipc::Channel admin = stage.admin();
  REQUIRE(admin.ask(asks::SetUserActive{"off", false}).ok());
  Gate here = stage.gate("127.0.0.1");
  REQUIRE(here.sign_on("boss", good_password).ok());
  set_address(here, "nomail", "");

  Gate gate = stage.gate();
  for (const char* name : {"nobody", "off", "boss", "chief", "nomail", "", "a/b", "\x01"}) {
    CHECK_MESSAGE(gate.channel.ask(request(name)).ok(), name);
  }
  CHECK(nothing_comes(stage));
  CHECK(stage.admin().ask(asks::MailState{})->waiting == 0);

  Gate local = stage.gate("127.0.0.1");
  const std::string token = token_for(stage, local, "chief");
  CHECK(is(gate.channel.ask(use(token)), Errc::not_found));
  CHECK(local.channel.ask(use(token)).ok());
}

TEST_CASE("links are asked for and tried a few times only, and nobody is kept from signing on") {
  Stage stage{mail_options()};
  stage.add_user("anna", good_password);
  for (int i = 0; i < 12; ++i) {
    Gate gate = stage.gate();
    CHECK(gate.channel.ask(request("anna")).ok());
    if (i == 11) CHECK(stage.noticed<asks::Refused>(gate.number));
  }
  CHECK(stage.gate().sign_on("anna", good_password)->granted);
  Gate guesser = stage.gate("198.51.100.7");
  for (int i = 0; i < 50; ++i) CHECK(is(guesser.channel.ask(use(cat("guess ", i))), Errc::not_found));
  CHECK(is(guesser.channel.ask(use("one more")), Errc::exhausted));
  CHECK(is(stage.gate("198.51.100.8").channel.ask(use("neighbour")), Errc::not_found));
}

TEST_CASE("an administrator sends a link; whoever he does not rule stays unknown") {
  Stage stage{mail_options()};
  stage.add_user("boss", good_password, Role::admin);
  stage.add_user("chief", good_password, Role::sys_admin);
  stage.add_user("anna", good_password);
  Gate boss = stage.gate("127.0.0.1");
  REQUIRE(boss.sign_on("boss", good_password).ok());
  Gate anna = stage.gate();
  REQUIRE(anna.sign_on("anna", good_password).ok());
  Gate chief = stage.gate("127.0.0.1");
  REQUIRE(chief.sign_on("chief", good_password).ok());
  const std::string id = anna.account()->id;
  CHECK(is(anna.channel.ask(asks::SendReset{boss.account()->id}), Errc::not_found));
  CHECK(is(boss.channel.ask(asks::SendReset{chief.account()->id}), Errc::not_found));
  CHECK(is(boss.channel.ask(asks::SendReset{"0123456789abcdef"}), Errc::not_found));
  CHECK(is(boss.channel.ask(asks::SendReset{boss.account()->id}), Errc::denied));
  CHECK(boss.channel.ask(asks::SendReset{id}).ok());
  const std::optional<Letter> letter = next_letter(stage);
  REQUIRE(letter.has_value());
  CHECK(stage.gate().channel.ask(use(token_in(letter->text))).ok());

  asks::AddAccount fresh;
  fresh.user_name = "fresh";
  fresh.role = static_cast<std::uint8_t>(Role::user);
  CHECK(is(boss.channel.ask(fresh), Errc::invalid));
  fresh.email = "fresh@example.com";
  REQUIRE(boss.channel.ask(fresh).ok());
  const std::optional<Letter> invitation = next_letter(stage);
  REQUIRE(invitation.has_value());
  CHECK(invitation->to == "fresh@example.com");
  CHECK(invitation->text.find("within 24 hours") != std::string::npos);
  Gate gate = stage.gate();
  REQUIRE(gate.channel.ask(request("fresh")).ok());
  CHECK(nothing_comes(stage));  // an account without a password waits for its invitation
  CHECK(gate.channel.ask(use(token_in(invitation->text))).ok());
  CHECK(stage.gate().sign_on("fresh", other_password)->granted);
}

TEST_CASE("a mail that nobody takes is tried again with another token, never after the link's life") {
  Stage stage{mail_options()};
  stage.add_user("anna", good_password);
  Gate gate = stage.gate();
  REQUIRE(gate.channel.ask(request("anna")).ok());
  const std::optional<Letter> first = next_letter(stage, MailOutcome::later);
  REQUIRE(first.has_value());
  CHECK_FALSE(next_letter(stage, MailOutcome::later, 500).has_value());
  const asks::MailState::Reply waits = *stage.admin().ask(asks::MailState{});
  CHECK(waits.waiting == 1);
  CHECK(waits.last_problem == "451 try later");
  clock_offset_ms += 6'000;
  const std::optional<Letter> second = next_letter(stage, MailOutcome::later);
  REQUIRE(second.has_value());
  CHECK(token_in(first->text) != token_in(second->text));
  CHECK(is(gate.channel.ask(use(token_in(first->text))), Errc::not_found));
  clock_offset_ms += 40 * 60'000;
  CHECK(nothing_comes(stage));
  CHECK(stage.admin().ask(asks::MailState{})->failed == 1);

  REQUIRE(gate.channel.ask(request("anna")).ok());
  REQUIRE(next_letter(stage, MailOutcome::refused).has_value());
  clock_offset_ms += 6'000;
  CHECK(nothing_comes(stage));
  CHECK(stage.admin().ask(asks::MailState{})->failed == 2);
}

TEST_CASE("a test mail: one try, with the server's answer") {
  Stage stage{mail_options()};
  CHECK(is(stage.admin().ask(asks::TestMail{"nobody"}), Errc::invalid));
  CHECK(is(stage.admin().ask(asks::TestMail{"a@b\r\nBcc: c@d"}), Errc::invalid));
  std::thread server{[&] { CHECK(next_letter(stage, MailOutcome::later).has_value()); }};
  const Result<asks::TestMail::Reply> reply = stage.admin().ask(asks::TestMail{"ops@example.com"});
  server.join();
  REQUIRE(reply.ok());
  CHECK(reply->outcome == MailOutcome::later);
  CHECK(reply->answer == "451 try later");
  CHECK(stage.admin().ask(asks::MailState{})->waiting == 0);
}

TEST_CASE("the texts of mails: the link stands alone on its line") {
  const Secret token = Secret::copy_of(as_bytes("abc"));
  CHECK(link_text("https://a", token) == "https://a/#token=abc");
  for (const MailKind kind : {MailKind::reset, MailKind::invitation}) {
    const MailText text = mail_text(kind, "anna", "https://a/#token=abc", 90);
    CHECK(text.text.find("\nhttps://a/#token=abc\n") != std::string::npos);
    CHECK(text.text.find("90 minutes") != std::string::npos);
  }
  CHECK(mail_text(MailKind::password_changed, "anna", "", 0).text.find("anna") != std::string::npos);
}
