#pragma once
#include "sandbox/sandbox.h"

namespace bulkhead::gate_ssh {

const sandbox::Policy& policy();

}  // namespace bulkhead::gate_ssh
