#include "gate_http/errors.h"

#include "proto/http/json_out.h"

namespace bulkhead::gate_http {
namespace {

std::string model(http::Status status, std::string_view detail, std::int64_t code) {
  std::string out;
  json::Writer writer{out};
  writer.begin_object();
  writer.key("title").string(http::reason_phrase(status));
  writer.key("detail").string(detail);
  writer.key("errorCode").integer(code);
  writer.end_object();
  return out;
}

// The numbers of moveit-rest section 3.
std::int64_t code_of(Errc kind, Thing thing) {
  const auto by = [thing](std::int64_t file, std::int64_t folder, std::int64_t other) {
    return thing == Thing::file ? file : thing == Thing::folder ? folder : other;
  };
  switch (kind) {
    case Errc::not_found: return by(2058, 2056, 2251);
    case Errc::denied:
    case Errc::held: return 2020;
    case Errc::conflict: return by(2092, 2090, 2250);
    case Errc::invalid: return by(2102, 2100, 200);
    case Errc::unauthenticated:
    case Errc::expired: return 2025;
    case Errc::storage_full:
    case Errc::over_quota: return 2210;
    case Errc::too_large:
    case Errc::exhausted:
    case Errc::unsupported:
    case Errc::other_principal: return 200;
    case Errc::io:
    case Errc::corrupt: return 100;
  }
  return 100;
}

}  // namespace

http::Status status_of(Errc kind) {
  using http::Status;
  switch (kind) {
    case Errc::invalid:
    case Errc::over_quota: return Status::unprocessable_content;
    case Errc::not_found: return Status::not_found;
    case Errc::denied: return Status::forbidden;
    case Errc::conflict:
    case Errc::held: return Status::conflict;
    case Errc::too_large: return Status::content_too_large;
    case Errc::exhausted: return Status::too_many_requests;
    case Errc::storage_full: return Status::insufficient_storage;
    case Errc::io: return Status::unavailable;
    case Errc::corrupt: return Status::internal_error;
    case Errc::unauthenticated:
    case Errc::expired: return Status::unauthorized;
    case Errc::unsupported: return Status::unsupported_media_type;
    case Errc::other_principal: return Status::misdirected_request;
  }
  return Status::internal_error;
}

std::string error_model(http::Status status, Errc kind, std::string_view detail, Thing thing) {
  // What went wrong inside is in the log; a stranger learns only that it did.
  if (kind == Errc::storage_full) detail = "The server has no space left. Nothing was stored. Free some space and try again.";
  if (kind == Errc::io) detail = "The service is busy or restarting. Try again.";
  if (kind == Errc::corrupt) detail = "The stored content failed its integrity check. The administrator has been told.";
  return model(status, detail, code_of(kind, thing));
}

std::string error_model(http::Status status, std::string_view detail) { return model(status, detail, 200); }

}  // namespace bulkhead::gate_http
