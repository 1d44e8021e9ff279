#include "gate_ssh/sandbox.h"

#include <seccomp.h>

#include <array>

namespace bulkhead::gate_ssh {
namespace {

// No open, no socket, no exec, no second process: what is not open when the first byte comes never will be.
constexpr std::array calls{
    sandbox::Call{SCMP_SYS(shutdown), "end of the connection"},
    sandbox::Call{SCMP_SYS(fcntl), "the accepted socket becomes non-blocking"},
};

constexpr sandbox::Policy gate_policy{
    .process = "gate_ssh", .calls = calls, .files = false, .open_files_max = 32, .data_size_max = 192U << 20U};

}  // namespace

const sandbox::Policy& policy() {
  return gate_policy;
}

}  // namespace bulkhead::gate_ssh
