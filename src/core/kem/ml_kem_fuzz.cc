// Keys and ciphertexts of ML-KEM-768 from a hostile peer. Input: what to do, then bytes: they are the key or the
// ciphertext, or stand over the start of a good one. Nothing crashes, a changed ciphertext is a rejection that is
// always the same, and what is encapsulated for a good key is decapsulated.
#include <algorithm>

#include "base/die.h"
#include "core/kem/ml_kem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  namespace kem = bulkhead::kem::ml_kem_768;
  static const kem::KeyPair pair = kem::generate_from(Bytes(kem::seed_size, 0x5a)).value();
  static const kem::Encapsulated good = kem::encapsulate_from(pair.public_key, Bytes(kem::message_size, 0xa5)).value();
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
      ENSURE(input.size() == kem::public_key_size || !kem::encapsulate_from(input, Bytes(kem::message_size)).ok());
      break;
    case 1: {
      const Bytes public_key = over(pair.public_key);
      const auto made = kem::encapsulate_from(public_key, Bytes(kem::message_size, 0xa5));
      if (std::ranges::equal(public_key, pair.public_key)) ENSURE(made.ok() && made->ciphertext == good.ciphertext);
      break;
    }
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
      static_cast<void>(kem::decapsulate(over(own_key), good.ciphertext));
      break;
    default: {
      const kem::Encapsulated fresh = kem::encapsulate_from(pair.public_key, over(Bytes(kem::message_size))).value();
      ENSURE(equal_constant_time(fresh.shared.view(), kem::decapsulate(own_key, fresh.ciphertext)->view()));
    }
  }
  return 0;
}
