#include "warden/sandbox.h"

#include <algorithm>

#include "sandbox/calls.h"
#include "warden/limits.h"

namespace bulkhead::warden {
namespace {

using sandbox::Call;

constexpr std::array own_calls{
    Call{SCMP_SYS(renameat), "capability.key is made under another name first"},
};

constexpr auto calls = [] {
  std::array<Call, sandbox::loop_calls.size() + sandbox::database_calls.size() + own_calls.size()> all{};
  auto end = std::ranges::copy(sandbox::loop_calls, all.begin()).out;
  end = std::ranges::copy(sandbox::database_calls, end).out;
  std::ranges::copy(own_calls, end);
  return all;
}();

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
