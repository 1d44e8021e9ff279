#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "hull/supervisor.h"
#include "base/version.h"

namespace bulkhead::hull {
namespace {

Kind kind_of(asks::Office office) {
  switch (office) {
    case asks::Office::warden: return Kind::warden;
    case asks::Office::vault: return Kind::vault;
    case asks::Office::keeper: return Kind::keeper;
  }
  die("an office without a process");
}

constexpr const char* socket_path = "run/admin.sock";  // relative to the data directory, our working directory

sockaddr_un socket_address() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  static_assert(sizeof address.sun_path > 16);
  std::copy_n(socket_path, std::string_view{socket_path}.size(), address.sun_path);
  return address;
}

// Root, or the user the server runs as: whoever could read its files anyway.
bool may_administer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

Result<void> Supervisor::open_admin_socket() {
  ::unlink(socket_path);  // left by a run that was killed; the lock in run/ keeps a second server away
  admin_ = Fd{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const sockaddr_un address = socket_address();
  const mode_t mask = ::umask(0177);
  const bool bound = ::bind(admin_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;  // NOLINT
  ::umask(mask);
  if (!bound || ::listen(admin_.get(), 16) != 0) return fail_errno("administration socket");
  service_.watch(admin_.get(), [this] { accept_admin(); });
  return {};
}

void Supervisor::accept_admin() {
  Fd socket{::accept4(admin_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!socket.valid()) return;
  if (!may_administer(socket.get())) return log(Level::warning, "administration refused", {});
  service_.serve(std::move(socket), asks::admin_hull_asks, 0, [this](ipc::Call& call) { on_admin(call); });
}

void Supervisor::on_admin(ipc::Call& call) {
  if (state_ != State::serving) return service_.refuse(call.ticket, fail(Errc::exhausted, "the server is starting or stopping; try again"));
  if (call.frame.number == asks::Status::number) {
    return ipc::answer_now<asks::Status>(call, [this](const asks::Status&) -> Result<asks::Status::Reply> { return status(); });
  }
  const Result<asks::Connect> wanted = ipc::decode<asks::Connect>(call.frame.body, "connect");
  if (!wanted.ok()) return service_.end(call.ticket.peer, wanted.error().message());
  Result<std::pair<Fd, Fd>> pair = socket_pair();
  if (!pair.ok()) return service_.refuse(call.ticket, pair.error());
  introduce(kind_of(wanted->office), 0, asks::Role::admin, std::move(pair->first));
  std::vector<Fd> descriptors;
  descriptors.push_back(std::move(pair->second));
  service_.reply(call.ticket, ipc::encode(ipc::Nothing{}), std::move(descriptors));
}

asks::Status::Reply Supervisor::status() const {
  asks::Status::Reply reply;
  reply.version = version;
  reply.started_ms = static_cast<std::uint64_t>(started_ms_);
  reply.https_address = https_.address;
  reply.ssh_address = ssh_.address;
  reply.ssh_fingerprints = signet_.fingerprints;
  reply.connections = sources_.connections();
  reply.connections_total = connections_total_;
  reply.refused_total = refused_total_;
  reply.violations_total = violations_total_;
  reply.crashes_total = crashes_total_;
  for (const auto& [pid, child] : children_) {
    if (!child.ready || reply.processes.size() >= 1'000) continue;
    reply.processes.push_back({row_of(child.kind).name, static_cast<std::uint32_t>(pid), child.layers, static_cast<std::uint64_t>(child.started_ms)});
  }
  return reply;
}

}  // namespace bulkhead::hull
