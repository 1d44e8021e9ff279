#include "mailer/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/cat.h"
#include "ipc/channel.h"

namespace bulkhead::mailer {
namespace {

constexpr int connect_max_ms = 10'000;  // of one address

void give_up_root(std::uint32_t uid) {
  if (::geteuid() == 0 && uid != 0) {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) ::_exit(1);
  }
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(1);
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);  // NOLINT(*reinterpret-cast): the socket interface
    return (ntohl(v4->sin_addr.s_addr) >> 24U) == 127;
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);  // NOLINT(*reinterpret-cast)
  return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

std::string numeric(const addrinfo& at) {
  std::array<char, NI_MAXHOST> text{};
  const int wrong = ::getnameinfo(at.ai_addr, at.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return wrong == 0 ? std::string{text.data()} : std::string{};
}

Result<Fd> connect_to(const addrinfo& at) {
  Fd socket{::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket.valid()) return fail_errno("socket");
  if (::connect(socket.get(), at.ai_addr, at.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return fail_errno("connect");
    pollfd wait{socket.get(), POLLOUT, 0};
    if (::poll(&wait, 1, connect_max_ms) != 1) return fail(Errc::io, "connect: it takes too long");
    int wrong = 0;
    socklen_t size = sizeof wrong;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &wrong, &size) != 0) return fail_errno("connect");
    errno = wrong;
    if (wrong != 0) return fail_errno("connect");
  }
  const int flags = ::fcntl(socket.get(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) return fail_errno("fcntl");
  return socket;
}

Result<Dialled> dial_here(const std::string& host, std::uint16_t port, bool loopback) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int wrong = ::getaddrinfo(host.c_str(), cat(port).c_str(), &wanted, &found);
  if (wrong != 0) return fail(Errc::io, cat("no address of ", host, ": ", ::gai_strerror(wrong)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all{found, ::freeaddrinfo};
  Error last = fail(Errc::io, cat("no address of ", host));
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (loopback && !is_loopback(at->ai_addr)) {
      last = fail(Errc::io, cat(host, " is not on this machine: smtp_plain is for loopback addresses"));
      continue;
    }
    Result<Fd> socket = connect_to(*at);
    if (socket.ok()) return Dialled{std::move(*socket), numeric(*at)};
    last = fail(Errc::io, cat(host, " at ", numeric(*at), " port ", port, ": ", socket.error().message()));
  }
  return last;
}

}  // namespace

Result<Dialled> dial(const std::string& host, std::uint16_t port, bool loopback, std::uint32_t uid) {
  auto [mine, theirs] = TRY(socket_pair());
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("fork");
  if (child == 0) {
    mine.reset();
    give_up_root(uid);
    ::alarm(dial_max_s);
    const Result<Dialled> dialled = dial_here(host, port, loopback);
    ipc::Frame frame{
        1, ipc::Kind::notice, 0, to_bytes(dialled.ok() ? dialled->address : dialled.error().message()), {}};
    const std::array sockets{dialled.ok() ? dialled->socket.get() : -1};
    const bool sent = ipc::Channel{std::move(theirs)}.send(frame, std::span{sockets}.first(dialled.ok() ? 1 : 0)).ok();
    ::_exit(sent ? 0 : 1);
  }
  theirs.reset();
  ipc::Channel channel{std::move(mine)};
  Result<std::optional<ipc::Frame>> frame = channel.receive();
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (!frame.ok() || !*frame) return fail(Errc::io, cat("no connection to ", host, " within ", dial_max_s, " s"));
  const std::string text = to_text((*frame)->body).substr(0, 300);
  if ((*frame)->descriptors.size() != 1) return fail(Errc::io, text);
  return Dialled{std::move((*frame)->descriptors.front()), text};
}

}  // namespace bulkhead::mailer
