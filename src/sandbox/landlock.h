#pragma once
// Landlock by raw system call: Debian 12's kernel has ABI 2, and a container may have none. On top, never relied on.
#include <cstdint>

namespace bulkhead::sandbox {

// Denies all file access but below `root_fd` (pass -1 to deny that too), TCP bind and connect from ABI 4, abstract sockets and
// signals outward from ABI 6. Returns the ABI used, at most `abi_max`; 0 if the kernel has none.
std::uint32_t restrict_files(int root_fd, std::uint32_t abi_max);

}  // namespace bulkhead::sandbox
