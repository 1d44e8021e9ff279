#include "gate_http/tls_connection.h"

#include <poll.h>

#include <array>
#include <cerrno>

namespace bulkhead::gate_http {

bool TlsConnection::wait_idle(std::int64_t timeout_ms) {
  if (tls_.has_pending()) return true;
  std::array waits{pollfd{socket_, POLLIN, 0}, pollfd{control_, POLLIN, 0}};
  int ready = -1;
  while ((ready = ::poll(waits.data(), waits.size(), static_cast<int>(timeout_ms))) < 0 && errno == EINTR) {
  }
  return ready > 0 && waits[1].revents == 0;
}

Result<std::size_t> TlsConnection::read_some(MutableByteView out, std::int64_t timeout_ms) {
  tls_.set_stall(timeout_ms);
  return tls_.read_some(out);
}

}  // namespace bulkhead::gate_http
