#include "crypt/verify.h"

#include <doctest/doctest.h>

#include <fstream>

#include "base/encode.h"

using namespace bulkhead;
using namespace bulkhead::crypt;

TEST_CASE("verify: selected ECDSA P-256 signatures of Wycheproof") {
  std::ifstream file{std::string{BULKHEAD_VECTORS} + "/crypt/ecdsa_p256_sha256.txt"};
  std::size_t right = 0;
  std::size_t wrong = 0;
  std::string expect, number, point, message, r, s;
  const auto bytes = [](const std::string& hex) { return hex == "-" ? Bytes{} : *from_hex(hex); };
  while (file >> expect >> number >> point >> message >> r >> s) {
    CAPTURE(number);
    const bool is_right = ecdsa_verify(Curve::p256, HashKind::sha256, bytes(point), bytes(message), bytes(r), bytes(s));
    CHECK(is_right == (expect == "right"));
    ++(expect == "right" ? right : wrong);
    CHECK(ec_point_is_on(Curve::p256, bytes(point)));
    CHECK_FALSE(ec_point_is_on(Curve::p384, bytes(point)));
    CHECK_FALSE(ecdsa_verify(Curve::p256, HashKind::sha512, bytes(point), bytes(message), bytes(r), bytes(s)));
    CHECK_FALSE(ecdsa_verify(Curve::p384, HashKind::sha256, bytes(point), bytes(message), bytes(r), bytes(s)));
    CHECK_FALSE(ecdsa_verify(Curve::p256, HashKind::sha1, bytes(point), bytes(message), bytes(r), bytes(s)));
  }
  CHECK(right >= 50);
  CHECK(wrong >= 80);
}

TEST_CASE("verify: points that are none") {
  Bytes point = *from_hex(
      "0404aaec73635726f213fb8a9e64da3b8632e41495a944d0045b522eba7240fad587d9315798aaa3a5ba01775787ced05eaaf7b4e09fc81d"
      "6d1aa546e8365d525d");
  REQUIRE(ec_point_is_on(Curve::p256, point));
  CHECK_FALSE(ec_point_is_on(Curve::p256, {}));
  CHECK_FALSE(ec_point_is_on(Curve::p256, Bytes(1)));   // infinity
  CHECK_FALSE(ec_point_is_on(Curve::p256, Bytes(65)));  // not of the uncompressed form
  CHECK_FALSE(ec_point_is_on(Curve::p256, ByteView{point}.first(64)));
  point[0] = 6;  // hybrid form
  CHECK_FALSE(ec_point_is_on(Curve::p256, point));
  point[0] = 4;
  point[64] ^= 1;
  CHECK_FALSE(ec_point_is_on(Curve::p256, point));
  Bytes compressed = to_bytes(ByteView{point}.first(33));
  compressed[0] = 3;
  CHECK_FALSE(ec_point_is_on(Curve::p256, compressed));
}

TEST_CASE("verify: limits of RSA keys") {
  const auto usable = [](std::size_t size, std::uint8_t first, const Bytes& exponent) {
    Bytes modulus(size, 0xff);
    modulus.front() = first;
    return rsa_key_is_usable(modulus, exponent);
  };
  const Bytes f4{1, 0, 1};
  CHECK(usable(256, 0x80, f4));
  CHECK_FALSE(usable(256, 0x7f, f4));  // 2047 bits
  CHECK_FALSE(usable(256, 0, f4));
  CHECK(usable(2'048, 0xff, f4));
  CHECK_FALSE(usable(2'049, 1, f4));
  CHECK(usable(256, 0x80, {3}));
  CHECK_FALSE(usable(256, 0x80, {1}));
  CHECK_FALSE(usable(256, 0x80, {2}));
  CHECK_FALSE(usable(256, 0x80, {1, 0, 0}));
  CHECK_FALSE(usable(256, 0x80, {}));
  CHECK_FALSE(usable(256, 0x80, {0, 3}));
  CHECK_FALSE(usable(256, 0x80, Bytes(9, 1)));
  Bytes even(256, 0xff);
  even.back() = 0xfe;
  CHECK_FALSE(rsa_key_is_usable(even, f4));
  CHECK_FALSE(rsa_verify(HashKind::sha256, even, f4, {}, Bytes(256)));
}
