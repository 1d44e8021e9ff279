#pragma once
// A signed-on peer (RFC 4254): its global requests, its session channels, two at a time, and the capability that keeper
// and porter know it by, renewed before it expires.
#include <array>
#include <memory>

#include "base/clock.h"
#include "gate_ssh/channel.h"
#include "gate_ssh/login.h"

namespace bulkhead::gate_ssh {

// At the same time: rclone asks for hashes beside its SFTP.
inline constexpr std::size_t channels_max = 2;
inline constexpr std::uint32_t proofs_max = 32;  // of host keys, of one connection
inline constexpr UnixMs renewal_margin_ms =
    UnixMs{5 * 60} * 1'000;  // before a capability expires, if it lives that long

class Session {
 public:
  struct Made {
    Siblings siblings;  // the porter's channel is non-blocking
    MutableByteView ring;
    std::vector<Bytes> host_keys;
    bool rsa_sha512 = true;  // for proofs by the RSA key (OpenSSH PROTOCOL section 2.5)
    std::string user_name;
    std::string agent;
    Bytes capability;
    UnixMs expires_ms = 0;
  };
  // `wire` outlives this. Announces the host keys. `start` as in programs.h.
  Session(Wire& wire, Made made, Channel::Start start, UnixMs now);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One message of the peer, which stays where it is while holds(). An Error ends the connection.
  Result<void> take(ByteView payload);
  // Lets what runs go on.
  void proceed();
  // No message may be taken before proceed() made it false.
  bool holds();
  // Takes the porter's answers. An Error ends the connection.
  Result<void> take_answers();
  int porter_fd() const { return porter_.fd(); }

  UnixMs renew_at() const { return renew_at_; }
  // A fresh capability, for everybody who knows the old one. An Error: the session is over.
  Result<void> renew(UnixMs now);
  // The connection is gone: drafts are kept. Waits for the porter, at most `timeout_ms`.
  void end(int timeout_ms);

 private:
  Result<void> on_global(const ssh::GlobalRequest& request);
  Result<std::vector<Bytes>> prove(ByteView rest);
  void on_open(const ssh::ChannelOpen& open);
  Result<std::unique_ptr<Channel>*> channel(std::uint32_t number);
  Result<void> on_channel(const ssh::ConnectionMessage& message);
  void expire_at(UnixMs expires_ms, UnixMs now);

  Wire& wire_;
  Made made_;
  Catalog catalog_;
  Porter porter_;
  Services services_;
  Channel::Start start_;
  std::array<std::unique_ptr<Channel>, channels_max> channels_;  // null: free
  std::uint32_t next_number_ = 0;
  std::uint32_t proofs_ = 0;
  UnixMs renew_at_ = 0;
};

}  // namespace bulkhead::gate_ssh
