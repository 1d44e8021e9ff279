#include "keeper/sandbox.h"

#include <seccomp.h>

#include <array>

#include "sandbox/calls.h"

namespace bulkhead::keeper {
namespace {

constexpr std::array own_calls{
    sandbox::Call{SCMP_SYS(fstatfs), "free space before an upload is taken"},
};

constexpr auto calls = [] {
  constexpr std::size_t count = sandbox::loop_calls.size() + sandbox::database_calls.size() + own_calls.size();
  std::array<sandbox::Call, count> joined{};
  std::size_t at = 0;
  for (const sandbox::Call& call : sandbox::loop_calls) joined[at++] = call;
  for (const sandbox::Call& call : sandbox::database_calls) joined[at++] = call;
  for (const sandbox::Call& call : own_calls) joined[at++] = call;
  return joined;
}();

}  // namespace

sandbox::Policy policy() {
  return {.process = "keeper",
          .calls = calls,
          .files = true,
          .open_files_max = 65'536,  // two channels a connection
          .data_size_max = 2ULL * 1024 * 1024 * 1024};
}

}  // namespace bulkhead::keeper
