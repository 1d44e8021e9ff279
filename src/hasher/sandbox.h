#pragma once
// What a hasher may do after its start: compute and answer.
#include "sandbox/sandbox.h"

namespace bulkhead::hasher {

sandbox::Policy policy();

}  // namespace bulkhead::hasher
