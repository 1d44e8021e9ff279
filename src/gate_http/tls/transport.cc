#include "gate_http/tls/transport.h"

#include <openssl/bio.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace bulkhead::gate_http {
namespace {

constexpr std::size_t linger_size_max = 4 * 1024 * 1024;

}  // namespace

// The functions OpenSSL calls. Errors stay in the Transport; OpenSSL only hears that it failed.
struct TransportBio {
  static Transport& of(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* data, int size) {
    Transport& transport = of(bio);
    BIO_clear_retry_flags(bio);
    if (!transport.reading_) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const MutableByteView out{reinterpret_cast<std::uint8_t*>(data), static_cast<std::size_t>(size)};  // NOLINT
    const Result<std::size_t> got = transport.receive(out);
    if (!got.ok()) transport.error_ = got.error();
    transport.ended_ = got.ok() && *got == 0;
    return got.ok() ? static_cast<int>(*got) : -1;
  }

  static int write(BIO* bio, const char* data, int size) {
    Transport& transport = of(bio);
    BIO_clear_retry_flags(bio);
    const Result<void> done = transport.append(as_bytes({data, static_cast<std::size_t>(size)}));
    if (!done.ok()) transport.error_ = done.error();
    return done.ok() ? size : -1;
  }

  static long control(BIO* bio, int command, long, void*) {
    Transport& transport = of(bio);
    if (command == BIO_CTRL_EOF) return transport.ended_ ? 1 : 0;
    if (command != BIO_CTRL_FLUSH) return 0;
    const Result<void> done = transport.flush();
    if (!done.ok()) transport.error_ = done.error();
    return done.ok() ? 1 : -1;
  }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bulkhead transport");
      ENSURE(method != nullptr && BIO_meth_set_read(method, read) == 1 && BIO_meth_set_write(method, write) == 1 &&
             BIO_meth_set_ctrl(method, control) == 1);
      return method;
    }();
    return made;
  }
};

Transport::Transport(Fd socket, MonotonicMs stall_ms)
    : socket_{std::move(socket)}, bio_{BIO_new(TransportBio::method())}, stall_ms_{stall_ms} {
  ENSURE(bio_ != nullptr);
  BIO_set_data(bio_, this);
  BIO_set_init(bio_, 1);
}

Transport::~Transport() {
  BIO_free(bio_);
}

Result<void> Transport::wait(short events) {
  const MonotonicMs start = monotonic_now_ms();
  const MonotonicMs end = deadline_ ? std::min(*deadline_, start + stall_ms_) : start + stall_ms_;
  for (;;) {
    const MonotonicMs left = end - monotonic_now_ms();
    if (left <= 0) return fail(Errc::expired, "the peer made no progress in time");
    pollfd waiting{socket_.get(), events, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<MonotonicMs>(left, INT_MAX)));
    if (ready > 0) return {};  // errors show in the call that follows
    if (ready < 0 && errno != EINTR) return fail_errno("wait for the peer");
  }
}

Result<std::size_t> Transport::receive(MutableByteView out) {
  // A slow sender of many small pieces must not outlive the deadline only because there is always something to read.
  if (deadline_ && monotonic_now_ms() >= *deadline_) return fail(Errc::expired, "the peer made no progress in time");
  iovec part{out.data(), out.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  for (;;) {
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail_errno("receive from the peer");
    release_batch();
    TRY(wait(POLLIN));
  }
}

Result<void> Transport::append(ByteView data) {
  while (!data.empty()) {
    if (batched_ == batch_size) TRY(flush());
    if (!batch_) batch_ = std::make_unique_for_overwrite<std::uint8_t[]>(batch_size);
    const ByteView piece = data.first(std::min(data.size(), batch_size - batched_));
    copy_to({batch_.get() + batched_, piece.size()}, piece);
    batched_ += piece.size();
    data = data.subspan(piece.size());
  }
  return {};
}

Result<void> Transport::flush() {
  const std::size_t size = std::exchange(batched_, 0);
  return send_all({batch_.get(), size});
}

Result<void> Transport::send_all(ByteView data) {
  while (!data.empty()) {
    iovec part{const_cast<std::uint8_t*>(data.data()), data.size()};  // NOLINT(*const-cast): iovec has no const form
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      data = data.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      TRY(wait(POLLOUT));
    } else if (errno != EINTR) {
      return fail_errno("send to the peer");
    }
  }
  return {};
}

void Transport::drain(MonotonicMs wait_ms) {
  deadline_ = monotonic_now_ms() + wait_ms;
  std::array<std::uint8_t, 16 * 1024> dropped;
  for (std::size_t total = 0; total < linger_size_max;) {
    const Result<std::size_t> got = receive(dropped);
    if (!got.ok() || *got == 0) return;
    total += *got;
  }
}

void Transport::release_batch() {
  if (batched_ == 0) batch_.reset();
}

}  // namespace bulkhead::gate_http
