#pragma once
// What signet answers to a gate: its certificate chain, and one signature over the handshake of its connection.
// A reload changes nothing for a gate that was already told the old certificate: its handshake is signed by the old
// key, which goes with the last such gate.
#include <map>
#include <unordered_map>

#include "ipc/service.h"
#include "signet/identity.h"

namespace bulkhead::signet {

inline constexpr std::size_t generations_max = 4;  // identities in use at once, the newest included

class Answers {
 public:
  explicit Answers(Identity identity);

  // Serves the channel of one gate with the rows of signing_asks.h.
  void serve(ipc::Service& service, Fd channel, std::uint64_t connection);
  // Takes the new pair for gates that ask from now on.
  void replace(Identity identity);

  std::uint64_t signatures() const { return signatures_; }
  std::size_t generations() const { return identities_.size(); }

 private:
  void answer(ipc::Call& call);
  void sign(ipc::Call& call);
  void forget_unused();

  std::map<std::uint64_t, Identity> identities_;         // by generation; the last one is current
  std::unordered_map<ipc::PeerId, std::uint64_t> told_;  // which generation's certificate a gate was given
  std::uint64_t signatures_ = 0;
};

}  // namespace bulkhead::signet
