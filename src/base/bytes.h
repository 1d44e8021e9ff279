#pragma once
// Byte strings and the conversions between text and bytes. Nothing here copies unless its name says so.
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead {

using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};  // NOLINT(*reinterpret-cast)
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT(*reinterpret-cast)
}
inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
inline std::string to_text(ByteView bytes) { return std::string{as_text(bytes)}; }

// Copies all of `from` to the start of `to`, which must be at least as long.
inline void copy_to(MutableByteView to, ByteView from) {
  if (!from.empty()) std::memcpy(to.first(from.size()).data(), from.data(), from.size());
}

}  // namespace bulkhead
