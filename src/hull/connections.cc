#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/cat.h"
#include "base/log.h"
#include "hull/supervisor.h"
#include "ipc/data_asks.h"
#include "sandbox/sandbox.h"

namespace bulkhead::hull {
namespace {

constexpr MonotonicMs porter_linger_ms = 10'000;  // after its gate has gone: it still tells the vault what was sent
constexpr std::size_t crashes_before_backoff = 20;  // within a minute; from then on one new pair a tick

Result<Fd> listen_on(const config::Endpoint& endpoint) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);    // NOLINT(*reinterpret-cast): the socket interface
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);   // NOLINT(*reinterpret-cast)
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, endpoint.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    size = sizeof *v6;
  } else {
    return fail(Errc::invalid, cat("listen on ", endpoint.address, ":", endpoint.port, ": not a numeric address"));
  }
  Fd socket{::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.valid()) return fail_errno("socket");
  const int on = 1;
  ENSURE(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  const auto* address = reinterpret_cast<const sockaddr*>(&storage);  // NOLINT(*reinterpret-cast)
  if (::bind(socket.get(), address, size) != 0) return fail_errno(cat("listen on ", endpoint.address, ":", endpoint.port));
  if (::listen(socket.get(), 512) != 0) return fail_errno("listen");
  return socket;
}

std::string numeric(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, text, sizeof text);  // NOLINT
  } else {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, text, sizeof text);  // NOLINT
  }
  return text;
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ENSURE(::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) == 0);  // NOLINT(*reinterpret-cast)
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);            // NOLINT: same place in both families
}

