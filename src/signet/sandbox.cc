#include "signet/sandbox.h"

#include <seccomp.h>

#include <array>

#include "sandbox/calls.h"

namespace bulkhead::signet {
namespace {

constexpr std::array own_calls{
    sandbox::Call{SCMP_SYS(openat), "tls.key, tls.crt and the host keys, below the root directory only"},
    sandbox::Call{SCMP_SYS(fstat), "their sizes"},
    sandbox::Call{SCMP_SYS(newfstatat), "the same, as libc spells it"},
    sandbox::Call{SCMP_SYS(pread64), "their content"},
    sandbox::Call{SCMP_SYS(faccessat2), "whether they are there"},
    sandbox::Call{SCMP_SYS(faccessat), "the same, on older kernels"},
    sandbox::Call{SCMP_SYS(fsync), "a first key is durable before it is used"},
    sandbox::Call{SCMP_SYS(renameat), "and whole"},
};

constexpr auto calls = sandbox::joined(sandbox::loop_calls, own_calls);

}  // namespace

sandbox::Policy policy() {
  return {.process = "signet",
          .calls = calls,
          .files = true,
          .open_files_max = 65'536,  // one channel a connection
          .data_size_max = 512ULL * 1024 * 1024};
}

}  // namespace bulkhead::signet
