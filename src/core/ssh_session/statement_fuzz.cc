// Two ways in: the bytes as a gate would hand them over, and as a body under a right signature.
#include "core/ssh_session/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  namespace session = bulkhead::ssh_session;
  if (size > session::statement_size_max + 8) return 0;
  constexpr std::uint64_t connection = 0x0102030405060708;
  const Bytes seed(crypt::ed25519_seed_size, 7);
  static const crypt::Ed25519Public key = crypt::ed25519_public(seed);
  const ByteView input{data, size};
  ENSURE(!session::verify(key, input, connection).ok());

  Bytes body = to_bytes(input);
  const auto signature = crypt::ed25519_sign(seed, body);
  body.insert(body.end(), signature.begin(), signature.end());
  const auto verified = session::verify(key, body, connection);
  if (!verified.ok()) return 0;
  ENSURE(verified->connection == connection && session::sign(seed, *verified) == body);
  return 0;
}
