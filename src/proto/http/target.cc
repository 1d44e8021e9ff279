#include "proto/http/target.h"

#include <algorithm>

#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

Result<std::string> decode_segment(std::string_view raw) {
  if (raw.empty()) return fail(Errc::invalid, "an empty path segment");
  if (raw.find(';') != std::string_view::npos) return fail(Errc::invalid, "a path parameter");
  std::string segment = TRY(percent_decode(raw, Plus::literal));
  const bool dots = segment.size() <= 2 && segment.find_first_not_of('.') == std::string::npos;
  if (dots) return fail(Errc::invalid, "a dot segment");
  const bool clean =
      std::ranges::none_of(segment, [](char letter) { return letter == '/' || letter == '\\' || is_control(letter); });
  if (!clean) return fail(Errc::invalid, "a slash, backslash or control byte in a path segment");
  return segment;
}

Result<void> decode_path(std::string_view path, Target& out) {
  if (!path.starts_with('/')) return fail(Errc::invalid, "the path does not start with a slash");
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (out.segments.size() == segments_max) return fail(Errc::too_large, "too many path segments");
    out.segments.push_back(TRY(decode_segment(path.substr(0, slash))));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
    out.trailing_slash = path.empty();
  }
  return {};
}

Result<void> decode_query(std::string_view query, Target& out) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    if (out.query.size() == query_pairs_max) return fail(Errc::too_large, "too many query parameters");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = TRY(percent_decode(pair.substr(0, equals), Plus::space));
    std::string value = TRY(percent_decode(pair.substr(std::min(equals + 1, pair.size())), Plus::space));
    out.query.push_back({std::move(name), std::move(value)});
  }
  return {};
}

}  // namespace

Result<std::optional<std::string_view>> Target::query_one(std::string_view name) const {
  const std::vector<std::string_view> values = query_all(name);
  if (values.size() > 1) return fail(Errc::invalid, "a query parameter that may stand once stands twice");
  if (values.empty()) return std::optional<std::string_view>{};
  return std::optional{values.front()};
}

std::vector<std::string_view> Target::query_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const QueryPair& pair : query) {
    if (equal_ignoring_case(pair.name, name)) values.emplace_back(pair.value);
  }
  return values;
}

Result<Target> parse_target(std::string_view raw) {
  Target out;
  if (raw == "*") {
    out.asterisk = true;
    return out;
  }
  const std::size_t mark = std::min(raw.find('?'), raw.size());
  TRY(decode_path(raw.substr(0, mark), out));
  TRY(decode_query(raw.substr(std::min(mark + 1, raw.size())), out));
  return out;
}

}  // namespace bulkhead::http
