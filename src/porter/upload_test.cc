#include "porter/upload.h"

#include <atomic>

#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

const std::vector<std::size_t> sizes{0, 1, 65535, 65536, 65537, 4 * kib64, 4 * kib64 + 1, 32 * kib64 + 1, 5U << 20U};

TEST_CASE("what is written is read back, at every edge of the sizes") {
  for (const std::size_t piece : {std::size_t{16'000}, std::size_t{32'768}, std::size_t{asks::ring_slot_size}}) {
    for (const std::size_t size : sizes) {
      CAPTURE(size);
      const Bytes content = content_of(size);
      Stage stage;
      stage.start();
      const auto row = stage.write(content, piece);
      REQUIRE(row.ok());
      CHECK(row->size == size);
      CHECK(row->sha256 == crypt::sha256(content));
      CHECK(row->sha1.has_value() == (size <= sha1_free_size_max));
      CHECK(row->comment == "note");
      CHECK_FALSE(row->integrity_checked);
      CHECK(stage.read(row->id).value() == content);
      CHECK(stage.end() == End::gate_gone);
      REQUIRE(stage.keeper.commits.size() == 1);
      CHECK(stage.keeper.commits[0].small.has_value() == (size <= kib64));
      CHECK(stage.keeper.commits[0].receipt == 501);
      CHECK_FALSE(stage.keeper.commits[0].modified_ms.has_value());
      CHECK(stage.vault.receipts[0].path == "/Home/in.bin");
      CHECK(stage.vault.releases[0].path == "/Home/in.bin");
      CHECK(stage.keeper.dropped.empty());
      REQUIRE(stage.vault.sents.size() == 1);
      CHECK(stage.vault.sents[0].complete);
      CHECK(stage.vault.sents[0].index == 101);
      CHECK(stage.vault.sents[0].ranges.size() == (size == 0 ? 0 : 1));
    }
  }
}

TEST_CASE("a block is answered before it is stored, and its slot is free from then on") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening())->handle;
  const Bytes content = content_of(40 * asks::ring_slot_size);
  std::uint32_t given = 0;
  for (std::uint32_t i = 0; i < 40 + asks::ring_slots; ++i) {
    if (i >= asks::ring_slots) {
      const auto frame = stage.gate->receive().value();
      CHECK(frame->kind == ipc::Kind::answer);
      CHECK(frame->serial == i - asks::ring_slots);
    }
    if (given == 40) continue;
    const std::uint64_t offset = std::uint64_t{given} * asks::ring_slot_size;
    stage.ring->copy_in(given % asks::ring_slots, 0, ByteView{content}.subspan(offset, asks::ring_slot_size));
    const asks::WriteBlock ask{handle, offset, given % asks::ring_slots, asks::ring_slot_size};
    stage.gate->send(ipc::Frame{asks::WriteBlock::number, ipc::Kind::ask, given++, ipc::encode(ask), {}}).value();
  }
  asks::Finish finish;
  finish.modified_ms = 1'234;
  const auto row = stage.finish(handle, finish);
  REQUIRE(row.ok());
  CHECK(stage.read(row->id).value() == content);
  stage.end();
  CHECK(stage.keeper.commits.at(0).modified_ms == 1'234);
}

TEST_CASE("a gate that goes during an upload: the draft is dropped") {
  for (const std::size_t size : {std::size_t{10}, 20 * kib64}) {
    Stage stage;
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening())->handle;
    REQUIRE(stage.send(handle, content_of(size), asks::ring_slot_size).ok());
    CHECK(stage.gate->ask(asks::Sync{handle}).error().kind() == Errc::invalid);
    CHECK(stage.gate->ask(asks::Keep{handle}).error().kind() == Errc::invalid);
    CHECK(stage.end() == End::gate_gone);
    CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
    CHECK(stage.keeper.commits.empty());
    CHECK(stage.vault.receipts.empty());
  }
}

