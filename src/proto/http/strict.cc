#include "proto/http/strict.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

using Check = std::optional<Refusal>;

constexpr std::size_t request_line_overhead_max = 32;  // method, two spaces, version
constexpr std::uint64_t content_length_max = INT64_MAX;

struct MethodRow {
  std::string_view name;
  Method method;
};
constexpr std::array methods{MethodRow{"GET", Method::get},        MethodRow{"HEAD", Method::head},
                             MethodRow{"POST", Method::post},      MethodRow{"PUT", Method::put},
                             MethodRow{"PATCH", Method::patch},    MethodRow{"DELETE", Method::delete_},
                             MethodRow{"OPTIONS", Method::options}};
// Registered methods that no resource here has: 405. What nobody registered is 501 (RFC 9110 section 9.1).
constexpr std::array<std::string_view, 16> methods_refused{
    "TRACE",  "CONNECT", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",   "LOCK",
    "UNLOCK", "SEARCH",  "REPORT",   "ACL",       "BIND",  "LINK", "UNLINK", "QUERY"};

// Fields whose second occurrence would leave open which one counts.
constexpr std::array<std::string_view, 16> single_fields{
    "host",          "authorization",   "content-length",  "transfer-encoding", "content-type",  "expect",
    "content-range", "cookie",          "x-file-hash",     "tus-resumable",     "upload-offset", "upload-length",
    "upload-concat", "upload-metadata", "upload-checksum", "upload-defer-length"};

Refusal bad(std::string_view detail) {
  return {Status::bad_request, std::string{detail}};
}

Check check_method(std::string_view name, StrictHead& out) {
  if (!is_token(name)) return bad("the method is not a token");
  const auto row = std::ranges::find(methods, name, &MethodRow::name);
  if (row != methods.end()) {
    out.method = row->method;
    return std::nullopt;
  }
  if (std::ranges::find(methods_refused, name) != methods_refused.end()) {
    return Refusal{Status::method_not_allowed, "no resource has this method"};
  }
  const bool lower = std::ranges::any_of(name, [](char letter) { return letter >= 'a' && letter <= 'z'; });
  if (lower) return bad("methods are upper case");
  return Refusal{Status::not_implemented, "unknown method"};
}

// RFC 9112 section 3.2.1 origin-form. The query may hold what browsers leave unescaped there.
Check check_target(std::string_view target, const Limits& limits, StrictHead& out) {
  if (target.size() > limits.target_max) return Refusal{Status::uri_too_long, "the request target is too long"};
  out.target = target;
  if (target == "*" && out.method == Method::options) return std::nullopt;
  if (!target.starts_with('/')) return bad("the request target is not in origin form");
  for (char letter : target) {
    if (letter == ' ' || is_control(letter) || !is_ascii(letter)) return bad("a raw byte in the target needs escaping");
    if (letter == '#') return bad("a fragment in the request target");
  }
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.find_first_of("\\\"<>^`{|}") != std::string_view::npos) return bad("a raw byte in the path needs escaping");
  return std::nullopt;
}

Check check_version(std::string_view version, StrictHead& out) {
  const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
  if (!shaped) return bad("the request line does not end with an HTTP version");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{Status::version_not_supported, "only HTTP/1.1 and HTTP/1.0"};
  }
  out.version_minor = version[7] == '1' ? 1 : 0;
  return std::nullopt;
}

Check check_request_line(std::string_view line, const Limits& limits, StrictHead& out) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("the request line does not have three parts");
  if (auto refusal = check_method(line.substr(0, first), out)) return refusal;
  if (auto refusal = check_target(line.substr(first + 1, last - first - 1), limits, out)) return refusal;
  return check_version(line.substr(last + 1), out);
}

