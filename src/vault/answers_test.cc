#include "vault/answers.h"

#include <unistd.h>

#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

TEST_CASE("I3: a key leaves for a live capability of this connection, and its entry is durable before") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel porter = vault.porter(5);
  vault.answers.peer_address({5, "192.0.2.7"});
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 5)}).ok());
    const auto made = porter.ask(asks::NewKey{tag_a}).value();
    const auto receipt = porter.ask(asks::Received{tag_a, made.wrapped_key, 78, "/Home/alice/b.txt", {}, 12}).value();
    CHECK(receipt.index == 1);
    const auto released = porter.ask(release_of(tag_a, receipt.wrapped_key)).value();
    CHECK(to_bytes(released.key.view()) == to_bytes(made.key.view()));
    CHECK(released.index == 2);
    CHECK(directory.all<ledger::Released>().size() == 1);  // read from the disk while the key is here
    CHECK(porter.ask(asks::Sent{released.index, {{0, 400}, {600, 400}}, true}).ok());
  });
  vault.answers.finish();
  const ledger::Released entry = directory.all<ledger::Released>().at(0);
  CHECK(entry.who.username == "alice");
  CHECK(entry.who.tenant == "7");
  CHECK(entry.who.connection == "192.0.2.7 #5");
  CHECK(entry.who.method == "password");
  CHECK(entry.who.session[0] == 9);
  CHECK(entry.file == 77);
  CHECK(entry.size == 1000);
  const ledger::Sent sent = directory.all<ledger::Sent>().at(0);
  CHECK(sent.release == 2);
  CHECK(sent.ranges == std::vector<ledger::ByteRange>{{0, 400}, {600, 400}});
  CHECK(sent.outcome == ledger::Outcome::complete);
  const ledger::Received received = directory.all<ledger::Received>().at(0);
  CHECK(received.folder == "/Home/alice");
  CHECK(received.name == "b.txt");
  CHECK(directory.all<ledger::Started>().size() == 1);
  CHECK(vault.violations.empty());
}

TEST_CASE("R-107: replayed, forged, cut and absent capabilities end the channel, are counted and entered") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  Bytes cut = capability_of("alice", 7, 2);
  cut.pop_back();
  Bytes changed = capability_of("alice", 7, 3);
  changed.at(changed.size() / 2) ^= 1U;
  const std::vector<Bytes> bad{
      capability_of("alice", 7, 99), cut, changed, capability_of("alice", 7, 4, 600'000, Bytes(32, 0x12)), {}};
  std::vector<ipc::Channel> porters;
  for (std::size_t i = 0; i < bad.size(); ++i) porters.push_back(vault.porter(i + 1));
  ipc::Channel absent = vault.porter(50);
  vault.during([&] {
    for (std::size_t i = 0; i < bad.size(); ++i) {
      CHECK(refused(porters[i], asks::Adopt{bad[i]}) == Errc::io);  // hung up
      CHECK_FALSE(porters[i].ask(release_of(tag_a, wrapped)).ok());
    }
    CHECK_FALSE(absent.ask(release_of(tag_a, wrapped)).ok());
  });
  CHECK(vault.violations == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 50});
  CHECK(directory.all<ledger::Released>().empty());
  CHECK(directory.all<ledger::Violation>().size() == 6);
}

