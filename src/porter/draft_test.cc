#include "porter/draft.h"

#include <random>

#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

// What the file should be: bytes, and which of them were ever written.
struct Reference {
  Bytes bytes;
  Extents written;

  void write(std::uint64_t offset, ByteView part) {
    if (part.empty()) return;
    bytes.resize(std::max<std::size_t>(bytes.size(), offset + part.size()));
    copy_to(MutableByteView{bytes}.subspan(offset), part);
    written.add(offset, offset + part.size());
  }
  void truncate(std::uint64_t size) {
    bytes.resize(size);
    written.remove(size, UINT64_MAX);
  }
  void keep() {
    bytes.resize(written.prefix());
    written.remove(bytes.size(), UINT64_MAX);
  }
};

struct Steps {
  std::mt19937 random;
  std::uint64_t reach = 12 * kib64;  // bytes; writes begin before

  std::uint64_t below(std::uint64_t end) { return random() % end; }
  std::uint64_t offset() {
    // Mostly odd; sometimes right at, before or behind a chunk's edge.
    const std::uint64_t any = below(reach);
    return random() % 3 == 0 ? any - any % kib64 + (random() % 2 == 0 ? 0 : kib64 - 1) : any;
  }
  std::uint64_t size() {
    switch (random() % 4) {
      case 0:
        return below(300);
      case 1:
        return kib64;
      case 2:
        return below(asks::ring_slot_size + 1);
      default:
        return below(40'000);
    }
  }
};

// One step at the porter and at the reference. False when the porter refused it.
bool step(Stage& stage, std::uint32_t handle, Steps& steps, Reference& reference, bool resumable) {
  const std::uint64_t kind = steps.below(20);
  if (kind == 0) {
    const std::uint64_t size = steps.below(steps.reach);
    reference.truncate(size);
    return stage.gate->ask(asks::Truncate{handle, size}).ok();
  }
  if (kind == 1 && resumable) return stage.gate->ask(asks::Sync{handle}).ok();
  const std::uint64_t offset = kind < 8 ? reference.bytes.size() : steps.offset();
  const Bytes part = content_of(steps.size(), static_cast<std::uint32_t>(steps.random()));
  reference.write(offset, part);
  return stage.write_block(handle, offset, part, static_cast<std::uint32_t>(steps.below(asks::ring_slots))).ok();
}

TEST_CASE("writes in any order, overlaps, cuts and lengthenings, against a byte array") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Steps steps{std::mt19937{seed}};
    const bool resumable = seed % 2 == 0;
    if (seed % 5 == 0) steps.reach = 70'000;  // around the border between small and not
    if (seed % 7 == 0) steps.reach = 40 * kib64;
    Stage stage;
    stage.start();
    Reference reference;
    const std::uint32_t handle = stage.gate->ask(opening("in.bin", resumable))->handle;
    const std::uint64_t count = 1 + steps.below(60);
    for (std::uint64_t i = 0; i < count; ++i) REQUIRE(step(stage, handle, steps, reference, resumable));
    const auto row = stage.finish(handle, {0, 2, to_bytes(crypt::sha256(reference.bytes)), {}, {}});
    REQUIRE(row.ok());
    CHECK(row->size == reference.bytes.size());
    CHECK(row->sha256 == crypt::sha256(reference.bytes));
    CHECK(stage.read(row->id).value() == reference.bytes);
  }
}

TEST_CASE("the same with ends of the connection between: what was written without a gap is there again") {
  for (std::uint32_t seed = 100; seed < 140; ++seed) {
    CAPTURE(seed);
    Steps steps{std::mt19937{seed}};
    if (seed % 5 == 0) steps.reach = 70'000;
    Stage stage;
    Reference reference;
    for (int round = 0; round < 4; ++round) {
      stage.start();
      const auto opened = stage.gate->ask(resuming());
      REQUIRE(opened.ok());
      CHECK(opened->size == reference.bytes.size());
      const std::uint64_t count = 1 + steps.below(25);
      for (std::uint64_t i = 0; i < count; ++i) REQUIRE(step(stage, opened->handle, steps, reference, true));
      if (steps.below(2) == 0) CHECK(stage.gate->ask(asks::Keep{opened->handle}).ok());
      CHECK(stage.end() == End::gate_gone);
      reference.keep();
      CHECK(stage.keeper.drafts.size() == (reference.bytes.empty() ? 0 : 1));
    }
    stage.start();
    const auto opened = stage.gate->ask(resuming());
    REQUIRE(opened.ok());
    CHECK(opened->size == reference.bytes.size());
    const auto row = stage.finish(opened->handle);
    REQUIRE(row.ok());
    CHECK(row->sha256 == crypt::sha256(reference.bytes));
    CHECK(stage.read(row->id).value() == reference.bytes);
  }
}

TEST_CASE("a hole is zeros, however large it is, and nothing of an older content") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening())->handle;
  Bytes expected(200 * kib64 + 10);
  REQUIRE(stage.send(handle, content_of(6 * kib64, 5), asks::ring_slot_size).ok());
  REQUIRE(stage.gate->ask(asks::Truncate{handle, 3}).ok());
  const Bytes start = content_of(6 * kib64, 5);
  std::copy_n(start.begin(), 3, expected.begin());
  REQUIRE(stage.write_block(handle, expected.size() - 1, Bytes{7}).ok());
  expected.back() = 7;
  const auto row = stage.finish(handle);
  REQUIRE(row.ok());
  CHECK(stage.read(row->id).value() == expected);
}

TEST_CASE("a file of zeros alone, by its size") {
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{kib64}, std::uint64_t{9 * kib64}}) {
    Stage stage;
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening())->handle;
    REQUIRE(stage.gate->ask(asks::Truncate{handle, size}).ok());
    const auto row = stage.finish(handle);
    REQUIRE(row.ok());
    CHECK(stage.read(row->id).value() == Bytes(size));
  }
}

TEST_CASE("too many separate parts are refused, and everything later") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening())->handle;
  std::uint64_t i = 0;
  Errc errc{};
  for (; i < draft_parts_max + 100 && errc == Errc{}; ++i) {
    const auto answer = stage.write_block(handle, i * 16, Bytes{1});
    if (!answer.ok()) errc = answer.error().kind();
  }
  CHECK(errc == Errc::exhausted);
  CHECK(i > draft_parts_max);
  CHECK(stage.finish(handle).error().kind() == Errc::exhausted);
}

}  // namespace
}  // namespace bulkhead::porter
