#pragma once
// Byte ranges: which part of a file to send (RFC 9110 section 14), and which part of one an upload brings.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace bulkhead::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
  std::uint64_t length() const { return last - first + 1; }
  bool operator==(const ByteRange&) const = default;
};

struct RangeAnswer {
  enum class Kind : std::uint8_t {
    whole,          // 200: no range, or one that RFC 9110 section 14.2 lets a server ignore
    partial,        // 206 with `range`
    unsatisfiable,  // 416 with content_range_unsatisfied(size)
  };
  Kind kind = Kind::whole;
  ByteRange range;  // within the file; only with partial
};

// `range`: the value of Range, none when it is absent. Several ranges, other units and broken grammar are ignored.
RangeAnswer evaluate_range(std::optional<std::string_view> range, std::uint64_t size);

// "bytes 0-99/200" and "bytes */200".
std::string content_range(const ByteRange& range, std::uint64_t size);
std::string content_range_unsatisfied(std::uint64_t size);

// RFC 9110 section 13.1.5: false means that Range must be ignored. `etag` is ours, strong, with its quotes.
bool if_range_holds(std::string_view if_range, std::string_view etag, std::optional<UnixMs> last_modified);

// Content-Range of an upload piece (moveit-rest section 6.2): "bytes 0-99/200", or "bytes */0" without a range.
struct UploadRange {
  std::optional<ByteRange> range;
  std::uint64_t total = 0;
};
// Errc::invalid also for first > last, last >= total and sums over 63 bits.
Result<UploadRange> parse_content_range(std::string_view text);

}  // namespace bulkhead::http
