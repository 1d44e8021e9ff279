#include "vault/sandbox.h"

#include <seccomp.h>

#include <array>

#include "sandbox/calls.h"

namespace bulkhead::vault {
namespace {

constexpr std::array own_calls{
    sandbox::Call{SCMP_SYS(openat), "keys, ledger segments, tiles and checkpoint, below the root directory only"},
    sandbox::Call{SCMP_SYS(fstat), "their sizes"},
    sandbox::Call{SCMP_SYS(newfstatat), "the same, as libc spells it"},
    sandbox::Call{SCMP_SYS(faccessat), "whether keys are there"},
    sandbox::Call{SCMP_SYS(faccessat2), "whether a checkpoint is there"},
    sandbox::Call{SCMP_SYS(pread64), "keys, and the ledger at start"},
    sandbox::Call{SCMP_SYS(pwrite64), "entries"},
    sandbox::Call{SCMP_SYS(fdatasync), "an entry is durable before its key leaves"},
    sandbox::Call{SCMP_SYS(fsync), "keys, tiles and directories are durable"},
    sandbox::Call{SCMP_SYS(ftruncate), "what a failed write or a crash left of an entry is cut off"},
    sandbox::Call{SCMP_SYS(mkdirat), "directories of the ledger"},
    sandbox::Call{SCMP_SYS(renameat), "keys, tiles and checkpoint are replaced whole"},
    sandbox::Call{SCMP_SYS(unlinkat), "partial tiles that became full"},
    sandbox::Call{SCMP_SYS(flock), "one vault a ledger"},
    sandbox::Call{SCMP_SYS(mlock), "keys stay out of swap"},
};

constexpr auto calls = sandbox::joined(sandbox::loop_calls, own_calls);

}  // namespace

sandbox::Policy policy() {
  return {.process = "vault",
          .calls = calls,
          .files = true,
          .open_files_max = 20'000,  // one channel a connection (answers.h channels_max), and a few files
          .data_size_max = 2ULL * 1024 * 1024 * 1024};
}

}  // namespace bulkhead::vault
