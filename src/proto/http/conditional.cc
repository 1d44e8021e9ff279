#include "proto/http/conditional.h"

#include "proto/http/date.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

enum class Match : std::uint8_t { no, yes, malformed };
enum class Comparison : std::uint8_t { strong, weak };

// Takes one entity-tag (RFC 9110 section 8.8.3) off `rest`; empty when there is none.
std::string_view take_tag(std::string_view& rest) {
  const std::size_t open = rest.starts_with("W/") ? 2 : 0;
  if (rest.substr(open, 1) != "\"") return {};
  const std::size_t close = rest.find('"', open + 1);
  if (close == std::string_view::npos) return {};
  const std::string_view tag = rest.substr(0, close + 1);
  rest.remove_prefix(close + 1);
  return tag;
}

Match match_tags(std::string_view list, const Validators& now, Comparison comparison) {
  if (trim_ows(list) == "*") return now.etag || now.last_modified ? Match::yes : Match::no;
  Match found = Match::no;
  for (std::string_view rest = trim_ows(list); !rest.empty();) {
    if (rest.starts_with(',')) {
      rest = trim_ows(rest.substr(1));
      continue;
    }
    std::string_view tag = take_tag(rest);
    if (tag.empty()) return Match::malformed;
    rest = trim_ows(rest);
    if (!rest.empty() && !rest.starts_with(',')) return Match::malformed;
    if (comparison == Comparison::weak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (now.etag && tag == *now.etag) found = Match::yes;
  }
  return found;
}

// Step 2: none when the field is absent, no date, or there is nothing to compare it with (section 13.1.4).
std::optional<bool> changed_since(std::optional<std::string_view> field, const Validators& now) {
  const auto date = field ? parse_http_date(*field) : std::nullopt;
  if (!date || !now.last_modified) return std::nullopt;
  return *now.last_modified / 1000 > *date / 1000;
}

}  // namespace

Verdict evaluate_conditions(const Fields& fields, Method method, const Validators& now) {
  const bool reads = method == Method::get || method == Method::head;
  if (const auto tags = fields.joined("if-match")) {
    if (match_tags(*tags, now, Comparison::strong) != Match::yes) return Verdict::precondition_failed;
  } else if (changed_since(fields.find("if-unmodified-since"), now).value_or(false)) {
    return Verdict::precondition_failed;
  }
  if (const auto tags = fields.joined("if-none-match")) {
    const Match match = match_tags(*tags, now, Comparison::weak);
    if (match == Match::yes) return reads ? Verdict::not_modified : Verdict::precondition_failed;
    if (match == Match::malformed && !reads) return Verdict::precondition_failed;
  } else if (reads && !changed_since(fields.find("if-modified-since"), now).value_or(true)) {
    return Verdict::not_modified;
  }
  return Verdict::proceed;
}

}  // namespace bulkhead::http
