#pragma once
// What signet answers to an SSH gate: the public host keys, one signature for each key exchange of its connection, and
// proofs that it holds its host keys. Beside the first signature goes the statement that the warden believes.
#include <functional>
#include <unordered_map>

#include "base/clock.h"
#include "ipc/control_asks.h"
#include "ipc/service.h"
#include "ipc/ssh_signing_asks.h"
#include "signet/host_keys.h"

namespace bulkhead::signet {

// Exchanges of one connection: that many at once, and one more in each period. An honest peer has one per gigabyte or
// hour, one that was told to change keys each megabyte many more.
inline constexpr std::uint32_t exchanges_at_once = 128;
inline constexpr MonotonicMs exchange_period_ms = 250;

class SshAnswers {
 public:
  // `statement_seed`: crypt::ed25519_seed_size bytes, made at this start.
  SshAnswers(HostKeys keys, Secret statement_seed, std::function<MonotonicMs()> clock);

  asks::SignetHello hello() const;
  // Serves the channel of one SSH gate with the rows of ssh_signing_asks.h.
  void serve(ipc::Service& service, Fd channel, std::uint64_t connection);

  std::uint64_t signatures() const { return signatures_; }

 private:
  struct Session {
    Bytes cookie;  // of the first exchange, given and expected
    Bytes id;      // empty before the first exchange
    std::uint32_t exchanges_left = exchanges_at_once;
    MonotonicMs refilled = 0;
  };
  void answer(ipc::Call& call);
  void sign(ipc::Call& call);
  Result<asks::ProveHostKey::Reply> prove(const Session& session, const asks::ProveHostKey& ask);
  bool take_turn(Session& session);

  HostKeys keys_;
  Secret statement_seed_;
  std::function<MonotonicMs()> clock_;
  std::unordered_map<ipc::PeerId, Session> sessions_;
  std::uint64_t signatures_ = 0;
};

}  // namespace bulkhead::signet
