#include <algorithm>

#include "warden/ssh_stage.h"

using namespace bulkhead;
using namespace bulkhead::warden;
using asks::EventKind;

namespace {

// What chronicle gets of a stage.
struct Told {
  ipc::Channel channel;
  std::uint64_t after = 0;

  explicit Told(Stage& stage) : channel{stage.chronicle()} {}
  std::vector<asks::Event> read() {
    std::vector<asks::Event> events;
    const asks::EventsAfter::Reply reply = channel.ask(asks::EventsAfter{after}).value();
    for (const auto& stored : reply.events) {
      CHECK(stored.sequence > after);
      after = stored.sequence;
      events.push_back(ipc::decode<asks::Event>(stored.event).value());
    }
    return events;
  }
  // Waits for what a tick stores.
  std::vector<asks::Event> read_until(std::size_t count) {
    std::vector<asks::Event> events;
    for (int i = 0; i < 500 && events.size() < count; ++i) {
      for (asks::Event& event : read()) events.push_back(std::move(event));
      if (events.size() < count) ::usleep(10'000);
    }
    return events;
  }
};

std::vector<EventKind> kinds(const std::vector<asks::Event>& events) {
  std::vector<EventKind> out;
  for (const asks::Event& event : events) out.push_back(event.kind);
  return out;
}

}  // namespace

TEST_CASE("events: a user is added, signs on and off, and changes his password") {
  Stage stage;
  Told told{stage};
  stage.add_user("anna", good_password);
  Gate gate = stage.gate();
  const Result<asks::SignOnResult> session = gate.sign_on("anna", good_password, "another lovely cart");
  REQUIRE(session.ok());
  REQUIRE(gate.revoke(session->access_token).ok());
  const std::vector<asks::Event> events = told.read();
  CHECK(kinds(events) ==
        std::vector{EventKind::user_added, EventKind::password_changed, EventKind::sign_on, EventKind::sign_off});
  CHECK(events[0].user.empty());
  CHECK(events[0].user_name == "command line");
  CHECK(events[0].target_name == "anna");
  CHECK(events[0].organisation == first_organisation);
  CHECK(events[2].user_name == "anna");
  CHECK(events[2].full_name == "Anna Smith");
  CHECK(events[2].address == "192.0.2.7");
  CHECK(events[2].method == "password");
  CHECK_FALSE(events[2].failed);
  CHECK(events[2].user == events[0].target);
  CHECK(told.read().empty());
  const asks::NamesOf::Reply names = told.channel.ask(asks::NamesOf{{events[0].target, "nobody0000000000"}}).value();
  REQUIRE(names.names.size() == 1);
  CHECK(names.names[0].full_name == "Anna Smith");
}

TEST_CASE("events: refused sign-ons come with the tick, over SSH too, and no more than tell something") {
  Stage stage{{.settings = many_attempts()}};
  stage.add_user("anna", good_password);
  Told told{stage};
  told.read();
  CHECK_FALSE(stage.gate().sign_on("anna", "wrong one here").ok());
  CHECK_FALSE(stage.gate().sign_on("nobody", "wrong one here").ok());
  SshGate ssh{stage};
  CHECK(refused(ssh.password("anna", "wrong one here")));
  std::vector<asks::Event> events = told.read_until(3);
  REQUIRE(events.size() == 3);
  CHECK(std::ranges::all_of(events, [](const asks::Event& event) {
    return event.kind == EventKind::sign_on_refused && event.failed && event.address == "192.0.2.7";
  }));
  CHECK(events[0].organisation == first_organisation);
  CHECK(events[0].user.size() == user_id_size);
  CHECK(events[0].message == "wrong");
  CHECK(events[1].organisation == 0);
  CHECK(events[1].user.empty());
  CHECK(events[1].user_name == "nobody");
  CHECK(events[2].method == "ssh password");
}

TEST_CASE("events: what administrators change, with what it was before") {
  Stage stage;
  stage.add_user("boss", good_password, capability::Role::admin);
  stage.add_user("anna", good_password);
  Told told{stage};
  Gate boss = stage.gate("127.0.0.1");
  REQUIRE(boss.sign_on("boss", good_password).ok());
  asks::ListAccounts list;
  list.user_name = "anna";
  list.count = 10;
  const std::string anna = boss.channel.ask(list)->rows.at(0).id;
  asks::ChangeAccount change;
  change.id = anna;
  change.full_name = "Anna Miller";
  change.active = false;
  REQUIRE(boss.channel.ask(change).ok());
  REQUIRE(boss.channel.ask(asks::SetPasswordPermission{false}).ok());
  const TestKey key{7};
  std::vector<asks::Event> events = told.read();
  const auto changed = std::ranges::find(events, EventKind::user_changed, &asks::Event::kind);
  REQUIRE(changed != events.end());
  CHECK(changed->user_name == "boss");
  CHECK(changed->target == anna);
  CHECK(changed->message == "status Active to Suspended; fullName 'Anna Smith' to 'Anna Miller'");
  CHECK(std::ranges::count(events, EventKind::password_permission_set, &asks::Event::kind) == 1);
  add_key(stage, "anna", key);
  REQUIRE(stage.admin().ask(asks::DeleteUser{"anna"}).ok());
  events = told.read();
  CHECK(kinds(events) == std::vector{EventKind::key_added, EventKind::user_deleted});
  CHECK(events[0].message.find(key.fingerprint()) != std::string::npos);
}

TEST_CASE("events: a change that is refused leaves none") {
  Stage stage;
  stage.add_user("anna", good_password);
  Told told{stage};
  told.read();
  CHECK_FALSE(stage.admin().ask(asks::DeleteUser{"nobody"}).ok());
  CHECK_FALSE(stage.admin().ask(asks::RemoveKey{"anna", "SHA256:none"}).ok());
  CHECK(told.read().empty());
}
