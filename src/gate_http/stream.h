#pragma once
// What a connection reads from and writes to; TlsStream in life, a socket pair in tests.
#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::gate_http {

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  // Between two requests: true when there is something to read, false when the connection should end instead, because
  // nothing came within `timeout_ms` or the server is stopping.
  virtual bool wait_idle(std::int64_t timeout_ms) = 0;
  // At least one byte; 0 only at the clean end of the peer's side. `timeout_ms` without any byte: Errc::expired.
  virtual Result<std::size_t> read_some(MutableByteView out, std::int64_t timeout_ms) = 0;
  virtual Result<void> write_all(ByteView data) = 0;
};

}  // namespace bulkhead::gate_http
