#include "keeper/session.h"

namespace bulkhead::keeper {

void Sessions::open(ipc::PeerId channel, std::uint64_t connection, asks::Role role,
                    std::span<const capability::ScopeRow> scopes) {
  sessions_[channel].connection = connection;
  sessions_[channel].scopes = scopes;
  Connection& shared = connections_[connection];
  ++shared.channels;
  if (role == asks::Role::gate_ssh) shared.ssh = true;
}

bool Sessions::is_over_ssh(ipc::PeerId channel) const {
  return connections_.at(sessions_.at(channel).connection).ssh;
}

void Sessions::close(ipc::PeerId channel) {
  const auto session = sessions_.find(channel);
  if (session == sessions_.end()) return;
  const auto connection = connections_.find(session->second.connection);
  if (--connection->second.channels == 0) connections_.erase(connection);
  sessions_.erase(session);
}

void Sessions::set_address(std::uint64_t connection, std::string address) {
  // Its channels may have ended before the notice came.
  if (const auto found = connections_.find(connection); found != connections_.end()) {
    found->second.address = std::move(address);
  }
}

Result<void> Sessions::adopt(ipc::PeerId channel, ByteView capability, UnixMs now) {
  Session& session = sessions_.at(channel);
  const capability::VerifiedCapability verified = TRY(capability::verify(key_, capability, session.connection, now));
  if (session.principal &&
      (session.principal->id != verified->principal || session.principal->organisation != verified->tenant)) {
    return fail(Errc::other_principal, "this connection belongs to somebody else");
  }
  session.principal = TRY(users_.adopt(*verified));
  store_.turn.on_undo([this, channel] {  // his row may be gone with the turn
    if (const auto found = sessions_.find(channel); found != sessions_.end()) found->second.principal.reset();
  });
  return {};
}

std::uint64_t Sessions::connection_of(ipc::PeerId channel) const {
  const auto session = sessions_.find(channel);
  return session == sessions_.end() ? 0 : session->second.connection;
}

Result<Asker> Sessions::asker(ipc::PeerId channel, std::uint16_t ask, UnixMs now) {
  const Session& session = sessions_.at(channel);
  if (!session.principal) return fail(Errc::unauthenticated, "sign on again");
  if (now >= session.principal->expires) return fail(Errc::expired, "the session has expired: sign on again");
  const Principal& principal = *session.principal;
  if (!capability::admits(session.scopes, principal.scopes, ask)) {
    return fail(Errc::denied, "the scope of this token does not reach that far");
  }
  return Asker{.subject = {.user = principal.user,
                           .org = principal.organisation,
                           .role = principal.role,
                           .groups = TRY(store_.memberships.of(principal.user)),
                           .live = true},
               .organisation = principal.organisation,
               .address = connections_.at(session.connection).address,
               .now = now};
}

}  // namespace bulkhead::keeper
