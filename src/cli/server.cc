#include "cli/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/cat.h"

namespace bulkhead::cli {
namespace {

ipc::Table table_of(asks::Office office) {
  switch (office) {
    case asks::Office::warden: return asks::admin_warden_asks;
    case asks::Office::vault: return asks::admin_vault_asks;
    case asks::Office::keeper: return asks::admin_keeper_asks;
  }
  return {};
}

}  // namespace

Result<ipc::Channel> connect_hull(const std::string& directory) {
  // Through a descriptor: the path of a Unix socket may have 107 bytes only.
  const Fd data{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!data.valid()) return fail(Errc::not_found, cat("no data directory at ", directory, ": make one with bulkhead init --data ", directory));
  Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  if (!socket.valid()) return fail_errno("socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = cat("/proc/self/fd/", data.get(), "/run/admin.sock");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {  // NOLINT(*reinterpret-cast)
    if (errno == EACCES) return fail(Errc::denied, "only root and the user that runs the server may administer it");
    return fail(Errc::not_found, cat("no server runs on ", directory, ": start it with bulkhead serve --data ", directory));
  }
  return ipc::Channel{std::move(socket)};
}

Result<ipc::Channel> connect_office(const std::string& directory, asks::Office office) {
  ipc::Channel hull = TRY(connect_hull(directory));
  std::vector<Fd> descriptors;
  TRY(hull.ask(asks::Connect{office}, &descriptors, 1));
  return ipc::Channel{std::move(descriptors[0]), table_of(office)};
}

std::string programs_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string whole{path.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  return whole.substr(0, whole.rfind('/'));
}

}  // namespace bulkhead::cli
