#include "porter/sandbox.h"

#include <seccomp.h>

#include <array>

#include "ipc/data_asks.h"

namespace bulkhead::porter {
namespace {

// Nothing here opens, names or removes a file: blobs come from keeper as descriptors.
constexpr std::array own_calls{
    sandbox::Call{SCMP_SYS(pread64), "sealed chunks out of a blob"},
    sandbox::Call{SCMP_SYS(pwrite64), "sealed chunks into a blob"},
    sandbox::Call{SCMP_SYS(lseek), "the size of a blob; not fstat, which libc spells as a call that takes paths"},
    sandbox::Call{SCMP_SYS(fadvise64), "a blob is read from front to back"},
    sandbox::Call{SCMP_SYS(sync_file_range), "the disk starts writing before the end of an upload"},
    sandbox::Call{SCMP_SYS(fstatfs), "whether the disk has more left than its reserve"},
    sandbox::Call{SCMP_SYS(ftruncate), "the end of a draft is cut"},
    sandbox::Call{SCMP_SYS(fdatasync), "a blob is durable before it is published"},
};

}  // namespace

sandbox::Policy policy() {
  // The buffers are 10 MiB (workspace.h), what is remembered of drafts in many parts 4 MiB each (draft.h); the rest is
  // libcrypto and frames. One blob for each handle, and 16 more.
  return {.process = "porter",
          .calls = own_calls,
          .files = false,
          .open_files_max = asks::open_files_max + 16,
          .data_size_max = 96U << 20U};
}

}  // namespace bulkhead::porter
