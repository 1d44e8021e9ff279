#pragma once
// An Error as the client sees it: status and ErrorModel (moveit-rest section 3). Nothing internal is ever in it.
#include "base/result.h"
#include "proto/http/status.h"

namespace bulkhead::gate_http {

// What a path parameter or body names, for the error numbers of the contract.
enum class Thing : std::uint8_t { other, file, folder };

http::Status status_of(Errc kind);
// {title, detail, errorCode}.
std::string error_model(http::Status status, Errc kind, std::string_view detail, Thing thing);
// `detail` of ours and a status, where no Error is at hand (framing refusals).
std::string error_model(http::Status status, std::string_view detail);

}  // namespace bulkhead::gate_http
