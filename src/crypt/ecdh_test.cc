#include "crypt/ecdh.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "base/encode.h"

namespace bulkhead::crypt {
namespace {

// vectors/crypt: private key, peer's share, then the shared secret or "refused".
void check_file(const std::string& path, Curve curve) {
  std::ifstream file{path};
  std::string line;
  int good = 0;
  int refused = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream fields{line};
    std::string private_key, share, shared;
    fields >> private_key >> share >> shared;
    if (share == "-") share.clear();
    CAPTURE(line);
    const EphemeralKey key = EphemeralKey::from_pair(curve, from_hex(private_key).value(), {}).value();
    const Result<Secret> made = key.agree(from_hex(share).value());
    if (shared == "refused") {
      CHECK_FALSE(made.ok());
      if (!made.ok()) CHECK(made.error().kind() == Errc::invalid);
      ++refused;
    } else {
      REQUIRE(made.ok());
      CHECK(to_hex(made->view()) == shared);
      ++good;
    }
  }
  CHECK(good > 20);
  CHECK(refused > 5);
}

TEST_CASE("X25519 vectors, points of low order refused") {
  check_file(BULKHEAD_VECTORS "/crypt/x25519.txt", Curve::x25519);
}

TEST_CASE("ECDH P-256 vectors, points off the curve refused") {
  check_file(BULKHEAD_VECTORS "/crypt/ecdh_p256.txt", Curve::p256);
}

TEST_CASE("two fresh keys agree, and wrong lengths are refused") {
  for (Curve curve : {Curve::x25519, Curve::p256, Curve::p384}) {
    const EphemeralKey left = EphemeralKey::generate(curve).value();
    const EphemeralKey right = EphemeralKey::generate(curve).value();
    CHECK(left.public_share().size() == share_size(curve));
    const Secret one = left.agree(right.public_share()).value();
    const Secret two = right.agree(left.public_share()).value();
    CHECK(one.size() == shared_secret_size(curve));
    CHECK(equal_constant_time(one.view(), two.view()));
    Bytes longer = to_bytes(right.public_share());
    longer.push_back(0);
    CHECK(left.agree(longer).error().kind() == Errc::invalid);
    CHECK(left.agree(ByteView{longer}.first(share_size(curve) - 1)).error().kind() == Errc::invalid);
    CHECK(left.agree({}).error().kind() == Errc::invalid);
    CHECK(left.agree(Bytes(share_size(curve))).error().kind() == Errc::invalid);
  }
}

TEST_CASE("P-384: a point off the curve is refused") {
  const EphemeralKey key = EphemeralKey::generate(Curve::p384).value();
  Bytes share = to_bytes(EphemeralKey::generate(Curve::p384).value().public_share());
  CHECK(key.agree(share).ok());
  share.back() ^= 1U;
  CHECK(key.agree(share).error().kind() == Errc::invalid);
}

}  // namespace
}  // namespace bulkhead::crypt
