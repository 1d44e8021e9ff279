#pragma once
// What the warden may do after its start: its channels, its own two files.
#include "sandbox/sandbox.h"

namespace bulkhead::warden {

sandbox::Policy policy();

}  // namespace bulkhead::warden
