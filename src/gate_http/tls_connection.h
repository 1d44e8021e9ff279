#pragma once
// The gate's Stream over TLS: waits for the peer and for hull at once when idle.
#include "gate_http/stream.h"
#include "gate_http/tls/stream.h"

namespace bulkhead::gate_http {

class TlsConnection final : public Stream {
 public:
  // `socket` is the descriptor under `tls`; `control` is readable when hull says stop.
  TlsConnection(TlsStream& tls, int socket, int control) : tls_{tls}, socket_{socket}, control_{control} {}

  bool wait_idle(std::int64_t timeout_ms) override;
  Result<std::size_t> read_some(MutableByteView out, std::int64_t timeout_ms) override;
  Result<void> write_all(ByteView data) override { return tls_.write_all(data); }

 private:
  TlsStream& tls_;
  int socket_;
  int control_;
};

}  // namespace bulkhead::gate_http
