#pragma once
// Random bytes from libcrypto's DRBG (seeded by getrandom). Never fails: a machine without randomness ends the process.
#include "base/bytes.h"
#include "base/secret.h"

namespace bulkhead::crypt {

void fill_random(MutableByteView out);
Secret random_secret(std::size_t size);
std::uint64_t random_u64();

}  // namespace bulkhead::crypt
