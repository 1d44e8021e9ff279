#include "proto/http/range.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "proto/http/date.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

constexpr std::string_view unit = "bytes";
constexpr std::size_t range_value_max = 256;

// 1*DIGIT, stuck at the maximum instead of overflowing: a position beyond every file.
std::optional<std::uint64_t> saturated_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (char letter : text) {
    if (!is_digit(letter)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(letter - '0');
    value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
  }
  return value;
}

RangeAnswer suffix_range(std::string_view digits, std::uint64_t size) {
  const auto length = saturated_number(digits);
  if (!length) return {};
  if (*length == 0) return {.kind = RangeAnswer::Kind::unsatisfiable, .range = {}};
  if (size == 0) return {};  // satisfiable, but an empty file has no range to name
  return {.kind = RangeAnswer::Kind::partial, .range = {.first = size - std::min(*length, size), .last = size - 1}};
}

}  // namespace

RangeAnswer evaluate_range(std::optional<std::string_view> range, std::uint64_t size) {
  if (!range || range->size() > range_value_max) return {};
  const std::size_t equals = range->find('=');
  if (equals == std::string_view::npos || !equal_ignoring_case(range->substr(0, equals), unit)) return {};
  const std::string_view spec = trim_ows(range->substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  if (dash == 0) return suffix_range(spec.substr(1), size);

  const auto first = saturated_number(spec.substr(0, dash));
  const std::string_view last_digits = spec.substr(dash + 1);
  const auto last = last_digits.empty() ? std::optional{UINT64_MAX} : saturated_number(last_digits);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {.kind = RangeAnswer::Kind::unsatisfiable, .range = {}};
  return {.kind = RangeAnswer::Kind::partial, .range = {.first = *first, .last = std::min(*last, size - 1)}};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return cat(unit, ' ', range.first, '-', range.last, '/', size);
}
std::string content_range_unsatisfied(std::uint64_t size) {
  return cat(unit, " */", size);
}

bool if_range_holds(std::string_view if_range, std::string_view etag, std::optional<UnixMs> last_modified) {
  // Strong comparison: a weak tag never matches.
  if (if_range.starts_with('"')) return if_range == etag;
  const auto date = parse_http_date(if_range);
  return date && last_modified && *date / 1000 == *last_modified / 1000;
}

Result<UploadRange> parse_content_range(std::string_view text) {
  constexpr std::uint64_t position_max = INT64_MAX;
  if (!equal_ignoring_case(text.substr(0, unit.size() + 1), "bytes ")) {
    return fail(Errc::invalid, "Content-Range: the unit is not bytes");
  }
  text = text.substr(unit.size() + 1);
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return fail(Errc::invalid, "Content-Range: no total");
  UploadRange out{.range = {}, .total = TRY(parse_decimal(text.substr(slash + 1), position_max))};
  const std::string_view span = text.substr(0, slash);
  if (span == "*") return out;
  const std::size_t dash = span.find('-');
  if (dash == std::string_view::npos) return fail(Errc::invalid, "Content-Range: no range");
  const ByteRange range{.first = TRY(parse_decimal(span.substr(0, dash), position_max)),
                        .last = TRY(parse_decimal(span.substr(dash + 1), position_max))};
  if (range.first > range.last || range.last >= out.total) {
    return fail(Errc::invalid, "Content-Range: the range does not lie within the total");
  }
  out.range = range;
  return out;
}

}  // namespace bulkhead::http
