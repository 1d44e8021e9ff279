#pragma once
// What a porter may do after its start: frames, and positioned reads and writes of the blobs it is handed.
#include "sandbox/sandbox.h"

namespace bulkhead::porter {

sandbox::Policy policy();

}  // namespace bulkhead::porter
