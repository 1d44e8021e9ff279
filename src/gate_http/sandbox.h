#pragma once
#include "sandbox/sandbox.h"

namespace bulkhead::gate_http {

const sandbox::Policy& policy();

}  // namespace bulkhead::gate_http
