#pragma once
// Requests against their schemas, in one place for all routes. As tolerant as the reads of proto/http/json_in.h: names
// and enumerations without ASCII case, "true" for true, "12" for 12, null for absent; what no schema knows is let pass.
#include "gate_http/api/operations.h"
#include "proto/http/json_in.h"
#include "proto/http/target.h"

namespace bulkhead::gate_http::api {

// Errc::invalid, and the message begins with the member: "permissions.readFiles: must be true or false".
Result<void> check_body(const Schema& schema, const json::Value& body);
// The parameters that the operation knows; an empty value is as if absent.
Result<void> check_query(const Operation& operation, const http::Target& target);

}  // namespace bulkhead::gate_http::api
