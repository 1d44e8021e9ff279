#include "hasher/argon2id.h"

#include <doctest/doctest.h>

#include "base/encode.h"

using namespace bulkhead;

namespace {

Result<std::string> tag_of(std::string_view password, std::string_view salt, std::uint32_t memory_kib,
                           std::uint32_t passes) {
  Bytes bytes = to_bytes(password);
  const std::array<std::uint8_t, 32> tag = TRY(hasher::argon2id(bytes, as_bytes(salt), memory_kib, passes));
  return to_hex(tag);
}

}  // namespace

TEST_CASE("argon2id: the published tags of version 1.3 with one lane") {
  CHECK(*tag_of("password", "somesalt", 65536, 2) ==
        "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
  CHECK(*tag_of("password", "somesalt", 256, 2) == "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
  CHECK(*tag_of("differentpassword", "somesalt", 65536, 2) ==
        "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde");
  CHECK(*tag_of("password", "diffsalt", 65536, 2) ==
        "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c");
}

TEST_CASE("argon2id: every limit is refused one beyond it, and the password is wiped") {
  CHECK(tag_of(std::string(1024, 'x'), "somesalt", 8, 1).ok());
  CHECK(tag_of(std::string(1025, 'x'), "somesalt", 8, 1).error().kind() == Errc::invalid);
  CHECK(tag_of("p", "somesalt", 64 * 1024 + 1, 1).error().kind() == Errc::invalid);
  CHECK(tag_of("p", "somesalt", 7, 1).error().kind() == Errc::invalid);
  CHECK(tag_of("p", "somesalt", 8, 0).error().kind() == Errc::invalid);
  CHECK(tag_of("p", "somesalt", 8, 11).error().kind() == Errc::invalid);
  CHECK(tag_of("p", "seven77", 8, 1).error().kind() == Errc::invalid);
  CHECK(tag_of("", "somesalt", 8, 1).ok());

  Bytes password = to_bytes("secret words");
  REQUIRE(hasher::argon2id(password, as_bytes("somesalt"), 8, 1).ok());
  CHECK(password == Bytes(12));
}
