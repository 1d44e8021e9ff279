#include "warden/sandbox.h"

#include "sandbox/calls.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

using sandbox::Call;

constexpr std::array own_calls{
    Call{SCMP_SYS(renameat), "capability.key is made under another name first"},
};

constexpr auto calls = sandbox::joined(sandbox::loop_calls, sandbox::database_calls, own_calls);

}  // namespace

// No socket, no thread, no program: slow work is done by the hashers that hull starts.
sandbox::Policy policy() {
  return {.process = "warden",
          .calls = calls,
          .files = true,
          .open_files_max = connections_max + 100,
          .data_size_max = 512U << 20U};
}

}  // namespace bulkhead::warden