TEST_CASE("R-115: an expired capability releases nothing, and a renewal of the same principal does again") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  const Bytes draft = draft_of(vault.keys, "alice");
  ipc::Channel porter = vault.porter(1);
  ipc::Channel late = vault.porter(2);
  vault.during([&] {
    CHECK(refused(late, asks::Adopt{capability_of("alice", 7, 2, -1)}) == Errc::expired);
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1, 200)}).ok());
    const std::uint64_t index = porter.ask(release_of(tag_a, wrapped)).value().index;
    ::usleep(250'000);
    CHECK(refused(porter, release_of(tag_a, wrapped)) == Errc::expired);
    CHECK(refused(porter, asks::NewKey{tag_a}) == Errc::expired);
    CHECK(refused(porter, asks::Received{tag_a, draft, 1, "/a", {}, 1}) == Errc::expired);
    CHECK(refused(porter, asks::ResumeKey{tag_a, draft}) == Errc::expired);
    CHECK(porter.ask(asks::Sent{index, {}, false}).ok());  // what happened is still entered
    CHECK(refused(porter, asks::Adopt{capability_of("bob", 7, 1)}) == Errc::other_principal);
    CHECK(refused(porter, asks::Adopt{capability_of("alice", 8, 1)}) == Errc::other_principal);
    CHECK(refused(porter, release_of(tag_a, wrapped)) == Errc::expired);
    CHECK(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    CHECK(porter.ask(release_of(tag_a, wrapped)).ok());
  });
  const auto entries = directory.all<ledger::Released>();
  REQUIRE(entries.size() == 2);
  CHECK(std::ranges::all_of(entries, [](const auto& entry) { return entry.who.username == "alice"; }));
  CHECK(vault.violations.empty());
}

TEST_CASE("R-115, R-116: keys of another file, organisation or vault do not open, and the third try ends the channel") {
  const TestDirectory directory;
  const TestDirectory elsewhere;
  Vault vault{directory};
  const Bytes mine = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  const Bytes other_tenant = vault.keys.wrap(Bytes(32, 1), tag_a, 8).value();
  const Bytes other_vault = Keys::load_or_make(elsewhere.fd()).value().wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel porter = vault.porter(1);
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    CHECK(refused(porter, release_of(tag_b, mine)) == Errc::denied);
    CHECK(refused(porter, release_of(tag_a, other_tenant)) == Errc::denied);
    CHECK(refused(porter, release_of(tag_a, other_vault)) == Errc::io);
  });
  CHECK(directory.all<ledger::Released>().empty());
  CHECK(vault.violations == std::vector<std::uint64_t>{1});
}

TEST_CASE("drafts: their principal goes on with them, until the receipt makes a file's key of the draft's") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel first = vault.porter(1);
  ipc::Channel again = vault.porter(2);
  vault.during([&] {
    REQUIRE(first.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    const auto made = first.ask(asks::NewKey{tag_a}).value();
    REQUIRE(again.ask(asks::Adopt{capability_of("alice", 7, 2)}).ok());
    const auto resumed = again.ask(asks::ResumeKey{tag_a, made.wrapped_key});
    REQUIRE(resumed.ok());
    CHECK(to_bytes(resumed->key.view()) == to_bytes(made.key.view()));
    CHECK(directory.all<ledger::Released>().empty());
    const auto receipt = again.ask(asks::Received{tag_a, made.wrapped_key, 78, "/a", {}, 12}).value();
    CHECK(receipt.wrapped_key != made.wrapped_key);
    asks::Release edit = release_of(tag_a, receipt.wrapped_key);
    edit.purpose = asks::Purpose::edit;
    CHECK(to_bytes(again.ask(edit)->key.view()) == to_bytes(made.key.view()));
    CHECK(refused(first, release_of(tag_a, made.wrapped_key)) == Errc::denied);
    CHECK(refused(first, asks::ResumeKey{tag_a, receipt.wrapped_key}) == Errc::corrupt);
  });
  CHECK(directory.all<ledger::Released>().at(0).purpose == ledger::Purpose::edit);
  CHECK(vault.violations.empty());
}

