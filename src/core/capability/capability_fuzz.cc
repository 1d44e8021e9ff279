// Two ways in: the bytes as a gate would hand them over, and as a body under a right signature, so that the parser
// behind the signature is reached too. Whatever verifies must be well formed and sign to the same bytes.
#include "core/capability/capability.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  if (size > capability::signed_size_max + 8) return 0;
  constexpr std::uint64_t connection = 0x0102030405060708;
  constexpr UnixMs now = 1'795'000'000'000;
  const Bytes seed(crypt::ed25519_seed_size, 7);
  static const crypt::Ed25519Public key = crypt::ed25519_public(seed);
  const ByteView input{data, size};

  ENSURE(!capability::verify(key, input, connection, now).ok());

  Bytes body = to_bytes(input);
  const auto signature = crypt::ed25519_sign(seed, body);
  body.insert(body.end(), signature.begin(), signature.end());
  const auto verified = capability::verify(key, body, connection, now);
  if (!verified.ok()) return 0;
  ENSURE(capability::well_formed(**verified) && (*verified)->connection == connection && now < (*verified)->expires);
  ENSURE(capability::sign(seed, **verified) == body);
  return 0;
}
