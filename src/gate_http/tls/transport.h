#pragma once
// Transport: the accepted socket under a TlsStream, as an OpenSSL BIO that blocks with time-outs and that batches.
// Outgoing records (16 KiB each) gather until batch_size or a flush, then leave in one sendmsg. System calls: recvmsg,
// sendmsg and poll on the one socket, nothing else; the socket may be blocking or not.
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/fd.h"

struct bio_st;

namespace bulkhead::gate_http {

// Sixteen full records: 16 KiB of content, 5 bytes of head, at most 17 of content type and tag, rounded up.
inline constexpr std::size_t batch_size = 16 * (16 * 1024 + 32);

class Transport {
 public:
  // `stall_ms`: the longest wait for one step of progress.
  Transport(Fd socket, MonotonicMs stall_ms);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  bio_st* bio() { return bio_; }  // owned here

  void set_stall(MonotonicMs stall_ms) { stall_ms_ = stall_ms; }
  // Every wait ends at `deadline` as well.
  void set_deadline(std::optional<MonotonicMs> deadline) { deadline_ = deadline; }
  // While off, a read takes nothing off the socket and tells OpenSSL to try later.
  void set_reading(bool on) { reading_ = on; }

  // Sends what has gathered. Errc::expired when the peer takes nothing for too long, Errc::io when it has gone.
  Result<void> flush();
  // Reads and drops until the peer has gone, or `wait_ms` or `linger_size_max` bytes are over.
  void drain(MonotonicMs wait_ms);

  // Why the last BIO operation failed, if the socket was the reason; taken once.
  std::optional<Error> take_error() { return std::exchange(error_, std::nullopt); }

 private:
  friend struct TransportBio;
  Result<std::size_t> receive(MutableByteView out);  // 0: the peer has ended its side
  Result<void> append(ByteView data);
  Result<void> send_all(ByteView data);
  Result<void> wait(short events);
  void release_batch();

  Fd socket_;
  bio_st* bio_;
  MonotonicMs stall_ms_;
  std::optional<MonotonicMs> deadline_;
  bool reading_ = true;
  bool ended_ = false;                     // the peer's side, with or without close_notify
  std::unique_ptr<std::uint8_t[]> batch_;  // only while there is a flow of outgoing data: idle connections are many
  std::size_t batched_ = 0;
  std::optional<Error> error_;
};

}  // namespace bulkhead::gate_http
