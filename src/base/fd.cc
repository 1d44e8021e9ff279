#include "base/fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/cat.h"

namespace bulkhead {

void Fd::reset() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<void> read_exactly_at(int fd, MutableByteView out, std::uint64_t offset) {
  while (!out.empty()) {
    const ssize_t got = ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read");
    if (got == 0) return fail(Errc::corrupt, "the file is shorter than its record says");
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<void> write_all_at(int fd, ByteView data, std::uint64_t offset) {
  while (!data.empty()) {
    const ssize_t put = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write");
    data = data.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Result<void> write_all(int fd, ByteView data) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write");
    data = data.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<Bytes> read_file(int dir_fd, const char* path, std::size_t size_max) {
  const Fd file{::openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file.valid()) return fail_errno(cat("open ", path));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail_errno(cat("stat ", path));
  if (static_cast<std::uint64_t>(info.st_size) > size_max) return fail(Errc::too_large, cat(path, ": larger than expected"));
  Bytes content(static_cast<std::size_t>(info.st_size));
  TRY(read_exactly_at(file.get(), content, 0));
  return content;
}

Result<void> replace_file(int dir_fd, const char* path, ByteView content, mode_t mode) {
  const std::string temporary = cat(path, ".tmp");
  {
    const Fd file{::openat(dir_fd, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file.valid()) return fail_errno(cat("create ", temporary));
    TRY(write_all(file.get(), content));
    if (::fsync(file.get()) != 0) return fail_errno(cat("sync ", temporary));
  }
  if (::renameat(dir_fd, temporary.c_str(), dir_fd, path) != 0) return fail_errno(cat("rename to ", path));
  if (dir_fd != AT_FDCWD && ::fsync(dir_fd) != 0) return fail_errno(cat("sync the directory of ", path));
  return {};
}

Result<Fd> open_directory(int dir_fd, const char* path) {
  Fd dir{::openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
  if (!dir.valid()) return fail_errno(cat("open directory ", path));
  return dir;
}

Result<std::pair<Fd, Fd>> socket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return fail_errno("socketpair");
  return std::pair{Fd{ends[0]}, Fd{ends[1]}};
}

}  // namespace bulkhead
