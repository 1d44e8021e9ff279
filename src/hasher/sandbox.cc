#include "hasher/sandbox.h"

namespace bulkhead::hasher {

// Not one call beside the common ones: no file, no socket, no thread, no program.
sandbox::Policy policy() {
  // The largest argon2id memory twice over, with room for libc.
  return {.process = "hasher", .calls = {}, .files = false, .open_files_max = 16, .data_size_max = 160U << 20U};
}

}  // namespace bulkhead::hasher
