// How libcrypto is called: vectors/crypt/, made from published vectors by vectors/crypt/generate.py.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/vector_cases.h"
#include "crypt/aead.h"
#include "crypt/ed25519.h"

namespace bulkhead::crypt {
namespace {

TEST_CASE("AES-256-GCM: what is sealed, and which tags are refused") {
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/crypt/aes_256_gcm.txt");
  CHECK(cases.size() == 66);
  std::size_t refused = 0;
  for (const VectorCase& vector : cases) {
    CAPTURE(vector.text("about"));
    const Bytes nonce = vector.hex("nonce");
    const Bytes associated = vector.hex("associated");
    const Bytes plaintext = vector.hex("plaintext");
    Bytes sealed = vector.hex("ciphertext");
    REQUIRE(sealed.size() == plaintext.size());
    const Bytes tag = vector.hex("tag");
    sealed.insert(sealed.end(), tag.begin(), tag.end());

    Aead aead{vector.hex("key")};
    Bytes made(sealed.size());
    aead.seal(made, nonce, associated, plaintext);
    Bytes opened(plaintext.size(), 0xee);
    const Result<void> result = aead.open(opened, nonce, associated, sealed);
    if (vector.text("expect") == "ok") {
      CHECK(made == sealed);
      CHECK(result.ok());
      CHECK(opened == plaintext);
    } else {
      CHECK(made != sealed);
      REQUIRE(!result.ok());
      CHECK(result.error().kind() == Errc::corrupt);
      CHECK(std::ranges::all_of(opened, [](std::uint8_t byte) { return byte == 0; }));
      ++refused;
    }
  }
  CHECK(refused == 27);
}

TEST_CASE("Ed25519: which signatures are right") {
  const auto cases = read_vector_cases(BULKHEAD_VECTORS "/crypt/ed25519.txt");
  CHECK(cases.size() == 151);
  std::size_t refused = 0;
  for (const VectorCase& vector : cases) {
    CAPTURE(vector.text("about"));
    const Bytes key = vector.hex("public_key");
    Ed25519Public public_key{};
    REQUIRE(key.size() == public_key.size());
    copy_to(public_key, key);
    const bool expected = vector.text("expect") == "ok";
    CHECK(ed25519_verify(public_key, vector.hex("message"), vector.hex("signature")) == expected);
    refused += expected ? 0 : 1;
  }
  CHECK(refused == 63);
}

}  // namespace
}  // namespace bulkhead::crypt
