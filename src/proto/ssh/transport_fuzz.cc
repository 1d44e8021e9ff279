// The state machine of the transport. The first byte says how far an honest client went before: nothing, the
// identification, the first exchange, sign-on, half a rekey of either side. Then come raw bytes, or messages (u16
// length, payload) under its keys.
#include "proto/ssh/client_double.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bulkhead::ssh {
namespace {

enum class Before : std::uint8_t { nothing, version, kexinit, handshake, connected, our_rekey, their_rekey };

void go_to(Pair& pair, Before before) {
  if (before == Before::nothing) return;
  if (before <= Before::kexinit) {
    pair.send_version();
    if (before == Before::kexinit) pair.send_kexinit();
    ENSURE(pair.to_server());
    return;
  }
  ENSURE(before == Before::handshake ? pair.handshake() : pair.connect());
  if (before == Before::our_rekey) {
    pair.follow = false;
    pair.now += MonotonicMs{4'000} * 1'000;
    pair.send(number::ignore);
    ENSURE(pair.to_server());
    ENSURE(!pair.server.may_send());
  }
  if (before == Before::their_rekey) {
    pair.begin_rekey();
    ENSURE(pair.to_server());
  }
}

void send_messages(Pair& pair, ByteView bytes) {
  Reader reader{bytes};
  while (reader.remaining() > 2) {
    const std::size_t wanted = reader.u16();
    const ByteView payload = reader.bytes(std::min(wanted, reader.remaining()));
    if (payload.empty()) continue;
    pair.send(payload);
    const std::size_t before = pair.delivered.size();
    const State state = pair.server.state();
    if (!pair.to_server()) return;
    // What went up was admitted where it arrived, and is what was sent.
    for (std::size_t i = before; i < pair.delivered.size(); ++i) {
      ENSURE(admits(state, pair.delivered.at(i).front()));
      ENSURE(as_text(pair.delivered.at(i)) == as_text(payload));
    }
    if (pair.server.may_send()) pair.server.send(Bytes{number::request_failure});
    pair.server.sent(pair.server.output().size());
  }
}

}  // namespace
}  // namespace bulkhead::ssh

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  if (size < 2) return 0;
  ssh::Pair pair;
  const bool raw = (data[0] & 0x80U) != 0;
  ssh::go_to(pair, static_cast<ssh::Before>((data[0] & 0x7fU) % 7));
  const ByteView bytes = ByteView{data, size}.subspan(1);
  if (raw) {
    pair.put_raw(bytes);
    if (pair.to_server(1 + size / 3)) ENSURE(pair.server.output().size() < 64 * 1024);
  } else {
    ssh::send_messages(pair, bytes);
  }
  return 0;
}
