#pragma once
// What a process gives up before it reads its first untrusted byte. The order never changes: descriptors are already
// there -> namespaces -> root directory -> own user -> no new privileges -> limits -> Landlock -> seccomp -> loop.
// A layer that the kernel or a container refuses is left out, and said: Entered tells hull, `bulkhead status` shows it.
// seccomp and no_new_privs are never optional: without them the process dies.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::sandbox {

// Bits of Entered::layers.
enum Layer : std::uint32_t {
  user_namespace = 1U << 0U,     // not started as root: namespaces through a user namespace
  network_namespace = 1U << 1U,  // empty: nothing to reach, no loopback even
  other_namespaces = 1U << 2U,   // mounts, System V IPC, host name
  root_directory = 1U << 3U,     // sees its own directory only, or an empty one
  own_user = 1U << 4U,           // started as root: runs as a uid of its own
  no_new_privileges = 1U << 5U,
  limits = 1U << 6U,
  landlock = 1U << 7U,
  system_calls = 1U << 8U,       // the seccomp allow-list
};
inline constexpr std::uint32_t layer_count = 9;
std::string_view layer_name(std::uint32_t bit);

// One allowed system call, with the reason it is needed.
struct Call {
  int number;
  std::string_view reason;
  int answer = 0;  // not 0: it is not made, and returns this errno
};

struct Policy {
  std::string_view process;
  std::span<const Call> calls;      // beside the common ones of sandbox.cc
  bool files = false;               // may open files below its root directory
  std::uint64_t open_files_max = 64;
  std::uint64_t data_size_max = 0;  // RLIMIT_DATA in bytes, 0: unlimited
};

// The rows every process needs: memory, clock, its open descriptors, exit.
std::span<const Call> common_calls();

struct Entered {
  std::uint32_t layers = 0;
  std::uint32_t landlock_abi = 0;
};

// Command line of every process hull starts: NAME UID LANDLOCK_ABI_MAX. A UID of 0 keeps the user.
struct Arguments {
  std::uint32_t uid = 0;
  std::uint32_t landlock_abi_max = 0;
};
Arguments parse_arguments(int count, char** arguments);

// Enters the sandbox with descriptors::root as root and working directory. Dies if what is never optional fails.
// In sanitizer builds only the working directory and the limits change.
Entered enter(const Policy& policy, const Arguments& arguments);

}  // namespace bulkhead::sandbox
