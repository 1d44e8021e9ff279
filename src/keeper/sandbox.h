#pragma once
// What keeper may still do after its start.
#include "sandbox/sandbox.h"

namespace bulkhead::keeper {

sandbox::Policy policy();

}  // namespace bulkhead::keeper
