#pragma once
// Ed25519 (RFC 8032) over libcrypto.
#include <array>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::crypt {

using Ed25519Public = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;
inline constexpr std::size_t ed25519_seed_size = 32;

// `seed` is the 32-byte private key of RFC 8032 section 5.1.5.
Ed25519Public ed25519_public(ByteView seed);
Ed25519Signature ed25519_sign(ByteView seed, ByteView message);
// True only if the signature is right; every failure inside libcrypto counts as wrong.
[[nodiscard]] bool ed25519_verify(const Ed25519Public& key, ByteView message, ByteView signature);

}  // namespace bulkhead::crypt
