#pragma once
// The Ed25519 seed that signs session capabilities: 32 bytes in a file of mode 0600, made at the first start.
#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::warden {

// Errc::corrupt for a file of another size: a key is never replaced by itself.
Result<Secret> load_or_make_signing_key(int dir_fd, const char* path);

}  // namespace bulkhead::warden
