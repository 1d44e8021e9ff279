#include "gate_ssh/wire.h"

namespace bulkhead::gate_ssh {

std::size_t TransportWire::room() const {
  if (!waiting_.empty() || !transport_.may_send()) return 0;
  const std::size_t pending = transport_.output().size();
  return pending < output_max ? output_max - pending : 0;
}

void TransportWire::send(Bytes message) {
  if (waiting_.empty() && transport_.may_send()) return transport_.send(message);
  waiting_.push_back(std::move(message));
}

Result<void> TransportWire::flush() {
  while (!waiting_.empty() && transport_.may_send()) {
    transport_.send(waiting_.front());
    waiting_.pop_front();
  }
  if (waiting_.size() > waiting_max) return fail(Errc::exhausted, "too many requests within a key exchange");
  return {};
}

}  // namespace bulkhead::gate_ssh
