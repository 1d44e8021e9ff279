#pragma once
// Connections: which principal sits on which gate's channel, and by which sessions. The channel is the identity: once a
// principal is bound to a connection, it stays the only one. What ends a session or a user ends its connections: hull
// is told. A binding made in a turn that could not be stored is ended with its connection.
#include <map>
#include <string>
#include <vector>

#include "core/capability/capability.h"
#include "ipc/service.h"
#include "warden/ssh_channel.h"

namespace bulkhead::warden {

using ConnectionNumber = std::uint64_t;

struct Connection {
  ipc::PeerId peer = 0;
  std::string address;                                       // numeric; empty until hull told it
  std::string principal;                                     // user id; empty until the first success, then fixed
  std::vector<capability::SessionId> sessions;               // live ones that were used here
  std::optional<capability::SessionId> shown;                // the one of these that was shown last
  std::uint32_t acting = 0;                                  // organisation of a SysAdmin's; 0: none
  std::vector<std::string> api_tokens;                       // ids; their sessions are among these
  capability::Scopes scopes = capability::Scopes::all();     // of the one that was shown last
  bool signing_on = false;                                   // one at a time
  SshChannel ssh;                                            // of a gate for SSH
  std::vector<SshSigner> signers;                            // of its SSH session
  capability::Method method = capability::Method::password;  // of its SSH session
};

class Connections {
 public:
  Connections(ipc::Service& service, ipc::PeerId hull) : service_{service}, hull_{hull} {}

  void add(ConnectionNumber number, ipc::PeerId peer);
  void remove(ConnectionNumber number) { connections_.erase(number); }
  std::size_t size() const { return connections_.size(); }
  const std::map<ConnectionNumber, Connection>& all() const { return connections_; }
  // Null when it has gone meanwhile.
  Connection* find(ConnectionNumber number);

  // Errc::other_principal if another one is bound, or the same one acting for another organisation. To be asked before
  // anything is promised.
  static Result<void> check_principal(const Connection& connection, std::string_view user, std::uint32_t acting = 0);
  // The last step of a success: check_principal() holds. Tells hull of the first one.
  void bind(ConnectionNumber number, std::string_view user, const capability::SessionId& session,
            capability::Scopes scopes = capability::Scopes::all(), std::uint32_t acting = 0);
  // After bind(): the session is that of an API token.
  void note_api_token(ConnectionNumber number, const std::string& id);
  // Without an end of the connection: it revoked its own session.
  void unbind(ConnectionNumber number, const capability::SessionId& session);

  void end_connection(ConnectionNumber number);
  void end_session(const capability::SessionId& session);
  // All of the user's connections but `except` (0: none), which forgets its sessions.
  void end_user(std::string_view user, ConnectionNumber except = 0);
  // The same, but `kept` goes on with the sessions it has: it has just proven itself.
  void end_user_but(std::string_view user, ConnectionNumber kept);
  // Those whose SSH session a key of that user, or a certificate of that authority, signed on.
  void end_signed_by_key(std::string_view user, std::string_view fingerprint);
  void end_signed_by_authority(std::string_view fingerprint);

  // The end of the turn. When it is lost, a connection that it gave its first session hears the refusal and stays with
  // its principal, who did prove himself; one that had others is ended, since what it lost of them is not known any
  // more.
  void kept() { bound_this_turn_.clear(); }
  void lost();

 private:
  void end(ConnectionNumber number, Connection& connection);
  template <class Signed>
  void end_signed(Signed&& by);

  ipc::Service& service_;
  ipc::PeerId hull_;
  std::map<ConnectionNumber, Connection> connections_;
  std::map<ConnectionNumber, bool> bound_this_turn_;  // whether its first session came in this turn
};

}  // namespace bulkhead::warden
