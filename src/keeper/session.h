#pragma once
// Sessions: whose channel is it. A channel has no principal until it adopted a capability that warden signed for its
// connection; then it has that one for good, for as long as the capability is valid.
#include <unordered_map>

#include "ipc/control_asks.h"
#include "ipc/service.h"
#include "keeper/users.h"

namespace bulkhead::keeper {

class Sessions {
 public:
  Sessions(Store& store, Users& users) : store_{store}, users_{users} {}

  void set_key(const crypt::Ed25519Public& key) { key_ = key; }

  // `scopes`: what each ask of this channel takes.
  void open(ipc::PeerId channel, std::uint64_t connection, asks::Role role, std::span<const capability::ScopeRow> scopes);
  void close(ipc::PeerId channel);
  // The numeric address of the peer of a connection; forgotten with its last channel.
  void set_address(std::uint64_t connection, std::string address);

  // Errc::unauthenticated or expired for the capability; other_principal if the channel has another one.
  Result<void> adopt(ipc::PeerId channel, ByteView capability, UnixMs now);
  // 0 for a channel that has ended.
  std::uint64_t connection_of(ipc::PeerId channel) const;
  bool is_over_ssh(ipc::PeerId channel) const;
  // Who asks this on this channel, with the groups he is in now. Errc::expired when his capability is, denied when its
  // scopes do not reach that far.
  Result<Asker> asker(ipc::PeerId channel, std::uint16_t ask, UnixMs now);

 private:
  struct Session {
    std::uint64_t connection = 0;
    std::span<const capability::ScopeRow> scopes;
    std::optional<Principal> principal;
  };
  struct Connection {
    std::size_t channels = 0;
    std::string address;
    bool ssh = false;
  };

  Store& store_;
  Users& users_;
  crypt::Ed25519Public key_{};
  std::unordered_map<ipc::PeerId, Session> sessions_;
  std::unordered_map<std::uint64_t, Connection> connections_;
};

}  // namespace bulkhead::keeper
