#pragma once
// Fd: owns one file descriptor and closes it. The few calls on descriptors that several processes share.
#include <sys/types.h>

#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_{number} {}
  Fd(Fd&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() { return std::exchange(number_, -1); }
  void reset();

 private:
  int number_ = -1;
};

// Positioned reads and writes of exactly that many bytes; retried on EINTR. A short file is Errc::corrupt.
Result<void> read_exactly_at(int fd, MutableByteView out, std::uint64_t offset);
Result<void> write_all_at(int fd, ByteView data, std::uint64_t offset);
// The same at the current position of a file, pipe or stream socket.
Result<void> write_all(int fd, ByteView data);
// A whole small file below `dir_fd` (AT_FDCWD for the working directory), at most `size_max` bytes.
Result<Bytes> read_file(int dir_fd, const char* path, std::size_t size_max);
// Writes `path`.tmp, syncs it, renames it over `path`, syncs the directory: old or new content, never a mixture.
Result<void> replace_file(int dir_fd, const char* path, ByteView content, mode_t mode);
Result<Fd> open_directory(int dir_fd, const char* path);
// Two connected SEQPACKET sockets, close-on-exec.
Result<std::pair<Fd, Fd>> socket_pair();

}  // namespace bulkhead
