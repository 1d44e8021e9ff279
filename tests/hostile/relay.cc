#include "hostile/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/cat.h"
#include "base/encode.h"
#include "ipc/channel.h"
#include "ipc/data_asks.h"

namespace bulkhead::hostile {
namespace {

constexpr std::size_t descriptors_max = 8;  // more than any frame may carry
constexpr int flood_wait_ms = 300;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

Result<Bytes> body_of(std::string_view word) {
  if (word == "-") return Bytes{};
  return from_hex(word);
}

Result<Bytes> packet_of(std::string_view number, std::string_view kind, std::string_view serial,
                        std::string_view body) {
  ipc::Frame frame;
  frame.number = static_cast<std::uint16_t>(TRY(parse_decimal(number, UINT16_MAX)));
  frame.kind = static_cast<ipc::Kind>(TRY(parse_decimal(kind, 3)));
  frame.serial = static_cast<std::uint32_t>(TRY(parse_decimal(serial, UINT32_MAX)));
  frame.body = TRY(body_of(body));
  return ipc::print_frame(frame);
}

// 0, or errno. The descriptors that go along are copies of one that is open already: the channel itself.
int send_packet(int channel, ByteView packet, std::size_t descriptors) {
  std::array<int, descriptors_max> numbers{};
  numbers.fill(channel);
  iovec part{const_cast<std::uint8_t*>(packet.data()), packet.size()};  // NOLINT(*const-cast): the socket interface
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof numbers)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptors > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors * sizeof(int));
    std::memcpy(CMSG_DATA(head), numbers.data(), descriptors * sizeof(int));
  }
  const ssize_t sent = ::sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(packet.size()) ? 0 : errno;
}

std::string outcome(int error) {
  return error == 0 ? "ok" : cat("error ", error);
}

}  // namespace

Result<int> Relay::channel(std::string_view name) const {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return fail(Errc::invalid, "no such channel");
  return found->second;
}

std::string Relay::run(std::string_view line) {
  const Words words = words_of(line);
  Result<std::string> answer = obey(words);
  return answer.ok() ? std::move(*answer) : cat("wrong ", answer.error().message());
}

Result<std::string> Relay::obey(const Words& words) {
  if (words.size() < 3) return fail(Errc::invalid, "command too short");
  if (words[0] == "fill" || words[0] == "peek") return ring(words);
  if (words[0] == "send") return send(words);
  if (words[0] == "flood") return flood(words);
  if (words[0] == "receive") return receive(words);
  const int to = TRY(channel(words[1]));
  if (words[0] == "raw") return outcome(send_packet(to, TRY(body_of(words[2])), 0));
  if (words[0] == "zeros") return outcome(send_packet(to, Bytes(TRY(parse_decimal(words[2], 1U << 20U))), 0));
  return fail(Errc::invalid, "unknown command");
}

Result<std::string> Relay::send(const Words& words) {
  if (words.size() < 6) return fail(Errc::invalid, "send CHANNEL NUMBER KIND SERIAL BODY [DESCRIPTORS]");
  const int to = TRY(channel(words[1]));
  const Bytes packet = TRY(packet_of(words[2], words[3], words[4], words[5]));
  const std::size_t count = words.size() > 6 ? TRY(parse_decimal(words[6], descriptors_max)) : 0;
  return outcome(send_packet(to, packet, count));
}

Result<std::string> Relay::flood(const Words& words) {
  if (words.size() < 6) return fail(Errc::invalid, "flood CHANNEL NUMBER KIND BODY COUNT");
  const int to = TRY(channel(words[1]));
  const Bytes packet = TRY(packet_of(words[2], words[3], "7", words[4]));
  const std::uint64_t count = TRY(parse_decimal(words[5]));
  std::uint64_t sent = 0;
  while (sent < count) {
    const int error = send_packet(to, packet, 0);
    if (error == 0) {
      ++sent;
      continue;
    }
    pollfd state{to, POLLOUT, 0};
    if (error != EAGAIN || ::poll(&state, 1, flood_wait_ms) <= 0) break;
  }
  return cat("sent ", sent);
}

Result<std::string> Relay::receive(const Words& words) {
  const int from = TRY(channel(words[1]));
  pollfd state{from, POLLIN, 0};
  if (::poll(&state, 1, static_cast<int>(TRY(parse_decimal(words[2], 600'000)))) <= 0) return std::string{"none"};
  ipc::Channel borrowed{Fd{from}};
  Result<std::optional<ipc::Frame>> frame = borrowed.receive();
  borrowed.socket().release();
  if (!frame.ok() || !*frame) return std::string{"gone"};
  const ipc::Frame& got = **frame;
  return cat("frame ", got.number, " ", static_cast<unsigned>(got.kind), " ", got.serial, " ",
             got.body.empty() ? "-" : to_hex(got.body), " ", got.descriptors.size());
}

Result<std::string> Relay::ring(const Words& words) {
  const std::uint64_t offset = TRY(parse_decimal(words[1], ring_.size()));
  const MutableByteView rest = ring_.subspan(offset);
  if (words[0] == "peek") return to_hex(rest.first(TRY(parse_decimal(words[2], rest.size()))));
  const Bytes bytes = TRY(body_of(words[2]));
  if (bytes.size() > rest.size()) return fail(Errc::invalid, "over the end of the ring");
  copy_to(rest, bytes);
  return std::string{"ok"};
}

MutableByteView map_ring(int descriptor) {
  void* memory = ::mmap(nullptr, asks::ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ENSURE(memory != MAP_FAILED);
  return {static_cast<std::uint8_t*>(memory), asks::ring_size};
}

}  // namespace bulkhead::hostile
