#include "vault/stage.h"

namespace bulkhead::vault {
namespace {

// A capability of another role than a user's.
Bytes administrator_of(std::string_view id, std::uint32_t tenant, std::uint64_t connection) {
  capability::Capability who;
  who.principal.fill('0');
  std::copy(id.begin(), id.end(), who.principal.begin());
  who.tenant = tenant;
  who.username = std::string{id};
  who.role = capability::Role::admin;
  who.scopes = capability::Scopes::all();
  who.connection = connection;
  who.issued = unix_now_ms() - 60'000;
  who.expires = unix_now_ms() + 600'000;
  return capability::sign(warden_seed, who);
}

TEST_CASE("R-104: an entry is shown to those it is about and their administrator, and proves itself; others hear not_found") {
  const TestDirectory directory;
  Vault vault{directory};
  ipc::Channel alice = vault.porter(5);
  ipc::Channel bob = vault.porter(6);
  ipc::Channel admin = vault.porter(7);
  ipc::Channel foreign_admin = vault.porter(8);
  const auto key = ledger::VerifierKey::of("test.example/ledger", crypt::ed25519_public(vault.keys.ledger_seed())).value();
  vault.during([&] {
    REQUIRE(alice.ask(asks::Adopt{capability_of("alice", 7, 5)}).ok());
    REQUIRE(bob.ask(asks::Adopt{capability_of("bob", 7, 6)}).ok());
    REQUIRE(admin.ask(asks::Adopt{administrator_of("root", 7, 7)}).ok());
    REQUIRE(foreign_admin.ask(asks::Adopt{administrator_of("root", 9, 8)}).ok());
    const auto made = alice.ask(asks::NewKey{tag_a}).value();
    const auto received = alice.ask(asks::Received{tag_a, made.wrapped_key, 78, "/Home/alice/b.txt", {}, 12}).value();
    const auto released = alice.ask(release_of(tag_a, received.wrapped_key)).value();
    REQUIRE(alice.ask(asks::Sent{released.index, {{0, 400}}, true}).ok());
    for (int i = 0; i < 300; ++i) {  // beyond a full tile
      const auto more = alice.ask(release_of(tag_a, received.wrapped_key)).value();
      REQUIRE(alice.ask(asks::Sent{more.index, {}, true}).ok());
    }
    for (const std::uint64_t index : {received.index, released.index, released.index + 1, released.index + 500}) {
      const auto receipt = alice.ask(asks::ReadReceipt{index}).value();
      CHECK(admin.ask(asks::ReadReceipt{index}).value().body == receipt.body);
      const auto head = ledger::open_checkpoint(receipt.checkpoint, key).value();
      const auto leaf = ledger::leaf_hash(ledger::tree_entry(ledger::commitment_of(receipt.salt, receipt.body)));
      CHECK(ledger::verify_inclusion(leaf, index, head.size, receipt.proof, head.root).ok());
      CHECK(refused(bob, asks::ReadReceipt{index}) == Errc::not_found);
      CHECK(refused(foreign_admin, asks::ReadReceipt{index}) == Errc::not_found);
    }
    CHECK(refused(admin, asks::ReadReceipt{0}) == Errc::not_found);  // the start: about nobody
    CHECK(refused(alice, asks::ReadReceipt{100'000}) == Errc::not_found);
    CHECK(refused(alice, asks::ReadReceipt{UINT64_MAX}) == Errc::not_found);
    const auto head = ledger::open_checkpoint(bob.ask(asks::ReadCheckpoint{}).value().checkpoint, key).value();
    CHECK(head.size > 512);
    CHECK(bob.ask(asks::ReadTile{0, 0, 256}).value().tile.size() == 8192);
    CHECK(bob.ask(asks::ReadTile{1, 0, static_cast<std::uint16_t>(head.size / 256)}).value().tile.size() == head.size / 256 * 32);
    for (const asks::ReadTile wrong : {asks::ReadTile{0, 0, 255}, asks::ReadTile{0, 0, 0}, asks::ReadTile{0, 0, 257}, asks::ReadTile{0, 1'000, 256},
                                       asks::ReadTile{8, 0, 1}, asks::ReadTile{255, 0, 256}, asks::ReadTile{1, 0, 256}}) {
      CHECK(refused(bob, wrong) == Errc::not_found);
    }
    Errc last = Errc::invalid;
    for (unsigned i = 0; i <= ledger_reads_max && last != Errc::exhausted; ++i) {
      if (const auto reply = foreign_admin.ask(asks::ReadTile{0, 0, 0}); !reply.ok()) last = reply.error().kind();
    }
    CHECK(last == Errc::exhausted);
  });
  CHECK(vault.violations.empty());
}

TEST_CASE("a ledger that was opened again finds its entries") {
  const TestDirectory directory;
  std::uint64_t index = 0;
  Bytes body;
  for (int start = 0; start < 2; ++start) {
    Vault vault{directory};
    ipc::Channel alice = vault.porter(5);
    vault.during([&] {
      REQUIRE(alice.ask(asks::Adopt{capability_of("alice", 7, 5)}).ok());
      const auto made = alice.ask(asks::NewKey{tag_a}).value();
      for (int i = 0; i < 100; ++i) {
        const auto received = alice.ask(asks::Received{tag_a, made.wrapped_key, 78, "/Home/alice/b.txt", {}, 12}).value();
        if (start == 0 && i == 90) index = received.index;
      }
      const auto receipt = alice.ask(asks::ReadReceipt{index}).value();
      if (start == 0) body = receipt.body;
      CHECK(receipt.body == body);
    });
  }
}

}  // namespace
}  // namespace bulkhead::vault
