#pragma once
// The OpenAPI 3.1 document of a table of operations.
#include <string>

#include "gate_http/api/operations.h"

namespace bulkhead::gate_http::api {

struct Described {
  const Operation* operation;
  bool open;  // works before sign-on
};

std::string openapi_document(std::span<const Described> table);

}  // namespace bulkhead::gate_http::api
