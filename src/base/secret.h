#pragma once
// Secret: bytes that are wiped when they go, and that will not print, compare with == or be logged.
#include <utility>

#include "base/bytes.h"

namespace bulkhead {

// Overwrites memory in a way that the compiler may not remove.
void wipe(MutableByteView bytes);
// Equal length and content, in time that depends on the length only.
bool equal_constant_time(ByteView left, ByteView right);

class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_{std::move(bytes)} {}
  static Secret copy_of(ByteView bytes) { return Secret{to_bytes(bytes)}; }
  static Secret zeroed(std::size_t size) { return Secret{Bytes(size)}; }

  Secret(Secret&& other) noexcept : bytes_{std::move(other.bytes_)} { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  Secret clone() const { return copy_of(bytes_); }
  ByteView view() const { return bytes_; }
  MutableByteView mutable_view() { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  void clear() {
    wipe(bytes_);
    bytes_.clear();
  }

 private:
  Bytes bytes_;
};

}  // namespace bulkhead
