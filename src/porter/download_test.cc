#include "porter/download.h"

#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

TEST_CASE("blocks begin and end at, before and behind every chunk edge") {
  const Bytes content = content_of(9 * kib64 + 77);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  const auto opened = stage.gate->ask(asks::OpenRead{1, 7}).value();
  CHECK(opened.size == content.size());
  for (std::uint64_t start = 0; start <= content.size() + kib64; start += kib64) {
    for (const std::uint64_t from : {start, start + 1, start + kib64 - 1}) {
      for (const std::uint32_t size : {0U, 1U, 32'768U, 65'536U, 65'537U, asks::ring_slot_size}) {
        const std::uint64_t begin = std::min<std::uint64_t>(from, content.size());
        const std::uint64_t end = std::min<std::uint64_t>(from + size, content.size());
        const Bytes expected(content.begin() + static_cast<std::ptrdiff_t>(begin),
                             content.begin() + static_cast<std::ptrdiff_t>(std::max(begin, end)));
        const bool same = stage.read_block(opened.handle, from, size).value() == expected;
        CAPTURE(from);
        CAPTURE(size);
        CHECK(same);
      }
    }
  }
  CHECK(stage.read_block(opened.handle, UINT64_MAX, 1).value().empty());
  CHECK(stage.gate->ask(asks::OpenRead{1, 8}).error().kind() == Errc::conflict);
  CHECK(stage.gate->ask(asks::OpenRead{2, 7}).error().kind() == Errc::not_found);
  stage.end();
  CHECK(stage.vault.releases.size() == 1);  // nothing was released for the refused ones
}

TEST_CASE("by path, with the beginning at once") {
  const Bytes content = content_of(2 * kib64 + 77);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  const auto whole = stage.gate->ask(asks::OpenPath{"/Home/report.bin", 5, kib64}).value();
  CHECK(whole.file == 1);
  CHECK(whole.version == 7);
  CHECK(whole.size == content.size());
  REQUIRE(whole.first == kib64);
  Bytes first(kib64);
  stage.ring->copy_out(first, 5, 0);
  CHECK(first == Bytes(content.begin(), content.begin() + kib64));
  CHECK(stage.read_block(whole.handle, kib64, 100).value() == Bytes(content.begin() + kib64, content.begin() + kib64 + 100));
  CHECK(stage.gate->ask(asks::Close{whole.handle}).ok());

  const auto none = stage.gate->ask(asks::OpenPath{"/Home/report.bin", 0, 0}).value();
  CHECK(none.first == 0);
  CHECK(stage.gate->ask(asks::Close{none.handle}).ok());
  CHECK(stage.gate->ask(asks::OpenPath{"/Home/other.bin", 0, 1}).error().kind() == Errc::not_found);
  stage.end();
  CHECK(stage.vault.releases.size() == 2);
  REQUIRE(stage.vault.sents.size() == 2);
  REQUIRE(stage.vault.sents[0].ranges.size() == 1);  // what was given at the opening counts as sent
  CHECK(stage.vault.sents[0].ranges[0].length == kib64 + 100);
  CHECK(stage.vault.sents[1].ranges.empty());
}

TEST_CASE("an older version is read as itself, and its release says which file and content it was") {
  const Bytes now = content_of(2 * kib64, 1);
  const Bytes before = content_of(kib64 + 5, 2);
  Stage stage;
  stage.keeper.store(1, before, stage.vault).row.version = 5;
  stage.keeper.older[{1, 5}] = std::move(stage.keeper.files[1]);
  stage.keeper.files.erase(1);
  stage.keeper.store(1, now, stage.vault);
  stage.start();
  const auto opened = stage.gate->ask(asks::OpenVersion{1, 5}).value();
  CHECK(opened.size == before.size());
  CHECK(stage.read_block(opened.handle, 0, asks::ring_slot_size).value() == before);
  CHECK(stage.gate->ask(asks::OpenVersion{1, 6}).error().kind() == Errc::not_found);
  stage.keeper.older[{1, 8}] = std::move(stage.keeper.older[{1, 5}]);  // keeper answers with another version
  CHECK(stage.gate->ask(asks::OpenVersion{1, 8}).error().kind() == Errc::conflict);
  stage.end();
  REQUIRE(stage.vault.releases.size() == 1);
  CHECK(stage.vault.releases[0].file == 1);
  CHECK(stage.vault.releases[0].sha256 == crypt::sha256(before));
}

TEST_CASE("two files read in turn, in small odd pieces, from every odd offset on") {
  const Bytes first = content_of(3 * kib64 + 1, 1);
  const Bytes second = content_of(2 * kib64 + 40'000, 9);
  Stage stage;
  stage.keeper.store(1, first, stage.vault);
  stage.keeper.store(2, second, stage.vault);
  stage.start();
  const std::uint32_t a = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  const std::uint32_t b = stage.gate->ask(asks::OpenRead{2, 7})->handle;
  CHECK(a != b);
  std::size_t wrong = 0;
  for (std::uint64_t offset = 1; offset < first.size(); offset += 6'151) {
    for (const auto& [handle, content] : {std::pair{a, &first}, std::pair{b, &second}}) {
      const Bytes got = stage.read_block(handle, offset, 7'001).value();
      const std::uint64_t begin = std::min<std::uint64_t>(offset, content->size());
      const std::uint64_t end = std::min<std::uint64_t>(offset + 7'001, content->size());
      const Bytes expected(content->begin() + static_cast<std::ptrdiff_t>(begin),
                           content->begin() + static_cast<std::ptrdiff_t>(end));
      if (got != expected) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("asks sent ahead are answered in order, each into its own slot") {
  const Bytes content = content_of(16 * asks::ring_slot_size);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  const std::uint32_t handle = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  for (std::uint32_t i = 0; i < asks::ring_slots; ++i) {
    const asks::ReadBlock ask{handle, std::uint64_t{i} * asks::ring_slot_size, 15 - i, asks::ring_slot_size};
    stage.gate->send(ipc::Frame{asks::ReadBlock::number, ipc::Kind::ask, 1'000 + i, ipc::encode(ask), {}}).value();
  }
  for (std::uint32_t i = 0; i < asks::ring_slots; ++i) CHECK(stage.gate->receive().value()->serial == 1'000 + i);
  for (std::uint32_t i = 0; i < asks::ring_slots; ++i) {
    Bytes got(asks::ring_slot_size);
    stage.ring->copy_out(got, 15 - i, 0);
    const auto start = content.begin() + static_cast<std::ptrdiff_t>(i * asks::ring_slot_size);
    CHECK(got == Bytes(start, start + asks::ring_slot_size));
  }
}

TEST_CASE("a corrupt chunk fails its block and shows nothing of itself") {
  const Bytes content = content_of(10 * kib64);
  for (const std::uint32_t size : {asks::ring_slot_size, std::uint32_t{100'000}}) {  // whole chunks, and a part
    Stage stage;
    auto& stored = stage.keeper.store(1, content, stage.vault);
    const Bytes bad{0xFF};
    Bytes old(1);
    read_exactly_at(stored.blob.get(), old, seal::chunk_offset(5) + 100).value();
    REQUIRE(old != bad);
    write_all_at(stored.blob.get(), bad, seal::chunk_offset(5) + 100).value();
    stage.start();
    const std::uint32_t handle = stage.gate->ask(asks::OpenRead{1, 7})->handle;
    CHECK(stage.read_block(handle, 0, asks::ring_slot_size).ok());
    for (int again = 0; again < 2; ++again) {
      CHECK(stage.gate->ask(asks::ReadBlock{handle, 4 * kib64, 1, size}).error().kind() == Errc::corrupt);
      Bytes second(asks::ring_slot_size);
      stage.ring->copy_out(second, 1, 0);  // chunk 4 is good and may be there; chunk 5 must not
      CHECK(Bytes(second.begin() + kib64, second.end()) == Bytes(3 * kib64));
    }
    CHECK(stage.read_block(handle, 6 * kib64, 10).value() ==
          Bytes(content.begin() + 6 * kib64, content.begin() + 6 * kib64 + 10));  // the others still open
    CHECK(stage.gate->ask(asks::Close{handle}).ok());
    CHECK(stage.end() == End::gate_gone);
    REQUIRE(stage.vault.sents.size() == 1);
    CHECK_FALSE(stage.vault.sents[0].complete);
    REQUIRE(stage.vault.sents[0].ranges.size() == 2);
    CHECK(stage.vault.sents[0].ranges[0].length == 5 * kib64);  // with chunk 4, which a gate can see in the ring
  }
}

TEST_CASE("an empty file is read as empty only if its one chunk says so") {
  Stage stage;
  stage.keeper.store(1, {}, stage.vault);
  stage.keeper.store(2, {}, stage.vault).small->back() ^= 1;
  stage.start();
  CHECK(stage.read_block(stage.gate->ask(asks::OpenRead{1, 7})->handle, 0, 10).value().empty());
  CHECK(stage.read_block(stage.gate->ask(asks::OpenRead{2, 7})->handle, 0, 10).error().kind() == Errc::corrupt);
}

TEST_CASE("stored content that is not what the catalog says is not released") {
  Stage stage;
  stage.keeper.store(1, content_of(2 * kib64), stage.vault).row.size -= 1;
  stage.keeper.store(2, content_of(2 * kib64), stage.vault).tag[3] ^= 1;
  stage.keeper.store(3, content_of(10), stage.vault).small->resize(20);
  stage.start();
  for (const std::uint64_t file : {1U, 2U, 3U}) {
    CHECK(stage.gate->ask(asks::OpenRead{file, 7}).error().kind() == Errc::corrupt);
  }
  stage.end();
  CHECK(stage.vault.releases.empty());
}

TEST_CASE("the vault's refusal reaches the gate") {
  Stage stage;
  stage.keeper.store(1, content_of(10), stage.vault);
  stage.vault.refusal = fail(Errc::exhausted, "budget used up until tomorrow");
  stage.start();
  const auto refused = stage.gate->ask(asks::OpenRead{1, 7});
  CHECK(refused.error().kind() == Errc::exhausted);
  CHECK(refused.error().message() == "budget used up until tomorrow");
  CHECK(stage.gate->ask(opening()).error().kind() == Errc::exhausted);
  stage.end();
  CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
}

TEST_CASE("what is reported: the parts that were read, joined where they touch, and never less") {
  Stage stage;
  stage.keeper.store(1, content_of(64 * kib64), stage.vault);
  stage.start();
  const std::uint32_t handle = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  REQUIRE(stage.read_block(handle, 100, 1'000).ok());
  REQUIRE(stage.read_block(handle, 1'100, 1'000).ok());
  REQUIRE(stage.read_block(handle, 500, 10).ok());
  REQUIRE(stage.read_block(handle, 63 * kib64, asks::ring_slot_size).ok());
  SUBCASE("a handle that was closed is complete") {
    CHECK(stage.gate->ask(asks::Close{handle}).ok());
    CHECK(stage.gate->ask(asks::Close{handle}).error().kind() == Errc::not_found);
    stage.end();
    REQUIRE(stage.vault.sents.size() == 1);
    CHECK(stage.vault.sents[0].complete);
  }
  SUBCASE("one whose gate went is not") {
    stage.end();
    REQUIRE(stage.vault.sents.size() == 1);
    CHECK_FALSE(stage.vault.sents[0].complete);
  }
  const auto& ranges = stage.vault.sents[0].ranges;
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0].offset == 100);
  CHECK(ranges[0].length == 2'000);
  CHECK(ranges[1].offset == 63 * kib64);
  CHECK(ranges[1].length == kib64);
}

TEST_CASE("more parts than a report holds: the gaps between the closest count as sent") {
  const Bytes content = content_of(64 * kib64);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  const std::uint32_t handle = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  for (std::uint64_t i = 0; i < 500; ++i) REQUIRE(stage.read_block(handle, i * 8'000 + i % 7, 5).ok());
  CHECK(stage.gate->ask(asks::Close{handle}).ok());
  stage.end();
  const auto& ranges = stage.vault.sents.at(0).ranges;
  CHECK(ranges.size() == sent_ranges_max);
  Extents sent;
  for (const auto& range : ranges) sent.add(range.offset, range.offset + range.length);
  for (std::uint64_t i = 0; i < 500; ++i) CHECK(sent.covers(i * 8'000 + i % 7, i * 8'000 + i % 7 + 5));
}

TEST_CASE("a gate that goes in the middle of asks sent ahead: no less is reported than it was given") {
  Stage stage;
  stage.keeper.store(1, content_of(64 * kib64), stage.vault);
  stage.start();
  const std::uint32_t handle = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  for (std::uint32_t i = 0; i < 6; ++i) {
    const asks::ReadBlock ask{handle, 100 + std::uint64_t{i} * asks::ring_slot_size, i, asks::ring_slot_size};
    stage.gate->send(ipc::Frame{asks::ReadBlock::number, ipc::Kind::ask, 1'000 + i, ipc::encode(ask), {}}).value();
  }
  for (int i = 0; i < 3; ++i) REQUIRE(stage.gate->receive().value().has_value());
  CHECK(stage.end() == End::gate_gone);  // with answers of the porter unread
  REQUIRE(stage.vault.sents.size() == 1);
  REQUIRE(stage.vault.sents[0].ranges.size() == 1);
  CHECK(stage.vault.sents[0].ranges[0].offset == 100);
  CHECK(stage.vault.sents[0].ranges[0].length >= 3 * asks::ring_slot_size);
  CHECK(stage.vault.sents[0].ranges[0].length <= 6 * asks::ring_slot_size);
}

TEST_CASE("digest: a release of its own purpose, never sent; the SHA-1 of a whole file is computed once") {
  const Bytes content = content_of(6 * kib64 + 9);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.keeper.store(2, content, stage.vault).row.sha1.emplace()[0] = 9;
  stage.keeper.store(3, content, stage.vault).row.sha256[0] ^= 1;
  stage.start();
  const auto first = stage.gate->ask(asks::Digest{1, 7, 1});
  REQUIRE(first.ok());
  CHECK(first->hash == crypt::Hash{crypt::HashKind::sha1}.update(content).finish());
  CHECK(stage.gate->ask(asks::Digest{2, 7, 1})->hash[0] == 9);
  CHECK(stage.gate->ask(asks::Digest{3, 7, 1}).error().kind() == Errc::corrupt);
  stage.end();
  REQUIRE(stage.vault.releases.size() == 2);
  CHECK(stage.vault.releases[0].purpose == asks::Purpose::digest);
  REQUIRE(stage.vault.sents.size() == 2);
  CHECK(stage.vault.sents[0].complete);
  CHECK(stage.vault.sents[0].ranges.empty());
  CHECK_FALSE(stage.vault.sents[1].complete);
  REQUIRE(stage.keeper.digests.size() == 1);
  CHECK(to_bytes(stage.keeper.digests[0].sha1) == first->hash);
}

TEST_CASE("digest of every kind and of parts") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, 2 * kib64, 5 * kib64 + 3}) {
    const Bytes content = content_of(size);
    Stage stage;
    stage.keeper.store(1, content, stage.vault);
    stage.start();
    for (std::uint8_t kind = 1; kind <= 5; ++kind) {
      for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{kib64}, std::uint64_t{size}}) {
        for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{kib64 + 1}, UINT64_MAX}) {
          const auto got = stage.gate->ask(asks::Digest{1, 7, kind, offset, length});
          if (offset > size) {
            CHECK(got.error().kind() == Errc::invalid);
            continue;
          }
          const ByteView part = ByteView{content}.subspan(offset).first(std::min<std::uint64_t>(length, size - offset));
          CHECK(got.value().hash == crypt::Hash{static_cast<crypt::HashKind>(kind)}.update(part).finish());
        }
      }
    }
  }
}

}  // namespace
}  // namespace bulkhead::porter
