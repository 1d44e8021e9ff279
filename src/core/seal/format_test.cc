#include "core/seal/format.h"

#include <doctest/doctest.h>

#include "base/encode.h"

namespace bulkhead::seal {
namespace {

constexpr FileId id{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

TEST_CASE("sizes map one to one between a file and its sealed form") {
  CHECK(sealed_size(0) == 60);
  CHECK(sealed_size(1) == 61);
  CHECK(sealed_size(chunk_size) == 32 + 65'564);
  CHECK(sealed_size(chunk_size + 1) == 32 + 65'564 + 29);
  CHECK(chunk_count(0) == 1);
  CHECK(chunk_count(chunk_size) == 1);
  CHECK(chunk_count(chunk_size + 1) == 2);
  CHECK(chunk_count(plain_size_max) == chunk_count_max);
  CHECK(chunk_offset(2) == 32 + 2 * 65'564);

  std::uint64_t possible = 0;
  for (std::uint64_t sealed = 0; sealed < 3 * sealed_chunk_size_max + 100; ++sealed) {
    const auto plain = plain_size(sealed);
    if (!plain.ok()) {
      CHECK(plain.error().kind() == Errc::corrupt);
      continue;
    }
    CHECK_MESSAGE(*plain == possible, "every size in turn has exactly one sealed size");
    CHECK(sealed_size(*plain) == sealed);
    ++possible;
  }
  CHECK(possible == 3 * chunk_size + 100 - header_size - chunk_overhead);
}

TEST_CASE("the largest file is a limit, not a wrap-around") {
  const std::uint64_t largest = sealed_size(plain_size_max);
  CHECK(*plain_size(largest) == plain_size_max);
  CHECK_FALSE(plain_size(largest + 1).ok());
  CHECK_FALSE(plain_size(largest + 100).ok());
  CHECK_FALSE(plain_size(UINT64_MAX).ok());
}

TEST_CASE("a header round-trips and has its documented bytes") {
  const Header raw = header(id);
  CHECK(to_hex(raw) == "62756c6b68656164207365616c656401000102030405060708090a0b0c0d0e0f");
  CHECK(*parse_header(raw) == id);
}

TEST_CASE("any other label, version or length is refused") {
  for (std::size_t i = 0; i < header_size - id.size(); ++i) {
    Header raw = header(id);
    raw[i] ^= 1;
    const auto parsed = parse_header(raw);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().kind() == (i == 15 ? Errc::unsupported : Errc::corrupt));
  }
  Bytes longer = to_bytes(header(id));
  longer.push_back(0);
  CHECK(parse_header(longer).error().kind() == Errc::corrupt);
  for (std::size_t size = 0; size < header_size; ++size) {
    CHECK(parse_header(ByteView{longer}.first(size)).error().kind() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace bulkhead::seal
