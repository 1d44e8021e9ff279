// An ask as it would come over the channel. What is admitted names our own version and offer: the hash of any change of
// the client's part is another one.
#include "ipc/wire.h"
#include "signet/exchange_form.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  if (size < 1) return 0;
  const bool first = (data[0] & 1U) != 0;
  const Result<asks::SignExchange> ask = ipc::decode<asks::SignExchange>(ByteView{data + 1, size - 1}, "sign_exchange");
  if (!ask.ok()) return 0;
  // A cookie that fits, as far as one can: what the rest of an offer must be is the question here.
  Bytes cookie;
  if (first) cookie = Bytes(ssh::kex_cookie_size);
  if (first && ask->server_kexinit.size() > cookie.size())
    copy_to(cookie, ByteView{ask->server_kexinit}.subspan(1, cookie.size()));
  const Bytes key(51, 7);
  const auto host_key = [&key](std::string_view) { return ByteView{key}; };
  const Result<signet::Exchange> exchange = signet::exchange_form(*ask, cookie, host_key);
  if (!exchange.ok()) return 0;
  ENSURE(exchange->hash.size() >= 32 && exchange->hash.size() <= 64);
  asks::SignExchange other = *ipc::decode<asks::SignExchange>(ByteView{data + 1, size - 1}, "sign_exchange");
  other.client_share[0] ^= 1U;
  ENSURE(signet::exchange_form(other, cookie, host_key)->hash != exchange->hash);
  return 0;
}
