#include "core/seal/chunk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "crypt/random.h"

namespace bulkhead::seal {
namespace {

constexpr FileId id{1, 2, 3};
const Bytes key(key_size, 0x42);

Bytes pattern(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 131 + i / 251);
  return out;
}

Bytes sealed_chunk(std::uint64_t index, ChunkFlag flag, ByteView plaintext, const FileId& file = id) {
  Bytes out(plaintext.size() + chunk_overhead);
  Sealer{key, file}.seal(out, index, flag, plaintext);
  return out;
}

// Opens into memory full of 0xee, so that whatever an open leaves behind shows.
struct Attempt {
  Result<void> result;
  Bytes out;
};
Attempt open_chunk(std::uint64_t index, ChunkFlag flag, ByteView sealed, const FileId& file = id) {
  Bytes out(sealed.size() - std::min(sealed.size(), chunk_overhead), 0xee);
  auto result = Opener{key, file}.open(out, index, flag, sealed);
  return {std::move(result), std::move(out)};
}
void check_refused(const Attempt& attempt) {
  REQUIRE_FALSE(attempt.result.ok());
  CHECK(attempt.result.error().kind() == Errc::corrupt);
  CHECK(std::ranges::all_of(attempt.out, [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("chunks of every kind and size round-trip") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{15}, std::size_t{4'096}, chunk_size - 1}) {
    for (const ChunkFlag flag : {ChunkFlag::last, ChunkFlag::draft_tail}) {
      const Attempt attempt = open_chunk(7, flag, sealed_chunk(7, flag, pattern(size)));
      CHECK(attempt.result.ok());
      CHECK(attempt.out == pattern(size));
    }
  }
  for (const ChunkFlag flag : {ChunkFlag::inner, ChunkFlag::last}) {
    const Attempt attempt = open_chunk(0, flag, sealed_chunk(0, flag, pattern(chunk_size)));
    CHECK(attempt.result.ok());
    CHECK(attempt.out == pattern(chunk_size));
  }
  CHECK(open_chunk(0, ChunkFlag::last, sealed_chunk(0, ChunkFlag::last, {})).result.ok());
}

TEST_CASE("a chunk opens only as what it was sealed as") {
  const Bytes full = sealed_chunk(3, ChunkFlag::inner, pattern(chunk_size));
  check_refused(open_chunk(4, ChunkFlag::inner, full));
  check_refused(open_chunk(3 + (1ULL << 27U), ChunkFlag::inner, full));
  check_refused(open_chunk(3, ChunkFlag::last, full));
  check_refused(open_chunk(3, ChunkFlag::inner, full, FileId{1, 2, 4}));
  const Bytes end = sealed_chunk(3, ChunkFlag::last, pattern(chunk_size));
  check_refused(open_chunk(3, ChunkFlag::inner, end));
  const Bytes tail = sealed_chunk(3, ChunkFlag::draft_tail, pattern(100));
  check_refused(open_chunk(3, ChunkFlag::last, tail));
  const Bytes published = sealed_chunk(3, ChunkFlag::last, pattern(100));
  check_refused(open_chunk(3, ChunkFlag::draft_tail, published));
}

TEST_CASE("flipping any bit of a chunk refuses it") {
  const Bytes sealed = sealed_chunk(0, ChunkFlag::last, pattern(40));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    check_refused(open_chunk(0, ChunkFlag::last, flipped));
  }
}

TEST_CASE("cutting or extending a chunk refuses it") {
  const Bytes sealed = sealed_chunk(0, ChunkFlag::last, pattern(40));
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    check_refused(open_chunk(0, ChunkFlag::last, ByteView{sealed}.first(size)));
  }
  Bytes longer = sealed;
  longer.push_back(0);
  check_refused(open_chunk(0, ChunkFlag::last, longer));
  check_refused(open_chunk(0, ChunkFlag::last, Bytes(sealed_chunk_size_max + 1)));
}

TEST_CASE("sizes that a flag cannot have are refused before the tag is asked") {
  CHECK_FALSE(fits(1, ChunkFlag::last, 0));
  CHECK(fits(0, ChunkFlag::last, 0));
  CHECK_FALSE(fits(0, ChunkFlag::inner, 0));
  CHECK_FALSE(fits(0, ChunkFlag::inner, chunk_size - 1));
  CHECK_FALSE(fits(0, ChunkFlag::draft_tail, 0));
  CHECK_FALSE(fits(0, ChunkFlag::draft_tail, chunk_size));
  CHECK_FALSE(fits(0, ChunkFlag::last, chunk_size + 1));
  CHECK_FALSE(fits(chunk_count_max, ChunkFlag::last, 1));
  CHECK_FALSE(fits(0, static_cast<ChunkFlag>(3), 1));

  // An empty chunk 1, rightly tagged as last, would let a file of one full chunk have two forms.
  Bytes forged(chunk_overhead);
  crypt::Aead{key}.seal(MutableByteView{forged}.subspan(12), ByteView{forged}.first(12),
                        ChunkLabel{id}.at(1, ChunkFlag::last), {});
  check_refused(open_chunk(1, ChunkFlag::last, forged));
}

TEST_CASE("a draft chunk is rewritten: tail, longer tail, inner, changed, last") {
  Sealer sealer{key, id};
  Opener opener{key, id};
  Bytes stored;
  std::set<Bytes> nonces;
  const auto rewrite = [&](ChunkFlag flag, ByteView plaintext) {
    stored.resize(plaintext.size() + chunk_overhead);
    sealer.seal(stored, 5, flag, plaintext);
    nonces.insert(Bytes(stored.begin(), stored.begin() + 12));
    Bytes out(plaintext.size());
    REQUIRE(opener.open(out, 5, flag, stored).ok());
    CHECK(std::ranges::equal(out, plaintext));
  };
  Bytes plain = pattern(chunk_size);
  rewrite(ChunkFlag::draft_tail, ByteView{plain}.first(10));
  const Bytes paused = stored;
  rewrite(ChunkFlag::draft_tail, ByteView{plain}.first(1'000));
  rewrite(ChunkFlag::inner, plain);
  plain[77] ^= 0xff;
  rewrite(ChunkFlag::inner, plain);
  rewrite(ChunkFlag::last, plain);
  CHECK(nonces.size() == 5);
  // The older tail put back after the close does not pass for the end of the file.
  check_refused(open_chunk(5, ChunkFlag::last, paused));
}

TEST_CASE("nonces do not repeat over several pools, nor between Sealers") {
  std::set<Bytes> nonces;
  Bytes out(1 + chunk_overhead);
  for (int file = 0; file < 3; ++file) {
    Sealer sealer{key, id};
    for (int i = 0; i < 1'000; ++i) {
      sealer.seal(out, 0, ChunkFlag::last, pattern(1));
      nonces.insert(Bytes(out.begin(), out.begin() + 12));
    }
  }
  CHECK(nonces.size() == 3'000);
  CHECK_FALSE(nonces.contains(Bytes(12)));
}

}  // namespace
}  // namespace bulkhead::seal
