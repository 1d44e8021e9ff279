// Whatever is admitted has one of the few possible lengths, and any other length of the same bytes is refused.
#include "base/die.h"
#include "signet/handshake_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const ByteView content{data, size};
  const Result<signet::HandshakeForm> form = signet::handshake_form(content);
  if (!form.ok()) return 0;
  if (*form == signet::HandshakeForm::certificate_verify)
    ENSURE(size == 130 || size == 146);
  else
    ENSURE(size == 100 || size == 133 || size == 165);
  ENSURE(!signet::handshake_form(content.first(size - 1)).ok());
  Bytes longer = to_bytes(content);
  longer.push_back(0);
  ENSURE(!signet::handshake_form(longer).ok());
  return 0;
}
