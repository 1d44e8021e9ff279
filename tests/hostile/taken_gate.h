#pragma once
// A gate that was taken over. It stands where the real one stands, inside the same sandbox, and obeys the commands of
// relay.h that come in plain text over the connection it was handed.
#include "sandbox/sandbox.h"

namespace bulkhead::hostile {

// The whole program; `policy` is the real gate's.
int taken_gate(int count, char** arguments, const sandbox::Policy& policy);

}  // namespace bulkhead::hostile
