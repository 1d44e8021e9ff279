#include "warden/connections.h"

#include <algorithm>

#include "ipc/control_asks.h"

namespace bulkhead::warden {

void Connections::add(ConnectionNumber number, ipc::PeerId peer) {
  Connection connection;
  connection.peer = peer;
  ENSURE(connections_.emplace(number, std::move(connection)).second);
}

Connection* Connections::find(ConnectionNumber number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : &found->second;
}

Result<void> Connections::check_principal(const Connection& connection, std::string_view user, std::uint32_t acting) {
  if (!connection.principal.empty() && connection.acting != acting) {
    return fail(Errc::other_principal, "this connection belongs to another role: open a new one");
  }
  if (connection.principal.empty() || connection.principal == user) return {};
  return fail(Errc::other_principal, "this connection belongs to another user: open a new one");
}

void Connections::bind(ConnectionNumber number, std::string_view user, const capability::SessionId& session,
                       capability::Scopes scopes, std::uint32_t acting) {
  Connection* const connection = find(number);
  ENSURE(connection != nullptr && check_principal(*connection, user, acting).ok());
  bound_this_turn_.emplace(number, connection->principal.empty());
  connection->scopes = scopes;
  connection->acting = acting;
  connection->shown = session;
  if (std::ranges::find(connection->sessions, session) == connection->sessions.end()) {
    connection->sessions.push_back(session);
  }
  if (!connection->principal.empty()) return;
  service_.bind(connection->peer);
  service_.notify(hull_, asks::SignedOn{number});
  connection->principal = user;
}

void Connections::note_api_token(ConnectionNumber number, const std::string& id) {
  Connection* const connection = find(number);
  ENSURE(connection != nullptr);
  if (std::ranges::find(connection->api_tokens, id) == connection->api_tokens.end()) {
    connection->api_tokens.push_back(id);
  }
}

void Connections::unbind(ConnectionNumber number, const capability::SessionId& session) {
  if (Connection* const connection = find(number); connection != nullptr) std::erase(connection->sessions, session);
}

void Connections::end_connection(ConnectionNumber number) {
  if (Connection* const connection = find(number); connection != nullptr) end(number, *connection);
}

void Connections::end_session(const capability::SessionId& session) {
  for (auto& [number, connection] : connections_) {
    if (std::ranges::find(connection.sessions, session) != connection.sessions.end()) end(number, connection);
  }
}

void Connections::end_user(std::string_view user, ConnectionNumber except) {
  for (auto& [number, connection] : connections_) {
    if (connection.principal != user) continue;
    if (number == except)
      connection.sessions.clear();
    else
      end(number, connection);
  }
}

void Connections::end_user_but(std::string_view user, ConnectionNumber kept) {
  for (auto& [number, connection] : connections_) {
    if (connection.principal == user && number != kept) end(number, connection);
  }
}

template <class Signed>
void Connections::end_signed(Signed&& by) {
  for (auto& [number, connection] : connections_) {
    if (std::ranges::any_of(connection.signers, by)) end(number, connection);
  }
}

void Connections::end_signed_by_key(std::string_view user, std::string_view fingerprint) {
  end_signed([&](const SshSigner& signer) {
    return !signer.authority && signer.user == user && signer.fingerprint == fingerprint;
  });
}

void Connections::end_signed_by_authority(std::string_view fingerprint) {
  end_signed([&](const SshSigner& signer) { return signer.authority && signer.fingerprint == fingerprint; });
}

void Connections::end(ConnectionNumber number, Connection& connection) {
  connection.sessions.clear();
  connection.api_tokens.clear();
  service_.notify(hull_, asks::EndConnection{number});
}

void Connections::lost() {
  for (const auto& [number, first] : std::exchange(bound_this_turn_, {})) {
    Connection* const connection = find(number);
    if (connection == nullptr) continue;
    if (first) {
      connection->sessions.clear();
      continue;
    }
    end(number, *connection);
    service_.end(connection->peer);  // which removes it
  }
}

}  // namespace bulkhead::warden
