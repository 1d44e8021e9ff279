#include "keeper/sandbox.h"

#include <seccomp.h>

#include <array>

#include "sandbox/calls.h"

namespace bulkhead::keeper {
namespace {

constexpr std::array own_calls{
    sandbox::Call{SCMP_SYS(fstatfs), "free space before an upload is taken"},
};

constexpr auto calls = sandbox::joined(sandbox::loop_calls, sandbox::database_calls, own_calls);

}  // namespace

sandbox::Policy policy() {
  return {.process = "keeper",
          .calls = calls,
          .files = true,
          .open_files_max = 65'536,  // two channels a connection
          .data_size_max = 2ULL * 1024 * 1024 * 1024};
}

}  // namespace bulkhead::keeper
