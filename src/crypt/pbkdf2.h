#pragma once
// PBKDF2 with HMAC (RFC 8018 section 5.2), for hashes that other servers made.
#include "base/result.h"
#include "crypt/hash.h"

namespace bulkhead::crypt {

// Errc::invalid when libcrypto refuses the parameters. `rounds` from 1, `size` in bytes from 1.
Result<Bytes> pbkdf2(HashKind kind, ByteView password, ByteView salt, std::uint32_t rounds, std::size_t size);

}  // namespace bulkhead::crypt
