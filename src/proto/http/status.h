#pragma once
// The statuses this server answers with (RFC 9110 section 15), and what a parser hands back when it will not go on.
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::http {

enum class Status : std::uint16_t {
  continue_ = 100,
  ok = 200,
  created = 201,
  accepted = 202,
  no_content = 204,
  partial_content = 206,
  found = 302,
  see_other = 303,
  not_modified = 304,
  resume_incomplete = 308,  // moveit-rest section 6.2: a piece of a resumable upload was taken, more is expected
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  not_acceptable = 406,
  request_timeout = 408,
  conflict = 409,
  gone = 410,
  length_required = 411,
  precondition_failed = 412,
  content_too_large = 413,
  uri_too_long = 414,
  unsupported_media_type = 415,
  range_not_satisfiable = 416,
  expectation_failed = 417,
  misdirected_request = 421,
  unprocessable_content = 422,
  upgrade_required = 426,
  too_many_requests = 429,
  head_too_large = 431,
  checksum_mismatch = 460,  // tus 1.0.0, extension checksum
  internal_error = 500,
  not_implemented = 501,
  unavailable = 503,
  version_not_supported = 505,
  insufficient_storage = 507,
};

// "Not Found" for 404. Every Status has one.
std::string_view reason_phrase(Status status);

// The request cannot be served: answer `status` and close the connection, for the framing of what follows is unknown.
// `detail` is fixed text of ours, never a copy of hostile bytes.
struct Refusal {
  Status status = Status::bad_request;
  std::string detail;
};

// Not enough bytes yet: feed more.
struct NeedsMore {};

// The value of Allow beside a 405.
inline constexpr std::string_view allowed_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace bulkhead::http
