#pragma once
// The data types of RFC 4251 section 5 that base Reader and Writer do not have: mpint and name-list.
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ssh {

inline constexpr std::size_t name_size_max = 64;  // bytes of an algorithm's name (RFC 4251 section 6)
inline constexpr std::size_t names_max = 128;     // of one name-list

// Takes a name-list of at most `size_max` bytes. The Reader fails for empty names, names over a limit, bytes that are
// not printable US-ASCII, and too many names.
inline std::vector<std::string> take_name_list(Reader& reader, std::size_t size_max) {
  std::vector<std::string> names;
  std::string_view rest = as_text(reader.string(size_max));
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = rest.substr(0, comma);
    bool good = !name.empty() && name.size() <= name_size_max && names.size() < names_max;
    for (char letter : name) good = good && letter > ' ' && letter < 127;
    if (!good || comma + 1 == rest.size()) {
      reader.fail();
      return {};
    }
    names.emplace_back(name);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return names;
}

template <class Names>
std::string join_names(const Names& names) {
  std::string out;
  for (std::string_view name : names) out.append(out.empty() ? "" : ",").append(name);
  return out;
}

// Takes an mpint that is not negative: its magnitude without leading zeros. The Reader fails for a negative number and
// for one with needless leading bytes, which RFC 4251 forbids.
inline ByteView take_mpint(Reader& reader, std::size_t size_max) {
  ByteView raw = reader.string(size_max);
  if (raw.empty()) return raw;
  const bool padded = raw.front() == 0;
  if ((raw.front() & 0x80U) != 0 || (padded && (raw.size() == 1 || (raw[1] & 0x80U) == 0))) {
    reader.fail();
    return {};
  }
  return raw.subspan(padded ? 1 : 0);
}

// `magnitude` big-endian, with any number of leading zeros.
inline void put_mpint(Writer& writer, ByteView magnitude) {
  while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
  const bool pad = !magnitude.empty() && (magnitude.front() & 0x80U) != 0;
  writer.u32(static_cast<std::uint32_t>(magnitude.size() + (pad ? 1 : 0)));
  if (pad) writer.u8(0);
  writer.bytes(magnitude);
}

}  // namespace bulkhead::ssh
