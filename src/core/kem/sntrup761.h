#pragma once
// sntrup761: Streamlined NTRU Prime of the round-3 submission, as in the SSH method sntrup761x25519-sha512 (RFC 9941).
// Pure but for crypt/random.h. Vectors: vectors/kem/sntrup761.txt.
//
// Constant time with respect to the secret key, the short polynomial r and the shared secret: see constant_time.h and
// sntrup761_ring.h. Lengths, the public key and the ciphertext are public. Only key generation branches on a secret: it
// starts over when g has no inverse, which says nothing about the g it keeps. Decapsulation of a wrong ciphertext does
// the same work and gives a secret that looks like any other (implicit rejection). What is secret and not returned is
// wiped.
#include <array>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::kem::sntrup761 {

inline constexpr std::size_t public_key_size = 1158;
inline constexpr std::size_t secret_key_size = 1763;  // f, 1/g, public key, rho, hash of the public key
inline constexpr std::size_t ciphertext_size = 1039;
inline constexpr std::size_t shared_secret_size = 32;
inline constexpr std::size_t random_size = 4 * 761;  // little-endian words, from which the short polynomial r is sorted

struct KeyPair {
  std::array<std::uint8_t, public_key_size> public_key;
  Secret secret_key;
};
struct Encapsulated {
  std::array<std::uint8_t, ciphertext_size> ciphertext;
  Secret shared;
};

// Some milliseconds: a client's work.
KeyPair generate();

// Errc::invalid for another length. Every content is a key: the encoding reduces, and has no checks.
Result<Encapsulated> encapsulate(ByteView public_key);
// The same with given random bytes, which must be secret and used once: for vectors. Errc::invalid for another length.
Result<Encapsulated> encapsulate_from(ByteView public_key, ByteView random);

// Errc::invalid for other lengths. A ciphertext that was not made for this key is no error.
Result<Secret> decapsulate(ByteView secret_key, ByteView ciphertext);

}  // namespace bulkhead::kem::sntrup761
