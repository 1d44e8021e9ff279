#pragma once
// A ZIP archive (PKWARE APPNOTE 6.3.10) written front to back. Pure: bytes out, no I/O, no clock. Members are stored,
// not compressed, with a data descriptor behind each, since the CRC is known only then. Sizes are known before, so the
// size of the whole archive is known before its first byte.
//
// A name in an archive is a path on somebody else's machine. So it is refused (Errc::invalid) unless it is UTF-8 of
// components joined by '/': none of them empty, "." or "..", no backslash, no control byte, nothing absolute. A drive
// at the start
// ("C:x") loses its colon to '_'. What lies in a folder comes after that folder. No two members differ in ASCII case
// only, and no file stands where a folder does: the later one gets a number, "a.txt" -> "a (2).txt".
//
//   for each member: add_folder, or add_file -> content of `size` bytes, all through count -> end_file; then finish
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "proto/zip/crc32.h"

namespace bulkhead::zip {

inline constexpr std::size_t name_size_max = 4'096;
inline constexpr std::size_t members_max = 10'000;
inline constexpr std::size_t names_size_max = std::size_t{4} * 1024 * 1024;  // of all members together
inline constexpr std::uint64_t content_size_max = std::uint64_t{1} << 60U;   // of all members together

// The bytes to send, and the name that the member got.
struct Head {
  Bytes bytes;
  std::string name;
};

class Writer {
 public:
  // Times beyond what the format holds are cut to its ends: 1980 to 2107, in steps of two seconds; to the second, and
  // in UTC for those who read it, in an extra field from 1970 to 2038. Errc::invalid: the name; too_large: over a limit
  // above.
  Result<Head> add_file(std::string_view name, UnixMs modified_ms, std::uint64_t size);
  // `name` without a slash at its end. What lies in it is added below the name that it got.
  Result<Head> add_folder(std::string_view name, UnixMs modified_ms);
  // The content of the file that was added last, as it is sent. Errc::conflict: more than its size.
  Result<void> count(ByteView content);
  // Errc::conflict: less than its size. After it the archive cannot be finished.
  Result<Bytes> end_file();
  // The directory of the archive. Nothing comes after it.
  Result<Bytes> finish();

  // For a measure of the archive: the content of the file that was added last is taken as if it had been counted.
  void skip_content();
  // Bytes of the archive so far.
  std::uint64_t size() const { return offset_; }

 private:
  struct Member {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    UnixMs modified_ms = 0;
  };
  struct Taken {
    bool folder = false;
    std::uint32_t next = 2;  // the number of the next member that wants this name
  };
  Result<Head> add(std::string_view name, bool folder, UnixMs modified_ms, std::uint64_t size);
  Result<void> check_name(std::string_view name) const;
  std::string take_name(std::string_view name, bool folder);

  std::vector<Member> members_;
  std::unordered_map<std::string, Taken> taken_;  // in small letters, folders without their slash
  std::size_t names_size_ = 0;
  std::uint64_t content_size_ = 0;
  std::uint64_t offset_ = 0;
  std::optional<std::uint64_t> left_;  // of the open file; none between two members
  Crc32 crc_;
};

}  // namespace bulkhead::zip
