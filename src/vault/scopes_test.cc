#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

using capability::Scope;
using capability::Scopes;

Bytes with_scopes(Scopes scopes, std::uint64_t connection, UnixMs life_ms, std::uint8_t session) {
  return capability_of("alice", 7, connection, life_ms, warden_seed, scopes, session);
}

TEST_CASE("scopes: no key leaves for a token that does not read, and none is made for one that does not write") {
  const TestDirectory directory;
  Vault vault{directory};
  const Bytes wrapped = vault.keys.wrap(Bytes(32, 1), tag_a, 7).value();
  const Bytes draft = draft_of(vault.keys, "alice");
  ipc::Channel writes = vault.porter(1);
  ipc::Channel reads = vault.porter(2);
  vault.during([&] {
    REQUIRE(writes.ask(asks::Adopt{with_scopes(Scope::write, 1, 600'000, 1)}).ok());
    CHECK(refused(writes, release_of(tag_a, wrapped)) == Errc::denied);
    CHECK(refused(writes, asks::ReadReceipt{1}) == Errc::denied);
    CHECK(writes.ask(asks::NewKey{tag_b}).ok());
    CHECK(writes.ask(asks::Received{tag_a, draft, 78, "/Home/alice/b.txt", {}, 12}).ok());

    REQUIRE(reads.ask(asks::Adopt{with_scopes(Scope::read, 2, 600'000, 2)}).ok());
    CHECK(refused(reads, asks::NewKey{tag_b}) == Errc::denied);
    CHECK(refused(reads, asks::ResumeKey{tag_a, draft}) == Errc::denied);
    CHECK(refused(reads, asks::Received{tag_a, draft, 78, "/Home/alice/b.txt", {}, 12}) == Errc::denied);
    CHECK(reads.ask(release_of(tag_a, wrapped)).ok());
    // What was shown last counts, though it ends earlier; an older one of the same session does not.
    REQUIRE(reads.ask(asks::Adopt{with_scopes(Scope::remove, 2, 300'000, 3)}).ok());
    CHECK(refused(reads, release_of(tag_a, wrapped)) == Errc::denied);
    REQUIRE(reads.ask(asks::Adopt{with_scopes(Scopes::all(), 2, 200'000, 3)}).ok());
    CHECK(refused(reads, release_of(tag_a, wrapped)) == Errc::denied);
  });
  CHECK(vault.violations.empty());
  CHECK(directory.all<ledger::Released>().size() == 1);
}

}  // namespace
}  // namespace bulkhead::vault