// The shared memory of one pair: sized once, and never again.
Fd make_ring() {
  Fd ring{::memfd_create("ring", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  ENSURE(ring.valid() && ::ftruncate(ring.get(), static_cast<off_t>(asks::ring_size)) == 0);
  ENSURE(::fcntl(ring.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
  return ring;
}

}  // namespace

Result<void> Supervisor::open_listeners() {
  TRY(open_listener(https_, options_.config.https_listen, "--https"));
  if (!options_.config.ssh_listen.empty()) TRY(open_listener(ssh_, options_.config.ssh_listen, "--ssh"));
  return {};
}

Result<void> Supervisor::open_listener(Front& front, const std::string& where, std::string_view option) {
  const config::Endpoint endpoint = TRY(config::parse_endpoint(where));
  Result<Fd> listener = listen_on(endpoint);
  if (!listener.ok()) {
    return fail(listener.error().kind(), cat("cannot ", listener.error().message(), "; choose another with ", option, " ADDR:PORT"));
  }
  front.listener = std::move(*listener);
  const bool v6 = endpoint.address.find(':') != std::string::npos;
  front.address = cat(v6 ? "[" : "", endpoint.address, v6 ? "]" : "", ":", bound_port(front.listener.get()));
  return {};
}

void Supervisor::watch_listener(Front& front, bool on) {
  if (front.listening == on || !front.listener.valid()) return;
  front.listening = on;
  if (on) service_.watch(front.listener.get(), [this, &front] { accept_one(front); });
  else service_.unwatch(front.listener.get());
}

void Supervisor::watch_listeners(bool on) {
  for (Front& front : fronts_) watch_listener(front, on);
}

void Supervisor::start_hasher() {
  if (state_ == State::stopping || state_ == State::clearing) return;
  auto [warden_end, hasher_end] = channel_pair();
  std::vector<Fd> channels;
  channels.push_back(std::move(hasher_end));
  start(Kind::hasher, 0, std::move(channels));
  introduce(Kind::warden, 0, asks::Role::hasher, std::move(warden_end));
}

void Supervisor::fill_pools() {
  if (state_ != State::serving) return;
  for (const Front& front : fronts_) {
    if (front.listener.valid()) fill_pool(front);
  }
}

void Supervisor::fill_pool(const Front& front) {
  std::size_t waiting = 0;
  for (const auto& [number, connection] : connections_) {
    waiting += connection.front == &front && connection.address.empty() && connection.gate_ended == 0;
  }
  const bool crashing = crashes_.size() > crashes_before_backoff;
  for (std::size_t made = 0; waiting < options_.config.ready_gates && !(crashing && made >= 1); ++made, ++waiting) start_pair(front);
}

// Prepared gates hold the certificate of their start: without this an idle server would show an old one for days.
void Supervisor::renew_pool() {
  for (auto& [number, connection] : connections_) {
    if (!connection.address.empty()) continue;
    connection.gate_ready = false;  // never again for a socket
    end_child(connection.gate, SIGKILL);
    end_child(connection.porter, SIGKILL);
  }
}

void Supervisor::start_pair(const Front& front) {
  const std::uint64_t number = next_connection_++;
  auto [gate_warden, warden_gate] = channel_pair();
  auto [gate_keeper, keeper_gate] = channel_pair();
  auto [gate_porter, porter_gate] = channel_pair();
  auto [gate_signet, signet_gate] = channel_pair();
  auto [porter_keeper, keeper_porter] = channel_pair();
  auto [porter_vault, vault_porter] = channel_pair();
  Fd ring = make_ring();
  Fd ring_too{::fcntl(ring.get(), F_DUPFD_CLOEXEC, 0)};
  introduce(Kind::warden, number, front.role, std::move(warden_gate));
  introduce(Kind::keeper, number, front.role, std::move(keeper_gate));
  introduce(Kind::signet, number, front.role, std::move(signet_gate));
  introduce(Kind::keeper, number, asks::Role::porter, std::move(keeper_porter));
  introduce(Kind::vault, number, asks::Role::porter, std::move(vault_porter));

  std::vector<Fd> channels;  // in the order of ipc/descriptors.h
  channels.push_back(std::move(porter_gate));
  channels.push_back(std::move(porter_keeper));
  channels.push_back(std::move(porter_vault));
  channels.push_back(std::move(ring_too));
  const pid_t porter = start(Kind::porter, number, std::move(channels)).pid;
  channels.clear();
  channels.push_back(std::move(gate_warden));
  channels.push_back(std::move(gate_keeper));
  channels.push_back(std::move(gate_porter));
  channels.push_back(std::move(gate_signet));
  channels.push_back(std::move(ring));
  if (front.gate == Kind::gate_http) {  // nothing over SSH shows the log
    auto [gate_chronicle, chronicle_gate] = channel_pair();
    introduce(Kind::chronicle, number, front.role, std::move(chronicle_gate));
    channels.push_back(std::move(gate_chronicle));
  }
  const Child& gate = start(front.gate, number, std::move(channels));
  Connection& connection = connections_[number];
  connection.front = &front;
  connection.gate = gate.pid;
  connection.porter = porter;
  configure_gate(front, gate);
}

void Supervisor::configure_gate(const Front& front, const Child& gate) {
  const config::Config& c = options_.config;
  if (&front == &ssh_) {
    return service_.notify(gate.control, asks::SshGateSettings{c.ssh_idle_timeout_s, c.stall_timeout_s, c.ssh_sign_on_attempts,
                                                               c.ssh_rekey_mib, c.ssh_rekey_s});
  }
  service_.notify(gate.control, asks::GateSettings{c.handshake_timeout_s, c.idle_timeout_s, c.stall_timeout_s, c.host_names,
                                                   ssh_.address.empty() ? std::vector<std::string>{} : signet_.fingerprints});
}

void Supervisor::on_pair_ready(Child& child) {
  const auto found = connections_.find(child.connection);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  (child.kind == Kind::porter ? connection.porter_ready : connection.gate_ready) = true;
  if (!connection.gate_ready || !connection.porter_ready) return;
  watch_listener(fronts_[connection.front == &ssh_ ? 1 : 0], true);
  serving_line();
}

// Once per run of the program, when the first connection could be served.
void Supervisor::serving_line() {
  if (std::exchange(announced_, true)) return;
  std::uint32_t held = ~0U;
  for (const auto& [pid, child] : children_) {
    if (child.ready) held &= child.layers;
  }
  if (options_.listen) std::printf("Bulkhead serves https://%s/ (data: %s)\n", https_.address.c_str(), options_.data_name.c_str());
  if (!ssh_.address.empty()) std::printf("Bulkhead serves sftp://%s/ (host keys: bulkhead status)\n", ssh_.address.c_str());
  std::string missing;
  for (std::uint32_t i = 0; i < sandbox::layer_count; ++i) {
    const bool applies = (1U << i) != (::geteuid() == 0 ? sandbox::user_namespace : sandbox::own_user);
    if (applies && (held & (1U << i)) == 0) missing += cat(missing.empty() ? "" : ", ", sandbox::layer_name(1U << i));
  }
  if (!missing.empty() && options_.listen) {
    std::printf("Sandbox layers that this machine refuses: %s. The others hold; see: bulkhead status\n", missing.c_str());
  }
  std::fflush(stdout);
  notify_manager("READY=1");
}

Supervisor::Connection* Supervisor::find_ready(const Front& front, std::uint64_t& number) {
  for (auto& [candidate, connection] : connections_) {
    if (connection.front == &front && connection.address.empty() && connection.gate_ready && connection.porter_ready && connection.gate_ended == 0) {
      number = candidate;
      return &connection;
    }
  }
  return nullptr;
}

void Supervisor::accept_one(Front& front) {
  std::uint64_t number = 0;
  if (find_ready(front, number) == nullptr) return watch_listener(front, false);  // until a pair is ready; the backlog waits
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  Fd socket{::accept4(front.listener.get(), reinterpret_cast<sockaddr*>(&storage), &size, SOCK_CLOEXEC)};  // NOLINT
  if (!socket.valid()) {
    if (errno == EMFILE || errno == ENFILE) log(Level::error, "no descriptors left", {});
    return;
  }
  const std::string address = numeric(storage);
  if (!sources_.admit(address, monotonic_now_ms())) {
    ++refused_total_;
    log(Level::warning, "connection refused", {{"address", address}});
    return;
  }
  hand_over(number, std::move(socket), address);
}

void Supervisor::hand_over(std::uint64_t number, Fd socket, const std::string& address) {
  Connection& connection = connections_.at(number);
  connection.address = address;
  connection.accepted = monotonic_now_ms();
  ++connections_total_;
  const int on = 1;
  static_cast<void>(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  static_cast<void>(::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
  for (const Kind kind : {Kind::warden, Kind::keeper, Kind::vault, Kind::chronicle}) {
    if (const Child* shared = find_shared(kind)) service_.notify(shared->control, asks::PeerAddress{number, address});
  }
  std::vector<Fd> descriptors;
  descriptors.push_back(std::move(socket));
  service_.notify(children_.at(connection.gate).control, asks::Accepted{address}, std::move(descriptors));
  fill_pool(*connection.front);
}

void Supervisor::end_connection(std::uint64_t number, std::string_view why) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  log(Level::info, "connection ended", {{"connection", cat(number)}, {"why", why}});
  end_child(found->second.gate, SIGKILL);
  end_child(found->second.porter, SIGKILL);
}

// As if the peer had gone: the porter keeps what is to be gone on with, and reports what was sent.
void Supervisor::cut_off(std::uint64_t number) {
  const auto found = connections_.find(number);
  if (found == connections_.end() || found->second.gate == -1) return;
  log(Level::info, "connection ended", {{"connection", cat(number)}, {"why", "another one goes on with its upload"}});
  end_child(found->second.gate, SIGKILL);
}

void Supervisor::on_pair_end(std::uint64_t number, pid_t pid) {
  const auto found = connections_.find(number);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (pid == connection.gate) {
    connection.gate = -1;
    connection.gate_ended = monotonic_now_ms();
    if (!connection.address.empty()) sources_.leave(connection.address);
  } else {
    connection.porter = -1;
    end_child(connection.gate, SIGKILL);  // a gate without its porter can serve nothing
  }
  if (connection.gate == -1 && connection.porter == -1) connections_.erase(found);
}

void Supervisor::check_connections(MonotonicMs now) {
  const MonotonicMs grace = MonotonicMs{options_.config.sign_on_grace_s} * 1000;
  std::vector<std::uint64_t> late;
  for (auto& [number, connection] : connections_) {
    if (connection.gate_ended != 0 && now - connection.gate_ended > porter_linger_ms) end_child(connection.porter, SIGKILL);
    if (!connection.address.empty() && !connection.signed_on && connection.gate != -1 && now - connection.accepted > grace) {
      late.push_back(number);
    }
  }
  for (const std::uint64_t number : late) end_connection(number, "did not sign on in time");
  sources_.sweep(now);
}

}  // namespace bulkhead::hull
