#pragma once
// ML-KEM-768 of FIPS 203 (NIST security category 3). Pure but for crypt/random.h. Vectors: vectors/kem/ml_kem_768.txt.
//
// Constant time with respect to the secret key, the message m and the shared secret: see constant_time.h and
// ml_kem_poly.h. Lengths, the encapsulation key and the ciphertext are public. Decapsulation of a wrong ciphertext does
// the same work and gives a secret that looks like any other (implicit rejection): the caller cannot tell either. What
// is secret and not returned is wiped.
#include <array>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::kem::ml_kem_768 {

inline constexpr std::size_t public_key_size = 1184;  // encapsulation key: t, rho
inline constexpr std::size_t secret_key_size = 2400;  // decapsulation key: s, encapsulation key, its hash, z
inline constexpr std::size_t ciphertext_size = 1088;
inline constexpr std::size_t shared_secret_size = 32;
inline constexpr std::size_t seed_size = 64;     // d || z
inline constexpr std::size_t message_size = 32;  // m

struct KeyPair {
  std::array<std::uint8_t, public_key_size> public_key;
  Secret secret_key;
};
struct Encapsulated {
  std::array<std::uint8_t, ciphertext_size> ciphertext;
  Secret shared;
};

// ML-KEM.KeyGen.
KeyPair generate();
// ML-KEM.KeyGen_internal(d, z): the key of a stored seed. Errc::invalid for a seed of another length.
Result<KeyPair> generate_from(ByteView seed);

// ML-KEM.Encaps. Errc::invalid for another length, or a coefficient that is not below q (section 7.2).
Result<Encapsulated> encapsulate(ByteView public_key);
// ML-KEM.Encaps_internal, after the same checks. `message` must be random, secret and used once: for vectors.
Result<Encapsulated> encapsulate_from(ByteView public_key, ByteView message);

// ML-KEM.Decaps. Errc::invalid for other lengths, or a secret key that does not hold the hash of its encapsulation key
// (section 7.3). A ciphertext that was not made for this key is no error.
Result<Secret> decapsulate(ByteView secret_key, ByteView ciphertext);

}  // namespace bulkhead::kem::ml_kem_768
