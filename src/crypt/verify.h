#pragma once
// Checking of ECDSA (FIPS 186-4) and RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) signatures over libcrypto. Numbers are
// unsigned and big-endian. Every failure inside libcrypto, of memory too, counts as wrong.
#include "base/bytes.h"
#include "crypt/hash.h"

namespace bulkhead::crypt {

enum class Curve : std::uint8_t { p256, p384, p521 };
// Bytes of a coordinate, and of r and s at most.
std::size_t curve_size(Curve curve);

// True only for an uncompressed point of the curve (SEC 1 section 2.3.3), which is not the point at infinity.
[[nodiscard]] bool ec_point_is_on(Curve curve, ByteView point);
// False unless 0 < r, s < order and the signature is right. `point` as above.
[[nodiscard]] bool ecdsa_verify(Curve curve, HashKind hash, ByteView point, ByteView message, ByteView r, ByteView s);

inline constexpr unsigned rsa_modulus_bits_min = 2'048;
inline constexpr unsigned rsa_modulus_bits_max = 16'384;
inline constexpr std::size_t rsa_exponent_size_max = 8;  // bytes

// Whether modulus and exponent are within the limits above, without leading zeros, both odd, the exponent 3 or more.
[[nodiscard]] bool rsa_key_is_usable(ByteView modulus, ByteView exponent);
// False unless the signature has the size of the modulus and is right; rsa_key_is_usable() is asked first. Not for sha1
// and md5.
[[nodiscard]] bool rsa_verify(HashKind hash, ByteView modulus, ByteView exponent, ByteView message, ByteView signature);

}  // namespace bulkhead::crypt
