#include "crypt/random.h"

#include <openssl/rand.h>

#include "base/die.h"

namespace bulkhead::crypt {

void fill_random(MutableByteView out) {
  ENSURE(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

Secret random_secret(std::size_t size) {
  Secret out = Secret::zeroed(size);
  fill_random(out.mutable_view());
  return out;
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  std::uint8_t raw[sizeof value];
  fill_random(raw);
  std::memcpy(&value, raw, sizeof value);
  return value;
}

}  // namespace bulkhead::crypt