TEST_CASE("drafts: the forms do not stand for each other, nor for another user, organisation or file") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes draft = draft_of(vault.keys, "alice");
  const Bytes file = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  REQUIRE(vault.keys.wrap(Bytes(32, 1), tag_a, 8).ok());
  std::vector<ipc::Channel> porters;
  for (std::uint64_t i = 1; i <= 6; ++i) porters.push_back(vault.porter(i));
  vault.during([&] {
    for (std::size_t i = 0; i < 4; ++i) REQUIRE(porters[i].ask(asks::Adopt{capability_of("alice", 7, i + 1)}).ok());
    REQUIRE(porters[4].ask(asks::Adopt{capability_of("bob", 7, 5)}).ok());
    REQUIRE(porters[5].ask(asks::Adopt{capability_of("alice", 8, 6)}).ok());
    CHECK(refused(porters[0], release_of(tag_a, draft)) == Errc::denied);
    CHECK(refused(porters[1], asks::ResumeKey{tag_a, file}) == Errc::corrupt);
    CHECK(refused(porters[2], asks::ResumeKey{tag_b, draft}) == Errc::corrupt);
    CHECK(refused(porters[3], asks::Received{tag_a, file, 1, "/a", {}, 1}) == Errc::corrupt);
    for (const std::size_t other : {std::size_t{4}, std::size_t{5}}) {
      CHECK(refused(porters[other], asks::ResumeKey{tag_a, draft}) == Errc::corrupt);
      CHECK(refused(porters[other], asks::Received{tag_a, draft, 1, "/a", {}, 1}) == Errc::corrupt);
      CHECK(refused(porters[other], asks::ResumeKey{tag_a, draft}) == Errc::io);  // the third time
    }
  });
  CHECK(directory.all<ledger::Released>().empty());
  CHECK(directory.all<ledger::Received>().empty());
  CHECK(vault.violations == std::vector<std::uint64_t>{5, 6});
}

TEST_CASE("R-116: reports of foreign releases, second reports and ranges outside of the file end the channel") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel alice = vault.porter(1);
  std::vector<ipc::Channel> hostile;
  for (std::uint64_t i = 2; i <= 5; ++i) hostile.push_back(vault.porter(i));
  vault.during([&] {
    REQUIRE(alice.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    const std::uint64_t of_alice = alice.ask(release_of(tag_a, wrapped)).value().index;
    std::vector<std::uint64_t> own;
    for (std::size_t i = 0; i < hostile.size(); ++i) {
      REQUIRE(hostile[i].ask(asks::Adopt{capability_of("bob", 7, i + 2)}).ok());
      own.push_back(hostile[i].ask(release_of(tag_a, wrapped)).value().index);
    }
    CHECK_FALSE(hostile[0].ask(asks::Sent{of_alice, {}, true}).ok());
    CHECK(hostile[1].ask(asks::Sent{own[1], {{0, 1000}}, true}).ok());
    CHECK_FALSE(hostile[1].ask(asks::Sent{own[1], {{0, 1000}}, true}).ok());
    CHECK_FALSE(hostile[2].ask(asks::Sent{own[2], {{1, 1000}}, true}).ok());
    CHECK_FALSE(hostile[3].ask(asks::Sent{own[3], {{UINT64_MAX, UINT64_MAX}}, true}).ok());
    CHECK(alice.ask(asks::Sent{of_alice, {{999, 1}}, false}).ok());
  });
  CHECK(vault.violations == std::vector<std::uint64_t>{2, 3, 4, 5});
  vault.answers.finish();
  const auto sent = directory.all<ledger::Sent>();  // one of each release, the lies not among them
  REQUIRE(sent.size() == 5);
  CHECK(std::ranges::count(sent, ledger::Outcome::failed, &ledger::Sent::outcome) == 3);
  CHECK(std::ranges::count(sent, ledger::Outcome::cut, &ledger::Sent::outcome) == 1);
}

