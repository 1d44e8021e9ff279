#pragma once
// What the layers above the transport send by. Messages of their own wait, in their order, while a key exchange forbids
// them (RFC 4253 section 7.1); data does not: there is no room for it then.
#include <deque>

#include "proto/ssh/transport.h"

namespace bulkhead::gate_ssh {

class Wire {
 public:
  // Bytes of data that may be handed over now.
  virtual std::size_t room() const = 0;
  // One message of at most ssh::message_size_max bytes, while there is room() for its data.
  virtual void send_data(std::span<const ByteView> pieces) = 0;
  // A short message.
  virtual void send(Bytes message) = 0;

 protected:
  ~Wire() = default;
};

// Encrypted bytes that wait for the socket: beyond this there is no room for data.
inline constexpr std::size_t output_max = 1024 * 1024;
// Messages that wait for the end of a key exchange: a peer that makes more of them does not mean well.
inline constexpr std::size_t waiting_max = 1'024;

class TransportWire final : public Wire {
 public:
  // `transport` outlives this.
  explicit TransportWire(ssh::Transport& transport) : transport_{transport} {}

  std::size_t room() const override;
  void send_data(std::span<const ByteView> pieces) override { transport_.send(pieces); }
  void send(Bytes message) override;

  // Sends what waited, if it may. Errc::exhausted when too much waits.
  Result<void> flush();

 private:
  ssh::Transport& transport_;
  std::deque<Bytes> waiting_;
};

}  // namespace bulkhead::gate_ssh
