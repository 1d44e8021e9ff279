#pragma once
// What vault may still do after its start.
#include "sandbox/sandbox.h"

namespace bulkhead::vault {

sandbox::Policy policy();

}  // namespace bulkhead::vault