TEST_CASE("an exhausted budget refuses with its reason, also after a restart; the claimed file id changes nothing") {
  const TestDirectory directory;
  asks::VaultSettings settings = Vault::settings_of();
  settings.principal.files_max[3] = 2;
  Bytes first;
  Bytes second;
  Bytes third;
  const auto ask_of = [](const asks::FileTag& tag, const Bytes& wrapped, std::uint64_t claimed) {
    asks::Release ask = release_of(tag, wrapped);
    ask.file = claimed;
    return ask;
  };
  {
    Vault vault{directory, settings};
    first = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
    second = vault.keys.wrap(Bytes(32, 2), tag_b, 7).value();
    third = vault.keys.wrap(Bytes(32, 3), {3}, 7).value();
    ipc::Channel porter = vault.porter(1);
    vault.during([&] {
      REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
      CHECK(porter.ask(ask_of(tag_a, first, 1)).ok());
      CHECK(porter.ask(ask_of(tag_b, second, 1)).ok());
      const auto over = porter.ask(ask_of({3}, third, 1));
      REQUIRE_FALSE(over.ok());
      CHECK(over.error().kind() == Errc::exhausted);
      CHECK(over.error().message().find("budget") != std::string::npos);
      CHECK(porter.ask(ask_of(tag_a, first, 1)).ok());  // the same file again costs no second file
    });
  }
  CHECK(directory.all<ledger::Released>().size() == 3);
  Vault vault{directory, settings};
  ipc::Channel alice = vault.porter(1);
  ipc::Channel bob = vault.porter(2);
  vault.during([&] {
    REQUIRE(alice.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    REQUIRE(bob.ask(asks::Adopt{capability_of("bob", 7, 2)}).ok());
    CHECK(refused(alice, ask_of({3}, third, 1)) == Errc::exhausted);
    CHECK(alice.ask(ask_of(tag_b, second, 1)).ok());
    CHECK(bob.ask(ask_of({3}, third, 1)).ok());
  });
}

TEST_CASE("R-118: with a full disk no key and no promise leaves; when space returns the service goes on") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel porter = vault.porter(1);
  ipc::Channel guesser = vault.porter(2);
  ipc::Channel gone = vault.porter(3);
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    REQUIRE(guesser.ask(asks::Adopt{capability_of("bob", 7, 2)}).ok());
    REQUIRE(gone.ask(asks::Adopt{capability_of("carol", 7, 3)}).ok());
    const std::uint64_t before = porter.ask(release_of(tag_a, wrapped)).value().index;
    const std::size_t entries = directory.entries().size();
    vault.disk.full = true;
    for (int i = 0; i < 100; ++i) CHECK(refused(porter, release_of(tag_a, wrapped)) == Errc::storage_full);
    CHECK(refused(guesser, release_of(tag_a, wrapped)) == Errc::storage_full);
    CHECK(refused(porter, asks::Received{tag_a, draft_of(vault.keys, "alice"), 1, "/a", {}, 1}) == Errc::storage_full);
    CHECK(porter.ask(asks::Sent{before, {}, true}).ok());  // may wait for the next commit, which fails
    CHECK(refused(gone, release_of(tag_a, wrapped)) == Errc::storage_full);
    gone.socket().reset();
    ::usleep(20'000);
    CHECK(directory.entries().size() == entries);
    vault.disk.full = false;
    CHECK(porter.ask(asks::Sent{before, {}, true}).ok());  // still open after the failed try
    CHECK(porter.ask(release_of(tag_a, wrapped)).ok());    // and the 100 failed ones are not: the limit is 64
    const std::uint64_t index = porter.ask(release_of(tag_a, wrapped)).value().index;
    CHECK_FALSE(guesser.ask(asks::Sent{entries, {}, true}).ok());  // the index it was never told is another's now
    CHECK(porter.ask(asks::Sent{index, {}, true}).ok());
  });
  CHECK(directory.all<ledger::Released>().size() == 3);
  vault.answers.finish();
  const auto sent = directory.all<ledger::Sent>();
  CHECK(std::ranges::count(sent, ledger::Outcome::failed, &ledger::Sent::outcome) == 0);
}

TEST_CASE("releases without a report are bounded, and entered as failed when their porter or the vault ends") {
  const TestDirectory directory;
  {
    Vault vault{directory};
    const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
    ipc::Channel porter = vault.porter(1);
    ipc::Channel stays = vault.porter(2);
    vault.during([&] {
      REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
      REQUIRE(stays.ask(asks::Adopt{capability_of("bob", 7, 2)}).ok());
      for (std::size_t i = 0; i < unreported_max; ++i) REQUIRE(porter.ask(release_of(tag_a, wrapped)).ok());
      CHECK(refused(porter, release_of(tag_a, wrapped)) == Errc::exhausted);
      REQUIRE(stays.ask(release_of(tag_a, wrapped)).ok());
      porter.socket().reset();
    });
    vault.answers.finish();
    CHECK(directory.all<ledger::Sent>().size() == unreported_max);
  }
  Vault again{directory};
  const auto sent = directory.all<ledger::Sent>();
  REQUIRE(sent.size() == unreported_max + 1);
  CHECK(std::ranges::all_of(sent, [](const ledger::Sent& one) { return one.outcome == ledger::Outcome::failed; }));
  CHECK(sent.back().release == unreported_max + 1);
}

