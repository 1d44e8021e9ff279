// When reports of what was sent become durable.
#include <unistd.h>

#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

TEST_CASE("reports wait for the next entry that cannot, or for half a second") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel porter = vault.porter(1);
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    const std::uint64_t first = porter.ask(release_of(tag_a, wrapped)).value().index;
    REQUIRE(porter.ask(asks::Sent{first, {{0, 10}}, true}).ok());
    CHECK(directory.all<ledger::Sent>().empty());
    const std::uint64_t second = porter.ask(release_of(tag_a, wrapped)).value().index;
    CHECK(directory.all<ledger::Sent>().size() == 1);
    REQUIRE(porter.ask(asks::Sent{second, {{0, 10}}, true}).ok());
    ::usleep((waiting_age_max_ms + 200) * 1000);
    CHECK(directory.all<ledger::Sent>().size() == 2);
  });
}

TEST_CASE("reports that were lost with their commit count as open releases again") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel porter = vault.porter(1);
  vault.during([&] {
    REQUIRE(porter.ask(asks::Adopt{capability_of("alice", 7, 1)}).ok());
    const std::uint64_t index = porter.ask(release_of(tag_a, wrapped)).value().index;
    vault.disk.full = true;
    REQUIRE(porter.ask(asks::Sent{index, {{0, 10}}, true}).ok());
    CHECK(refused(porter, release_of(tag_a, wrapped)) == Errc::storage_full);
    vault.disk.full = false;
    porter.socket().reset();
  });
  vault.answers.finish();
  const auto sent = directory.all<ledger::Sent>();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].outcome == ledger::Outcome::failed);  // the whole file, not the 10 bytes
}

TEST_CASE("I3: no key leaves in a turn whose entries a question for the head could not make durable") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  ipc::Channel porter = vault.porter(1);
  ipc::Channel admin = vault.introduce(0, asks::Role::admin);
  const auto put = [](ipc::Channel& channel, const auto& ask, std::uint32_t serial) {
    ENSURE(channel.send(ipc::Frame{ask.number, ipc::Kind::ask, serial, ipc::encode(ask), {}}).ok());
  };
  vault.disk.full = true;
  put(porter, asks::Adopt{capability_of("alice", 7, 1)}, 1);
  put(porter, release_of(tag_a, wrapped), 2);
  put(admin, asks::LedgerHead{}, 1);
  std::vector<ipc::Kind> answers;
  vault.during([&] {
    while (answers.size() < 2) answers.push_back(porter.receive().value().value().kind);
    CHECK(admin.receive().value().value().kind == ipc::Kind::refusal);
  });
  CHECK(answers.back() == ipc::Kind::refusal);
  CHECK(directory.all<ledger::Released>().empty());
}

}  // namespace
}  // namespace bulkhead::vault
