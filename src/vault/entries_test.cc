// What chronicle reads of the ledger.
#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

TEST_CASE("chronicle gets every durable entry once, in order, in bounded answers; and nothing else") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel alice = vault.porter(5);
  ipc::Channel chronicle = vault.introduce(0, asks::Role::chronicle);
  vault.during([&] {
    REQUIRE(alice.ask(asks::Adopt{capability_of("alice", 7, 5)}).ok());
    const auto made = alice.ask(asks::NewKey{tag_a}).value();
    const std::string long_name(200, 'n');
    constexpr std::uint64_t uploads = 500;
    for (std::uint64_t i = 0; i < uploads; ++i) {
      REQUIRE(alice.ask(asks::Received{tag_a, made.wrapped_key, i, cat("/Home/alice/", long_name, i), {}, 12}).ok());
    }
    std::uint64_t from = 0;
    std::uint64_t seen = 0;
    std::size_t answers = 0;
    while (true) {
      const asks::EntriesFrom::Reply reply = chronicle.ask(asks::EntriesFrom{from}).value();
      CHECK(reply.size == uploads + 1);
      for (const auto& entry : reply.entries) {
        CHECK(entry.index == seen);
        ++seen;
        const ledger::Entry read = ledger::decode_entry(entry.body).value();
        if (entry.index == 0) CHECK(std::holds_alternative<ledger::Started>(read.event));
        if (entry.index > 0) CHECK(std::get<ledger::Received>(read.event).file == entry.index - 1);
      }
      ++answers;
      if (reply.next == reply.size) break;
      CHECK(reply.next > from);
      from = reply.next;
    }
    CHECK(seen == uploads + 1);
    CHECK(answers > 2);
    CHECK(chronicle.ask(asks::EntriesFrom{uploads + 1})->entries.empty());
    CHECK(chronicle.ask(asks::EntriesFrom{1'000'000})->next == uploads + 1);
    CHECK_FALSE(chronicle.ask(asks::LedgerHead{}).ok());
  });
  CHECK(vault.violations == std::vector<std::uint64_t>{0});
}

}  // namespace
}  // namespace bulkhead::vault
