#include "chronicle/stage.h"

using namespace bulkhead;
using namespace bulkhead::chronicle;
using asks::EventKind;
using capability::Role;

TEST_CASE("chronicle: what is sent and fetched comes from the ledger, with names and folders as they are") {
  Stage stage;
  stage.in_loop([&] {
    stage.names = {{id_of("ann"), "ann", "Ann Smith"}};
    stage.places = {{7, 123'456'789, 0, "curl/8"}};
  });
  const std::uint64_t upload = stage.add_upload("ann", 7, "plan.pdf");
  const std::uint64_t release = stage.add_release("ann", 7);
  ipc::Channel ann = stage.sign_on("ann");
  asks::ListLog::Reply log = ann.ask(all()).value();
  REQUIRE(log.total == 2);
  CHECK(log.rows[0].kind == EventKind::file_uploaded);
  CHECK(log.rows[0].full_name == "Ann Smith");
  CHECK(log.rows[0].folder == 123'456'789);
  CHECK(log.rows[0].agent == "curl/8");
  CHECK(log.rows[0].address == "192.0.2.7");
  CHECK(log.rows[0].receipt == upload);
  CHECK(log.rows[0].size == 100);
  CHECK(log.rows[1].kind == EventKind::file_downloaded);
  CHECK(log.rows[1].message == "under way");
  CHECK(log.rows[1].agent.empty());

  stage.add(ledger::Sent{release, {{0, 40}, {60, 10}}, ledger::Outcome::cut}, 3'500);
  log = ann.ask(all()).value();
  CHECK(log.rows[1].failed);
  CHECK(log.rows[1].size == 50);
  CHECK(log.rows[1].duration_ms == 1'500);
  const asks::LogRow one = ann.ask(asks::GetLogRow{log.rows[1].id}).value();
  CHECK(one.message == "broken off");
}

TEST_CASE("chronicle: everything comes once, also after a restart; the sources hear how far it is") {
  const std::string directory = new_directory();
  std::vector<ledger::Entry> entries;
  {
    Stage stage{directory};
    for (std::uint64_t i = 1; i <= 10; ++i) stage.add_upload("ann", i, cat("file", i));
    ipc::Channel ann = stage.sign_on("ann");
    while (ann.ask(all())->total < 10) ::usleep(1'000);
    entries = stage.entries;
  }
  Stage stage{directory, entries};
  stage.add_upload("ann", 11, "file11");
  ipc::Channel ann = stage.sign_on("ann");
  const asks::ListLog::Reply log = ann.ask(all()).value();
  CHECK(count(log, EventKind::file_uploaded) == 11);
  std::uint64_t told = 0;  // with the next round
  for (int i = 0; i < 1'000 && told != 11; ++i) stage.in_loop([&] { told = stage.asked.back(); });
  CHECK(told == 11);
  std::filesystem::remove_all(directory);
}

TEST_CASE("chronicle: users see what they did, administrators their organisation, a SysAdmin no file") {
  Stage stage;
  stage.add_upload("ann", 1, "a");
  stage.add_upload("bob", 2, "b");
  stage.add_upload("eve", 3, "e", 5, other_company);
  stage.in_loop([&] {
    asks::Event event;
    event.time_ms = 5'000;
    event.kind = EventKind::user_added;
    event.organisation = company;
    event.user = id_of("adam");
    stage.warden_events.push_back(event);
    event.organisation = other_company;
    event.user = id_of("eva");
    stage.warden_events.push_back(event);
  });
  CHECK(stage.sign_on("ann").ask(all())->total == 1);
  for (const Role role : {Role::admin, Role::audit_user, Role::file_admin}) {
    ipc::Channel channel = stage.sign_on(cat("boss", static_cast<int>(role)), role);
    asks::ListLog ask = all();
    ask.filter.views = false;
    const asks::ListLog::Reply log = channel.ask(ask).value();
    CHECK(log.total == 3);
    CHECK(std::ranges::all_of(log.rows, [](const asks::LogRow& row) { return row.organisation == company; }));
    for (const asks::LogRow& row : log.rows) CHECK(channel.ask(asks::GetLogRow{row.id}).ok());
  }
  ipc::Channel eve = stage.sign_on("eve", Role::user, other_company);
  ipc::Channel adam = stage.sign_on("adam", Role::admin);
  const asks::ListLog::Reply theirs = adam.ask(all()).value();
  for (const asks::LogRow& row : theirs.rows) CHECK(kind_of(eve.ask(asks::GetLogRow{row.id})) == Errc::not_found);
  CHECK(kind_of(eve.ask(asks::GetLogRow{999})) == Errc::not_found);
  ipc::Channel system = stage.sign_on("system", Role::sys_admin, other_company);
  const asks::ListLog::Reply seen = system.ask(all()).value();
  CHECK(count(seen, EventKind::user_added) == 2);
  CHECK(count(seen, EventKind::file_uploaded) == 0);
  // A user who filters by another one sees nobody.
  asks::ListLog other = all();
  other.filter.user = id_of("bob");
  CHECK(stage.sign_on("ann").ask(other)->total == 0);
  CHECK(adam.ask(other)->total == 1);
}

TEST_CASE("chronicle: who fetched a file, for its uploader and administrators, also of one that is gone") {
  Stage stage;
  stage.in_loop([&] {  // ahead of the rest, so that no round ends in between
    asks::Event event;
    event.time_ms = 9'000;
    event.kind = EventKind::file_deleted;
    event.organisation = company;
    event.user = id_of("ann");
    event.file = 7;
    event.folder = 555;
    stage.keeper_events.push_back(event);
  });
  stage.add_upload("ann", 7, "plan.pdf");
  const std::uint64_t release = stage.add_release("bob", 7);
  stage.add(ledger::Sent{release, {{0, 100}}, ledger::Outcome::complete}, 2'100);
  stage.add_release("ann", 8);  // another file
  asks::ListFetches ask{7, {0, 100, false}};
  const asks::ListFetches::Reply fetched = stage.sign_on("ann").ask(ask).value();
  REQUIRE(fetched.total == 1);
  const asks::FetchRow& row = fetched.rows[0];
  CHECK(row.user == id_of("bob"));
  CHECK(row.receipt == release);
  CHECK(row.bytes == 100);
  CHECK(row.outcome == 1);
  REQUIRE(row.ranges.size() == 1);
  CHECK(row.ranges[0].length == 100);
  CHECK(row.session == who("bob").session);
  CHECK(stage.sign_on("boss", Role::admin).ask(ask)->total == 1);
  CHECK(stage.sign_on("audit", Role::audit_user).ask(ask)->total == 1);
  CHECK(kind_of(stage.sign_on("bob").ask(ask)) == Errc::not_found);
  CHECK(kind_of(stage.sign_on("clerk", Role::file_admin).ask(ask)) == Errc::not_found);
  CHECK(kind_of(stage.sign_on("eve", Role::admin, other_company).ask(ask)) == Errc::not_found);
  CHECK(kind_of(stage.sign_on("system", Role::sys_admin).ask(ask)) == Errc::not_found);
  for (const std::uint64_t none : {std::uint64_t{99}, UINT64_MAX}) {
    ask.file = none;
    CHECK(kind_of(stage.sign_on("boss", Role::admin).ask(ask)) == Errc::not_found);
  }
  // The folder of rows about a file that is gone comes from what was told of its end.
  asks::ListLog of_folder = all();
  of_folder.filter.folder = 555;
  CHECK(stage.sign_on("boss", Role::admin).ask(of_folder)->total == 3);
}

TEST_CASE("chronicle: a view is entered once, and left out unless it is asked for") {
  Stage stage;
  ipc::Channel boss = stage.sign_on("boss", Role::admin);
  CHECK(boss.ask(all())->total == 0);
  CHECK(boss.ask(all())->total == 1);
  const asks::ListLog::Reply log = boss.ask(all()).value();
  CHECK(log.total == 1);
  CHECK(log.rows[0].kind == EventKind::log_viewed);
  CHECK(log.rows[0].address == "192.0.2.9");
  asks::ListLog without = all();
  without.filter.views = false;
  CHECK(boss.ask(without)->total == 0);
}

TEST_CASE("chronicle: an organisation keeps its log for as long as its Admin says") {
  Stage stage;
  stage.add_upload("ann", 1, "old");
  stage.add_upload("eve", 3, "e", 5, other_company);
  ipc::Channel boss = stage.sign_on("boss", Role::admin);
  CHECK(boss.ask(all())->total == 1);
  CHECK(kind_of(stage.sign_on("ann").ask(asks::SetLogRetention{30})) == Errc::denied);
  CHECK(kind_of(stage.sign_on("system", Role::sys_admin).ask(asks::SetLogRetention{30})) == Errc::denied);
  CHECK(kind_of(boss.ask(asks::SetLogRetention{0})) == Errc::invalid);
  CHECK(kind_of(boss.ask(asks::SetLogRetention{asks::log_days_max + 1})) == Errc::invalid);
  REQUIRE(boss.ask(asks::SetLogRetention{30}).ok());
  asks::ListLog uploads = all();
  uploads.filter.action = asks::LogAction::upload;
  for (int i = 0; i < 500 && boss.ask(uploads)->total > 0; ++i) ::usleep(10'000);
  CHECK(boss.ask(uploads)->total == 0);
  CHECK(stage.sign_on("eve", Role::admin, other_company).ask(uploads)->total == 1);
  asks::ListLog set = all();
  set.filter.action = asks::LogAction::administration;
  CHECK(count(*boss.ask(set), EventKind::log_retention_set) == 1);
}

TEST_CASE("chronicle: nobody without a good capability, and one principal a channel") {
  Stage stage;
  std::uint64_t connection = 0;
  ipc::Channel gate = stage.gate(connection);
  CHECK(kind_of(gate.ask(asks::Adopt{capability_for("ann", Role::user, connection + 1, company)})) ==
        Errc::unauthenticated);
  REQUIRE(gate.ask(asks::Adopt{capability_for("ann", Role::user, connection, company)}).ok());
  REQUIRE(gate.ask(asks::Adopt{capability_for("ann", Role::user, connection, company)}).ok());
  CHECK(kind_of(gate.ask(asks::Adopt{capability_for("bob", Role::user, connection, company)})) ==
        Errc::other_principal);
  CHECK(gate.ask(all()).ok());
  ipc::Channel unbound = stage.gate(connection);
  CHECK(kind_of(unbound.ask(all())) == Errc::io);  // not admitted: the channel is closed
}

TEST_CASE("chronicle: a source that fails is no empty log") {
  Stage stage;
  ipc::Channel ann = stage.sign_on("ann");
  stage.in_loop([&] { stage.keeper_fails = true; });
  CHECK(kind_of(ann.ask(all())) == Errc::io);
  stage.in_loop([&] { stage.keeper_fails = false; });
  CHECK(ann.ask(all()).ok());
}

TEST_CASE("chronicle: a token of an API reads nothing here without the scope that accounts take") {
  Stage stage;
  stage.add_upload("ann", 7, "plan.pdf");
  std::uint64_t connection = 0;
  using capability::Scope;
  ipc::Channel reads = stage.gate(connection);
  reads.ask(asks::Adopt{capability_for("ann", Role::admin, connection, company, {Scope::read, Scope::write})}).value();
  CHECK(kind_of(reads.ask(all())) == Errc::denied);
  CHECK(kind_of(reads.ask(asks::GetLogRow{1})) == Errc::denied);
  CHECK(kind_of(reads.ask(asks::ListFetches{7, {0, 10, false}})) == Errc::denied);
  CHECK(kind_of(reads.ask(asks::SetLogRetention{30})) == Errc::denied);
  ipc::Channel rules = stage.gate(connection);
  rules.ask(asks::Adopt{capability_for("ann", Role::admin, connection, company, Scope::administer)}).value();
  CHECK(rules.ask(all())->total == 1);
  CHECK(rules.ask(asks::ListFetches{7, {0, 10, false}})->total == 0);
}
