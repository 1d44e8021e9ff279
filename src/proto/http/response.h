#pragma once
// Response heads as bytes. A name or value that would start a second field or response cannot be written (breach class
//
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proto/http/status.h"

namespace bulkhead::http {

inline constexpr std::size_t response_value_max = 8'192;

// For answers of the interface: nothing in them is ever a page.
inline constexpr std::string_view api_content_policy = "default-src 'none'; frame-ancestors 'none'";

// Collects fields; the first mistake sticks, and build() reports it.
class ResponseHead {
 public:
  explicit ResponseHead(Status status) : status_{status} {}

  // Refused: a name that is no token or stands already (Set-Cookie may repeat), a value with a control byte (tab
  // included), with white space at an end, or longer than response_value_max.
  ResponseHead& field(std::string_view name, std::string_view value);
  ResponseHead& content_length(std::uint64_t bytes);
  // nosniff, the content policy, Referrer-Policy, Cross-Origin-Resource-Policy, Cache-Control: no-store and HSTS.
  ResponseHead& security_fields(std::string_view content_policy = api_content_policy);

  // Status line, fields in order, empty line. Errc::invalid: a refused field; Errc::conflict: one given twice, or
  // framing that RFC 9112 section 6 forbids (Content-Length beside Transfer-Encoding, either with 1xx or 204).
  Result<std::string> build() const;

 private:
  bool has(std::string_view name) const;

  Status status_;
  std::vector<std::string> names_;
  std::string lines_;
  Result<void> state_;
};

// "HTTP/1.1 100 Continue" with its empty line.
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

// The value of Content-Disposition for a download (RFC 6266): an ASCII fallback, and filename* (RFC 8187) when that
// lost something. Any bytes are safe; those that are no UTF-8 become U+FFFD.
std::string attachment(std::string_view filename);

}  // namespace bulkhead::http
