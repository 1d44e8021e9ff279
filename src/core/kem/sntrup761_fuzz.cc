// Keys and ciphertexts of sntrup761 from a hostile peer. Input: what to do, then bytes: they are the key or the
// ciphertext, or stand over the start of a good one. Nothing crashes, every key of the right length is one, a changed
// ciphertext is a rejection that is always the same, and what is encapsulated for a good key is decapsulated.
#include <algorithm>

#include "base/die.h"
#include "core/kem/sntrup761.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  namespace kem = bulkhead::kem::sntrup761;
  static const kem::KeyPair pair = kem::generate();
  static const kem::Encapsulated good = kem::encapsulate_from(pair.public_key, Bytes(kem::random_size, 0xa5)).value();
  if (size == 0) return 0;
  const ByteView input = ByteView{data, size}.subspan(1);
  const auto over = [&](ByteView base) {
    Bytes bytes = to_bytes(base);
    copy_to(bytes, input.first(std::min(input.size(), bytes.size())));
    return bytes;
  };
  const ByteView own_key = pair.secret_key.view();
  switch (data[0] % 6) {
    case 0:
      ENSURE(kem::encapsulate_from(input, Bytes(kem::random_size)).ok() == (input.size() == kem::public_key_size));
      break;
    case 1:
      ENSURE(kem::encapsulate_from(over(pair.public_key), Bytes(kem::random_size, 0xa5)).ok());
      break;
    case 2:
      ENSURE(kem::decapsulate(own_key, input).ok() == (input.size() == kem::ciphertext_size));
      break;
    case 3: {
      const Bytes ciphertext = over(good.ciphertext);
      const Secret shared = kem::decapsulate(own_key, ciphertext).value();
      ENSURE(equal_constant_time(shared.view(), kem::decapsulate(own_key, ciphertext)->view()));
      ENSURE(equal_constant_time(shared.view(), good.shared.view()) == std::ranges::equal(ciphertext, good.ciphertext));
      break;
    }
    case 4:
      ENSURE(kem::decapsulate(over(own_key), good.ciphertext).ok());
      break;
    default: {
      const kem::Encapsulated fresh = kem::encapsulate_from(pair.public_key, over(Bytes(kem::random_size))).value();
      ENSURE(equal_constant_time(fresh.shared.view(), kem::decapsulate(own_key, fresh.ciphertext)->view()));
    }
  }
  return 0;
}
