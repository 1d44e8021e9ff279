#include "gate_ssh/link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace bulkhead::gate_ssh {
namespace {

constexpr short happened(short wanted) {
  return static_cast<short>(wanted | POLLHUP | POLLERR);
}

bool nothing_now() {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

Result<Link> Link::make(Fd socket, int control) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return fail_errno("make the socket non-blocking");
  return Link{std::move(socket), control};
}

Result<std::size_t> Link::read(MutableByteView out) {
  const ssize_t got = ::read(socket_.get(), out.data(), out.size());
  if (got > 0) return static_cast<std::size_t>(got);
  if (got == 0) return fail(Errc::io, "the peer has hung up");
  if (nothing_now()) return std::size_t{0};
  return fail_errno("read from the peer");
}

Result<std::size_t> Link::write(ByteView data) {
  const ssize_t sent = ::write(socket_.get(), data.data(), data.size());
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (nothing_now()) return std::size_t{0};
  return fail_errno("write to the peer");
}

void Link::finish() {
  static_cast<void>(::shutdown(socket_.get(), SHUT_WR));  // the peer may be gone: then there is nobody to tell
}

Link::Ready Link::wait(const Interest& interest, MonotonicMs timeout_ms) {
  const auto events = static_cast<short>((interest.input ? POLLIN : 0) | (interest.output ? POLLOUT : 0));
  // A descriptor of -1 is passed over. Without interest the socket would only tell of a hang-up, again and again.
  std::array waits{pollfd{events != 0 ? socket_.get() : -1, events, 0}, pollfd{interest.porter, POLLIN, 0},
                   pollfd{interest.control ? control_ : -1, POLLIN, 0}};
  const auto timeout = static_cast<int>(std::clamp<MonotonicMs>(timeout_ms, 0, INT_MAX));
  if (::poll(waits.data(), waits.size(), timeout) < 0) {
    ENSURE(errno == EINTR);
    return {};
  }
  return Ready{(waits[0].revents & happened(POLLIN)) != 0 && interest.input,
               (waits[0].revents & happened(POLLOUT)) != 0 && interest.output, waits[1].revents != 0,
               waits[2].revents != 0};
}

}  // namespace bulkhead::gate_ssh
