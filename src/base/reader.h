#pragma once
// Reader: the one way to take fields off bytes. Every take checks the length; the first failure sticks, so a parser
// may take several fields and ask ok() once. Integers are big-endian. `done()` refuses trailing bytes.
#include <bit>
#include <concepts>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead {

class Reader {
 public:
  explicit Reader(ByteView input) : rest_{input} {}

  bool ok() const { return !failed_; }
  std::size_t remaining() const { return rest_.size(); }
  ByteView rest() const { return rest_; }

  template <std::unsigned_integral N>
  N number() {
    ByteView raw = bytes(sizeof(N));
    N value = 0;
    for (std::uint8_t byte : raw) value = static_cast<N>((static_cast<std::uint64_t>(value) << 8U) | byte);
    return value;
  }
  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }

  // A view into the input; empty when fewer bytes are left (and the Reader has failed).
  ByteView bytes(std::size_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  // A u32 length, at most `size_max`, then that many bytes.
  ByteView string(std::size_t size_max) {
    const std::uint32_t size = u32();
    if (size > size_max) failed_ = true;
    return bytes(size);
  }
  void fail() { failed_ = true; }

  // The end of a message: all fields were there, and nothing follows.
  Result<void> done(std::string_view message_name) const {
    if (failed_) return bulkhead::fail(Errc::invalid, std::string{message_name} + ": cut short or over a limit");
    if (!rest_.empty()) return bulkhead::fail(Errc::invalid, std::string{message_name} + ": trailing bytes");
    return {};
  }

 private:
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace bulkhead
