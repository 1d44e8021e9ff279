#pragma once
// The one reading of a request target: what policy sees is what dispatch sees (breach class R-021). Percent escapes
// are decoded once, and what could mean a second path to another reader is refused, not repaired.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead::http {

inline constexpr std::size_t segments_max = 64;
inline constexpr std::size_t query_pairs_max = 128;

struct QueryPair {
  std::string name;  // as sent
  std::string value;
};

struct Target {
  bool asterisk = false;              // OPTIONS *
  std::vector<std::string> segments;  // of "/a/b" or "/a/b/": {"a", "b"}; of "/": none. UTF-8, no control byte, no
                                      // '/' or '\', never "." or "..", never empty
  bool trailing_slash = false;        // tolerated (moveit-rest section 9 item 8), and not part of the segments
  std::vector<QueryPair> query;       // decoded, '+' as space; names compare without ASCII case

  // The only value of that name, none when absent. Errc::invalid when it stands twice.
  Result<std::optional<std::string_view>> query_one(std::string_view name) const;
  // All values of a parameter that may repeat, in order.
  std::vector<std::string_view> query_all(std::string_view name) const;
};

// `raw` passed check_head. Errc::invalid: %2f %5c %00 or a control byte in the path, text that is no UTF-8, "." and
// ".." segments in any spelling, ';', "//", a broken escape; Errc::too_large: over the counts above.
Result<Target> parse_target(std::string_view raw);

}  // namespace bulkhead::http
