#include "ipc/channel.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace bulkhead::ipc {
namespace {

// Room for the descriptors of one frame and one more, so that too many are seen and not silently cut.
constexpr std::size_t control_size = CMSG_SPACE(sizeof(int) * (frame_descriptors_max + 1));

std::vector<Fd> take_descriptors(msghdr& message) {
  std::vector<Fd> taken;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(head) + i * sizeof(int), sizeof number);
      taken.emplace_back(number);
    }
  }
  return taken;
}

}  // namespace

Result<void> Channel::send(const Frame& frame, std::span<const int> descriptors) {
  ENSURE(descriptors.size() <= frame_descriptors_max);
  Bytes packet = print_frame(frame);
  iovec part{packet.data(), packet.size()};
  alignas(cmsghdr) std::array<std::uint8_t, control_size> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  }
  for (;;) {
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent >= 0) break;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return fail(Errc::exhausted, "channel full");
    wipe(packet);
    return fail_errno("send to a sibling process");
  }
  wipe(packet);  // it may have carried a password or a key
  return {};
}

Result<std::optional<Frame>> Channel::receive() {
  thread_local Bytes buffer(frame_size_max);  // one per process: no process here has threads
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<std::uint8_t, control_size> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = -1;
  while ((got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (got < 0 && errno == EAGAIN) return fail(Errc::exhausted, "nothing to receive");
  if (got < 0 && errno == ECONNRESET) return std::optional<Frame>{};
  if (got < 0) return fail_errno("receive from a sibling process");
  std::vector<Fd> descriptors = take_descriptors(message);
  if (got == 0) return std::optional<Frame>{};
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || descriptors.size() > frame_descriptors_max) {
    return fail(Errc::invalid, "frame: over the limit of size or descriptors");
  }
  const MutableByteView packet = MutableByteView{buffer}.first(static_cast<std::size_t>(got));
  Result<Frame> frame = parse_frame(packet);
  wipe(packet);
  if (!frame.ok()) return std::move(frame).error();
  frame->descriptors = std::move(descriptors);
  return std::optional<Frame>{std::move(frame).value()};
}

Result<Frame> Channel::exchange(std::uint16_t number, Bytes body) {
  if (const Row* row = find_row(asks_, number); row != nullptr && body.size() > row->size_max) {
    wipe(body);
    return fail(Errc::too_large, "a text of the request is too long");
  }
  const std::uint32_t serial = next_serial_++;
  Frame ask{number, Kind::ask, serial, std::move(body), {}};
  const Result<void> sent = send(ask);
  wipe(ask.body);
  if (!sent.ok()) return sent.error();
  std::optional<Frame> reply = TRY(receive());
  if (!reply) return fail(Errc::io, "a sibling process is gone");
  if (reply->serial != serial || reply->number != number) return fail(Errc::io, "a sibling process answered out of turn");
  if (reply->kind == Kind::refusal) return parse_refusal(reply->body);
  if (reply->kind != Kind::answer) return fail(Errc::io, "a sibling process answered out of turn");
  return std::move(*reply);
}

}  // namespace bulkhead::ipc
