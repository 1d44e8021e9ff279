#pragma once
// Writer: the mirror of Reader. Grows one byte string; integers are big-endian; a string is a u32 length, then bytes.
#include <concepts>

#include "base/bytes.h"
#include "base/die.h"

namespace bulkhead {

class Writer {
 public:
  Writer() = default;
  // Room for `size` bytes, so that a secret is not left behind by a buffer that grew.
  explicit Writer(std::size_t size) { out_.reserve(size); }

  template <std::unsigned_integral N>
  Writer& number(N value) {
    for (std::size_t shift = sizeof(N); shift-- > 0;) {
      out_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * shift)));
    }
    return *this;
  }
  Writer& u8(std::uint8_t value) { return number(value); }
  Writer& u16(std::uint16_t value) { return number(value); }
  Writer& u32(std::uint32_t value) { return number(value); }
  Writer& u64(std::uint64_t value) { return number(value); }

  Writer& bytes(ByteView raw) {
    out_.insert(out_.end(), raw.begin(), raw.end());
    return *this;
  }
  Writer& string(ByteView raw) {
    ENSURE(raw.size() <= UINT32_MAX);
    return u32(static_cast<std::uint32_t>(raw.size())).bytes(raw);
  }

  std::size_t size() const { return out_.size(); }
  const Bytes& view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace bulkhead