TEST_CASE("hashes of every kind, announced or not, right or wrong, in order or not") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, 3 * kib64, 20 * kib64 + 5}) {
    const Bytes content = content_of(size);
    for (std::uint8_t kind = 1; kind <= 5; ++kind) {
      for (const bool announced : {false, true}) {
        for (const bool right : {false, true}) {
          CAPTURE(size);
          CAPTURE(int{kind});
          CAPTURE(announced);
          crypt::Hash hash{static_cast<crypt::HashKind>(kind)};
          Bytes value = hash.update(content).finish();
          if (!right) value.back() ^= 1;
          Stage stage;
          stage.start();
          const auto row = stage.write(content, asks::ring_slot_size, announced ? kind : 0,
                                       {0, kind, value, std::string{"later"}, std::nullopt});
          stage.end();
          CHECK(row.ok() == right);
          CHECK(stage.keeper.commits.size() == (right ? 1 : 0));
          CHECK(stage.keeper.dropped.size() == (right ? 0 : 1));
          CHECK(stage.vault.receipts.size() == (right ? 1 : 0));
          if (!right) {
            CHECK(row.error().kind() == Errc::invalid);
            continue;
          }
          CHECK(row->integrity_checked);
          CHECK(row->comment == "later");
          CHECK(row->sha1.has_value() == (kind == 1 || size <= sha1_free_size_max));
          if (kind == 1) CHECK(to_bytes(*row->sha1) == value);
        }
      }
    }
  }
}

TEST_CASE("a hash of the wrong length is refused and the draft dropped") {
  Stage stage;
  stage.start();
  CHECK(stage.write(content_of(10), 10, 0, {0, 2, Bytes(31), {}, {}}).error().kind() == Errc::invalid);
  stage.end();
  CHECK(stage.keeper.dropped.size() == 1);
}

TEST_CASE("a gate that rewrites slots all the time: the published hash is that of the sealed bytes") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening())->handle;
  std::atomic<bool> done = false;
  std::thread hostile{[&] {
    std::uint8_t value = 0;
    while (!done) {
      for (std::uint32_t slot = 0; slot < asks::ring_slots; ++slot) {
        for (std::size_t at = 0; at < asks::ring_slot_size; at += 4096) stage.ring->copy_in(slot, at, Bytes{value});
      }
      ++value;
    }
  }};
  const std::size_t slots = 60;
  for (std::size_t i = 0; i < slots; ++i) {
    const auto slot = static_cast<std::uint32_t>(i % asks::ring_slots);
    CHECK(stage.gate->ask(asks::WriteBlock{handle, i * asks::ring_slot_size, slot, asks::ring_slot_size}).ok());
  }
  done = true;
  hostile.join();
  const auto row = stage.finish(handle);
  REQUIRE(row.ok());
  const Bytes back = stage.read(row->id).value();
  CHECK(back.size() == slots * asks::ring_slot_size);
  CHECK(crypt::sha256(back) == row->sha256);
}

TEST_CASE("no space left: every later block and Finish say so, and the draft is dropped") {
  for (const std::size_t size : {3 * kib64, 40 * kib64}) {
    CAPTURE(size);
    Stage stage;
    stage.keeper.blob = Fd{::open("/dev/full", O_RDWR | O_CLOEXEC)};
    REQUIRE(stage.keeper.blob.valid());
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening("x"))->handle;
    const auto sent = stage.send(handle, content_of(size), kib64);
    CHECK(sent.error().kind() == Errc::storage_full);
    CHECK(stage.gate->ask(asks::Truncate{handle, 0}).error().kind() == Errc::storage_full);
    CHECK(stage.finish(handle).error().kind() == Errc::storage_full);
    CHECK(stage.finish(handle).error().kind() == Errc::not_found);
    CHECK(stage.write(content_of(100)).ok());  // the session goes on
    CHECK(stage.end() == End::gate_gone);
    CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
  }
}

TEST_CASE("a refused commit drops the draft, resumable or not: its end is sealed already") {
  for (const bool resumable : {false, true}) {
    Stage stage;
    stage.keeper.commit_refusal = fail(Errc::conflict, "the name is taken");
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening("x", resumable))->handle;
    REQUIRE(stage.send(handle, content_of(100'000), kib64).ok());
    CHECK(stage.finish(handle).error().kind() == Errc::conflict);
    stage.end();
    CHECK(stage.keeper.dropped.size() == 1);
    CHECK(stage.keeper.drafts.empty());
  }
}

TEST_CASE("the largest size is the largest") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening("x"))->handle;
  CHECK(stage.write_block(handle, seal::plain_size_max - 1, Bytes(2)).error().kind() == Errc::too_large);
  CHECK(stage.write_block(handle, UINT64_MAX, Bytes(2)).error().kind() == Errc::too_large);
  CHECK(stage.gate->ask(asks::Truncate{handle, seal::plain_size_max + 1}).error().kind() == Errc::too_large);
  CHECK(stage.write_block(handle, 0, Bytes(2)).ok());  // nothing was lost
  CHECK(stage.finish(handle)->size == 2);
}

}  // namespace
}  // namespace bulkhead::porter
