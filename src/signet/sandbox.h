#pragma once
// What signet may still do after its start.
#include "sandbox/sandbox.h"

namespace bulkhead::signet {

sandbox::Policy policy();

}  // namespace bulkhead::signet
