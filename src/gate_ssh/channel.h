#pragma once
// One session channel (RFC 4254): windows, packet sizes, requests, and its one program. Data that the program does not
// take at once is held without a copy: the transport is not asked for the next message until it was taken, unless
// nothing but the peer can make the program go on.
#include "gate_ssh/programs.h"
#include "gate_ssh/wire.h"
#include "proto/ssh/connection.h"

namespace bulkhead::gate_ssh {

// Of ours. A client that sends sixty-four requests of 255 KiB ahead does not wait for an adjustment.
inline constexpr std::uint32_t window_size = 32U * 1024 * 1024;
inline constexpr std::uint32_t window_step = 4U * 1024 * 1024;  // of one adjustment, at least
inline constexpr std::uint32_t data_size_max = 255U * 1024;     // of one data message to us
inline constexpr std::uint32_t peer_data_size_min = 256;        // a peer that takes less cannot be served

class Channel final : public Outlet {
 public:
  using Start = std::unique_ptr<Program> (*)(std::string_view request, std::string_view command,
                                             const Services& services, Outlet& outlet);
  // Confirms `open`, whose packet_max is at least peer_data_size_min. The others outlive this.
  Channel(Wire& wire, const Services& services, Start start, std::uint32_t number, const ssh::ChannelOpen& open);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::uint32_t number() const { return number_; }

  // Messages of the peer. An Error: it broke the protocol, the connection is at an end.
  Result<void> on_request(const ssh::ChannelRequest& request);
  Result<void> on_adjust(std::uint32_t count);
  // `data` stays where it is while holds() is true.
  Result<void> on_data(ByteView data);
  Result<void> on_eof();
  // The channel is over: answered, to be destroyed.
  void on_close();

  // Lets the program go on, and offers it what is held.
  void proceed();
  // Take no further message of the peer before proceed().
  bool holds() const { return !held_.empty(); }
  // The program does not take what is held before the peer takes something: makes a copy, so that messages can be
  // taken.
  bool waits_for_peer() const { return holds() && room() == 0; }
  void copy_held();

  // Outlet.
  std::size_t room() const override;
  void send(std::span<const ByteView> pieces) override;
  void send_error(std::string_view text) override;
  void finish(int exit_status) override;

 private:
  void answer(const ssh::ChannelRequest& request, bool success);
  std::size_t offer(ByteView data);
  void taken(std::size_t count);
  void end_input();
  void drop_finished();

  Wire& wire_;
  const Services& services_;
  Start start_;
  std::uint32_t number_;
  std::uint32_t peer_;  // its number
  std::uint32_t peer_data_max_;
  std::uint32_t window_in_ = window_size;
  std::uint32_t taken_ = 0;  // since the last adjustment
  std::uint32_t window_out_;
  std::unique_ptr<Program> program_;
  bool started_ = false;  // a second program is refused
  bool eof_ = false;      // of the peer
  bool eof_told_ = false;
  bool finished_ = false;  // we have sent our close
  ByteView held_;
  Bytes backlog_;  // what was held, and all that came after it
  std::size_t backlog_at_ = 0;
};

}  // namespace bulkhead::gate_ssh
