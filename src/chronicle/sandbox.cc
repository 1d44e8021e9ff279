#include "chronicle/sandbox.h"

#include "sandbox/calls.h"

namespace bulkhead::chronicle {
namespace {

constexpr auto calls = sandbox::joined(sandbox::loop_calls, sandbox::database_calls);

}  // namespace

sandbox::Policy policy() {
  return {.process = "chronicle",
          .calls = calls,
          .files = true,
          .open_files_max = 20'000,  // one channel a connection
          .data_size_max = 1024ULL * 1024 * 1024};
}

}  // namespace bulkhead::chronicle
