#pragma once
// What chronicle may still do after its start.
#include "sandbox/sandbox.h"

namespace bulkhead::chronicle {

sandbox::Policy policy();

}  // namespace bulkhead::chronicle
