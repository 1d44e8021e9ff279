#pragma once
// Channel: one end of a SEQPACKET socket that carries frames and descriptors. Used blocking by the processes that serve
// one connection, and non-blocking by Service. An ask is a struct with a number and a Reply:
//   struct Pepper { static constexpr std::uint16_t number = 1; using Reply = Peppered; ...fields... };
#include <optional>

#include "base/clock.h"
#include "ipc/frame.h"
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::ipc {

class Channel {
 public:
  // `asks`: the table the other side answers by. What it would take as a violation for its size is refused here, as
  // Errc::too_large: whoever passes a stranger's text on gives it. Without a table nothing is checked.
  explicit Channel(Fd socket, Table asks = {}) : socket_{std::move(socket)}, asks_{asks} {}

  int fd() const { return socket_.get(); }
  Fd& socket() { return socket_; }

  // Sends one frame with `descriptors` (not taken). Errc::exhausted when a non-blocking socket is full.
  Result<void> send(const Frame& frame, std::span<const int> descriptors = {});
  // The next frame; empty when the other side is gone. Errc::exhausted when a non-blocking socket has nothing;
  // Errc::invalid for a malformed packet or more descriptors than may ever come.
  Result<std::optional<Frame>> receive();

  // Sends `request`, waits for its answer. A refusal comes back as its Error; a lost or confused sibling as Errc::io.
  // `wanted_descriptors`: exactly that many must come with the answer; they are put into *descriptors.
  template <class Request>
  Result<typename Request::Reply> ask(const Request& request, std::vector<Fd>* descriptors = nullptr,
                                      std::size_t wanted_descriptors = 0) {
    Frame reply = TRY(exchange(Request::number, encode(request)));
    if (reply.descriptors.size() != wanted_descriptors) return fail(Errc::io, "unexpected descriptors with an answer");
    if (descriptors != nullptr) *descriptors = std::move(reply.descriptors);
    return take_answer<Request>(reply);
  }
  // The same, where the answer decides how many descriptors come with it: the caller checks their number.
  template <class Request>
  Result<typename Request::Reply> ask_with_any(const Request& request, std::vector<Fd>& descriptors) {
    Frame reply = TRY(exchange(Request::number, encode(request)));
    descriptors = std::move(reply.descriptors);
    return take_answer<Request>(reply);
  }
  template <class Notice>
  Result<void> notify(const Notice& notice, std::span<const int> descriptors = {}) {
    return send(Frame{Notice::number, Kind::notice, 0, encode(notice), {}}, descriptors);
  }

 private:
  template <class Request>
  static Result<typename Request::Reply> take_answer(Frame& reply) {
    Result<typename Request::Reply> answer = decode<typename Request::Reply>(reply.body, "answer");
    wipe(reply.body);  // it may have carried a key
    return answer;
  }
  Result<Frame> exchange(std::uint16_t number, Bytes body);

  Fd socket_;
  Table asks_;
  std::uint32_t next_serial_ = 1;
};

}  // namespace bulkhead::ipc
