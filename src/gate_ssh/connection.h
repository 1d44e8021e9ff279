#pragma once
// One SSH connection from the first byte to the last: the socket, the transport, the sign-on, the session. The only
// place that reads the clock, and that decides when the connection is at an end.
#include <optional>

#include "gate_ssh/link.h"
#include "gate_ssh/session.h"
#include "ipc/control_asks.h"

namespace bulkhead::gate_ssh {

class Connection {
 public:
  struct Made {
    Link& link;
    Siblings siblings;
    MutableByteView ring;
    std::vector<Bytes> host_keys;
    Bytes first_cookie;  // of our first KEXINIT, as signet expects it
    asks::SshGateSettings settings;
    Channel::Start start;
  };
  explicit Connection(Made made);

  // Until the peer, hull or a rule ends it. What is to be said is said, and drafts are safe.
  void run();

 private:
  Result<void> serve();
  Result<void> turn(MonotonicMs now);
  Result<void> take_messages();
  Result<void> take_message(ByteView payload);
  Result<void> take_login_message(ByteView payload);
  Result<void> sign(ssh::NeedSignature asked);
  void start_session();

  Result<void> read_input(MonotonicMs now);
  Result<std::size_t> write_output(MonotonicMs now);
  Result<void> check_times(MonotonicMs now);
  MonotonicMs wait_max(MonotonicMs now) const;
  Error end(Disconnect reason, const Error& why);
  void linger();

  Made made_;
  ssh::Transport transport_;
  TransportWire wire_;
  Login login_;
  std::optional<Session> session_;
  std::string agent_;
  MonotonicMs active_ms_;      // when the peer said or took something, or the porter worked for it
  MonotonicMs took_ms_;        // when the peer last took something, or there was nothing to take
  bool disconnected_ = false;  // the peer was told why
};

}  // namespace bulkhead::gate_ssh
