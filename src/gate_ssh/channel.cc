#include "gate_ssh/channel.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bulkhead::gate_ssh {
namespace {

constexpr std::size_t data_head_size = 9;
constexpr std::size_t error_text_max = 4'096;
constexpr std::size_t pieces_max = 64;  // of one message, beside its head; more pieces make more messages

}  // namespace

Channel::Channel(Wire& wire, const Services& services, Start start, std::uint32_t number, const ssh::ChannelOpen& open)
    : wire_{wire},
      services_{services},
      start_{start},
      number_{number},
      peer_{open.sender},
      peer_data_max_{std::min<std::uint32_t>(open.packet_max, ssh::message_size_max - data_head_size)},
      window_out_{open.window} {
  ENSURE(open.packet_max >= peer_data_size_min);
  wire_.send(ssh::print_connection(ssh::ChannelOpenConfirmation{peer_, number_, window_size, data_size_max, {}}));
}

Channel::~Channel() {
  if (program_ && !finished_) program_->lost();
}

Result<void> Channel::on_request(const ssh::ChannelRequest& request) {
  const bool runs = request.type == "subsystem" || request.type == "exec";
  if (!runs || started_ || eof_ || finished_) {
    answer(request, false);
    return {};
  }
  const std::string_view command = TRY(ssh::parse_command(request.rest));
  program_ = start_(request.type, command, services_, *this);
  started_ = program_ != nullptr;
  answer(request, started_);
  if (started_) proceed();
  return {};
}

// After our close nothing may follow.
void Channel::answer(const ssh::ChannelRequest& request, bool success) {
  if (!request.want_reply || finished_) return;
  wire_.send(success ? ssh::print_connection(ssh::ChannelSuccess{peer_})
                     : ssh::print_connection(ssh::ChannelFailure{peer_}));
}

Result<void> Channel::on_adjust(std::uint32_t count) {
  // RFC 4254 section 5.2: "The window MUST NOT be increased above 2^32 - 1 bytes."
  if (count > UINT32_MAX - window_out_) return fail(Errc::invalid, "a window above 2^32 - 1");
  window_out_ += count;
  return {};
}

Result<void> Channel::on_data(ByteView data) {
  if (eof_) return fail(Errc::invalid, "data after the end of data");
  if (data.size() > data_size_max) return fail(Errc::invalid, "more data in a message than was agreed");
  if (data.size() > window_in_) return fail(Errc::invalid, "more data than the window admits");
  window_in_ -= static_cast<std::uint32_t>(data.size());
  // What comes for no program, or for one that has ended, finds nobody: the window closes.
  if (!program_ || finished_) return {};
  ENSURE(held_.empty());
  if (!backlog_.empty()) {
    backlog_.insert(backlog_.end(), data.begin(), data.end());
    return {};
  }
  held_ = data.subspan(offer(data));
  drop_finished();
  return {};
}

Result<void> Channel::on_eof() {
  if (eof_) return {};  // Go's client, and so rclone, says it twice
  eof_ = true;
  end_input();
  drop_finished();
  return {};
}

void Channel::on_close() {
  if (!finished_) wire_.send(ssh::print_connection(ssh::ChannelClose{peer_}));
}

void Channel::proceed() {
  if (!program_ || finished_) return;
  program_->proceed();
  if (!backlog_.empty()) {
    backlog_at_ += offer(ByteView{backlog_}.subspan(backlog_at_));
    if (backlog_at_ == backlog_.size()) {
      backlog_ = Bytes{};
      backlog_at_ = 0;
    }
  } else if (!held_.empty()) {
    held_ = held_.subspan(offer(held_));
  }
  end_input();
  drop_finished();
}

void Channel::copy_held() {
  backlog_ = to_bytes(std::exchange(held_, {}));
  backlog_at_ = 0;
}

std::size_t Channel::offer(ByteView data) {
  if (finished_) return data.size();
  const std::size_t count = program_->receive(data);
  ENSURE(count <= data.size());
  taken(count);
  return count;
}

void Channel::taken(std::size_t count) {
  taken_ += static_cast<std::uint32_t>(count);
  if (taken_ < window_step || eof_ || finished_) return;
  window_in_ += taken_;
  wire_.send(ssh::print_connection(ssh::ChannelWindowAdjust{peer_, std::exchange(taken_, 0)}));
}

void Channel::end_input() {
  if (!eof_ || eof_told_ || finished_ || !program_ || !held_.empty() || !backlog_.empty()) return;
  eof_told_ = true;
  program_->receive_end();
}

// Not while one of its calls is on the stack.
void Channel::drop_finished() {
  if (!finished_) return;
  program_.reset();
  held_ = {};
  backlog_ = Bytes{};
  backlog_at_ = 0;
}

std::size_t Channel::room() const {
  if (finished_) return 0;
  return std::min<std::size_t>(window_out_, wire_.room());
}

void Channel::send(std::span<const ByteView> pieces) {
  std::array<ByteView, 1 + pieces_max> message;
  std::size_t count = 1;
  std::size_t size = 0;
  const auto send_off = [&] {
    const Bytes head = ssh::print_data_head(peer_, size);
    message[0] = head;
    ENSURE(!finished_ && size <= window_out_);
    window_out_ -= static_cast<std::uint32_t>(size);
    wire_.send_data(std::span{message}.first(count));
    count = 1;
    size = 0;
  };
  for (ByteView piece : pieces) {
    while (!piece.empty()) {
      const std::size_t part = std::min<std::size_t>(piece.size(), peer_data_max_ - size);
      message[count++] = piece.first(part);
      size += part;
      piece = piece.subspan(part);
      if (size == peer_data_max_ || count == message.size()) send_off();
    }
  }
  if (size > 0) send_off();
}

void Channel::send_error(std::string_view text) {
  const ByteView shown = as_bytes(text).first(std::min({text.size(), error_text_max, std::size_t{peer_data_max_}}));
  if (shown.empty() || shown.size() > room()) return;
  window_out_ -= static_cast<std::uint32_t>(shown.size());
  const Bytes head = ssh::print_extended_data_head(peer_, ssh::extended_stderr, shown.size());
  const std::array message{ByteView{head}, shown};
  wire_.send_data(message);
}

void Channel::finish(int exit_status) {
  if (std::exchange(finished_, true)) return;
  wire_.send(ssh::print_exit_status(peer_, static_cast<std::uint32_t>(exit_status)));
  wire_.send(ssh::print_connection(ssh::ChannelEof{peer_}));
  wire_.send(ssh::print_connection(ssh::ChannelClose{peer_}));
}

}  // namespace bulkhead::gate_ssh