TEST_CASE("a turn that holds releases, a guessed report and the end of the channel stays whole in the ledger") {
  for (const bool full : {true, false}) {
    const TestDirectory directory;
    Vault vault{directory};
    const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
    vault.disk.full = full;
    ipc::Channel porter = vault.porter(1);
    const auto put = [&](const auto& ask, std::uint32_t serial) {
      ENSURE(porter.send(ipc::Frame{ask.number, ipc::Kind::ask, serial, ipc::encode(ask), {}}).ok());
    };
    put(asks::Adopt{capability_of("alice", 7, 1)}, 1);
    put(release_of(tag_a, wrapped), 2);
    put(release_of(tag_a, wrapped), 3);
    put(asks::Sent{1, {}, false}, 4);
    porter.socket().reset();
    vault.during([] { ::usleep(20'000); });
    const auto sent = directory.all<ledger::Sent>();
    CHECK(directory.entries().size() == (full ? 1 : 5));
    if (full) continue;
    REQUIRE(sent.size() == 2);
    CHECK((sent[0].release == 1 && sent[0].outcome == ledger::Outcome::cut));
    CHECK((sent[1].release == 2 && sent[1].outcome == ledger::Outcome::failed));
  }
}

TEST_CASE("an overlong path keeps its start and the hash of the whole") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel porter = vault.porter(1);
  const std::string folder = "/" + std::string(4000, 'f');
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    CHECK(porter.ask(asks::Received{tag_a, draft_of(vault.keys, "alice"), 1, folder + "/name", {}, 1}).ok());
  });
  const ledger::Received entry = directory.all<ledger::Received>().at(0);
  CHECK(entry.folder.size() == ledger::path_size_max);
  CHECK(entry.folder.starts_with("/ffff"));
  CHECK(entry.folder.find("...sha256:") == ledger::path_size_max - 74);
  CHECK(entry.name == "name");
}

TEST_CASE("the head is a signed checkpoint of all that is durable") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel admin = vault.introduce(0, asks::Role::admin);
  vault.during([&] {
    const auto head = admin.ask(asks::LedgerHead{}).value();
    CHECK(head.size == 1);
    const ledger::VerifierKey key = ledger::VerifierKey::parse(head.verifier_key).value();
    const ledger::Checkpoint checkpoint = ledger::open_checkpoint(head.checkpoint, key).value();
    CHECK(checkpoint.size == 1);
    CHECK(checkpoint.origin == "test.example/ledger");
  });
}

TEST_CASE("a checkpoint follows new entries after five seconds or 256 entries") {
  const TestDirectory directory;
  Vault vault{directory};
  const auto written = [&] { return ::faccessat(directory.fd(), "ledger/checkpoint", F_OK, 0) == 0; };
  vault.answers.tick(checkpoint_age_max_ms - 1);
  CHECK_FALSE(written());
  vault.answers.tick(checkpoint_age_max_ms);
  CHECK(written());
}

TEST_CASE("warden gets verifiers, the same for the same user and tag only") {
  const TestDirectory directory;
  Vault vault{directory};
  auto [ours, theirs] = socket_pair().value();
  ipc::Channel warden{std::move(ours)};
  vault.answers.serve_warden(std::move(theirs), {});
  vault.during([&] {
    const auto one = warden.ask(asks::Pepper{"alice", {1}}).value().verifier;
    CHECK(one == warden.ask(asks::Pepper{"alice", {1}}).value().verifier);
    CHECK(one != warden.ask(asks::Pepper{"alice", {2}}).value().verifier);
    CHECK(one != warden.ask(asks::Pepper{"bob", {1}}).value().verifier);
    CHECK(refused(warden, asks::Pepper{"", {1}}) == Errc::invalid);
  });
}

}  // namespace
}  // namespace bulkhead::vault