// The value of the only field of that name, none if it is absent.
std::optional<std::string_view> value_of(const StrictHead& head, std::string_view name) {
  for (const FieldView& field : head.fields) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

Check check_singles(const StrictHead& head) {
  for (std::string_view name : single_fields) {
    const auto count =
        std::ranges::count_if(head.fields, [&](const FieldView& f) { return equal_ignoring_case(f.name, name); });
    if (count > 1) return bad("a field that may stand once stands twice");
  }
  return std::nullopt;
}

// RFC 9112 section 3.2: a 1.1 request without Host, or with an invalid one, is answered with 400.
Check check_host(const StrictHead& head) {
  const auto host = value_of(head, "host");
  if (!host) return head.version_minor == 1 ? Check{bad("Host is missing")} : std::nullopt;
  const bool valid = !host->empty() && std::ranges::all_of(*host, [](char letter) {
    return is_alpha(letter) || is_digit(letter) ||
           (letter != '\0' && std::string_view{"-._:[]"}.find(letter) != std::string_view::npos);
  });
  return valid ? std::nullopt : Check{bad("Host is not a name or an address with an optional port")};
}

// RFC 9112 section 6.3, with every case that it lets a server repair refused instead.
Check check_framing(StrictHead& head) {
  const auto length = value_of(head, "content-length");
  const auto coding = value_of(head, "transfer-encoding");
  if (length && coding) return bad("Content-Length beside Transfer-Encoding");
  if (coding) {
    if (head.version_minor == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (*coding != "chunked") return bad("the only transfer coding is chunked");
    head.framing = Framing::chunked;
  }
  if (length) {
    const Result<std::uint64_t> bytes = parse_decimal(*length, content_length_max);
    if (!bytes) return bad("Content-Length is not one decimal number");
    head.framing = Framing::length;
    head.content_length = *bytes;
  }
  return std::nullopt;
}

Check check_content_coding(const StrictHead& head) {
  for (const FieldView& field : head.fields) {
    if (equal_ignoring_case(field.name, "content-encoding") && !equal_ignoring_case(field.value, "identity")) {
      return Refusal{Status::unsupported_media_type, "request bodies are never decompressed"};
    }
  }
  return std::nullopt;
}

Check check_expect(StrictHead& head) {
  const auto expect = value_of(head, "expect");
  if (!expect) return std::nullopt;
  if (!equal_ignoring_case(*expect, "100-continue")) return Refusal{Status::expectation_failed, "unknown expectation"};
  // RFC 9110 section 10.1.1: an expectation in HTTP/1.0 is ignored.
  head.expect_continue = head.version_minor == 1;
  return std::nullopt;
}

// RFC 9110 section 7.6.1: a list of tokens. Anything else is read differently by different servers.
Check check_connection(StrictHead& head) {
  bool tokens = true;
  bool close = false;
  bool keep = false;
  for (const FieldView& field : head.fields) {
    if (!equal_ignoring_case(field.name, "connection")) continue;
    for_each_element(field.value, [&](std::string_view option) {
      tokens = tokens && is_token(option);
      close = close || equal_ignoring_case(option, "close");
      keep = keep || equal_ignoring_case(option, "keep-alive");
    });
  }
  if (!tokens) return bad("Connection is not a list of tokens");
  if (close && keep) return bad("Connection says both close and keep-alive");
  head.keep_alive = !close && (head.version_minor == 1 || keep);
  return std::nullopt;
}

Check check_lines(std::string_view text, const Limits& limits, StrictHead& out) {
  std::size_t end = text.find("\r\n");
  if (auto refusal = check_request_line(text.substr(0, end), limits, out)) return refusal;
  for (text.remove_prefix(end + 2); text != "\r\n"; text.remove_prefix(end + 2)) {
    end = text.find("\r\n");
    const Result<FieldView> field = parse_field_line(text.substr(0, end));
    if (!field) return bad(field.error().message());
    if (out.fields.size() == limits.fields_max) return Refusal{Status::head_too_large, "too many header fields"};
    out.fields.push_back(*field);
  }
  return std::nullopt;
}

}  // namespace

std::string_view method_name(Method method) {
  const auto row = std::ranges::find(methods, method, &MethodRow::method);
  return row == methods.end() ? std::string_view{} : row->name;
}

std::optional<Refusal> HeadScanner::check_byte(ByteView buffer) const {
  const auto letter = static_cast<char>(buffer[position_]);
  const bool after_cr = position_ > 0 && buffer[position_ - 1] == '\r';
  if (position_ >= limits_.head_max) return Refusal{Status::head_too_large, "the request head is too long"};
  if (lines_ == 0 && position_ >= limits_.target_max + request_line_overhead_max) {
    return Refusal{Status::uri_too_long, "the request line is too long"};
  }
  if (letter == '\n') {
    if (!after_cr) return bad("LF without CR");
    if (position_ == 1) return bad("an empty line before the request line");
    if (lines_ > limits_.fields_max + 1) return Refusal{Status::head_too_large, "too many header fields"};
    return std::nullopt;
  }
  if (after_cr) return bad("CR without LF");
  if (letter != '\r' && letter != '\t' && is_control(letter)) return bad("a control byte in the request head");
  return std::nullopt;
}

std::variant<HeadSize, NeedsMore, Refusal> HeadScanner::scan(ByteView buffer) {
  for (; position_ < buffer.size(); ++position_) {
    if (auto refusal = check_byte(buffer)) return *std::move(refusal);
    if (buffer[position_] != '\n') continue;
    if (lines_ > 0 && buffer[position_ - 2] == '\n') return HeadSize{position_ + 1};
    ++lines_;
  }
  return NeedsMore{};
}

std::variant<StrictHead, Refusal> check_head(ByteView head, const Limits& limits) {
  HeadScanner scanner{limits};
  auto scanned = scanner.scan(head);
  if (auto* refusal = std::get_if<Refusal>(&scanned)) return std::move(*refusal);
  const auto* size = std::get_if<HeadSize>(&scanned);
  if (size == nullptr || size->bytes != head.size()) return bad("not exactly one request head");

  StrictHead out;
  if (auto refusal = check_lines(as_text(head), limits, out)) return *std::move(refusal);
  if (auto refusal = check_singles(out)) return *std::move(refusal);
  if (auto refusal = check_host(out)) return *std::move(refusal);
  if (auto refusal = check_framing(out)) return *std::move(refusal);
  if (auto refusal = check_content_coding(out)) return *std::move(refusal);
  if (auto refusal = check_expect(out)) return *std::move(refusal);
  if (auto refusal = check_connection(out)) return *std::move(refusal);
  return out;
}

}  // namespace bulkhead::http
