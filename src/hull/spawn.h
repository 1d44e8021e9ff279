#pragma once
// Starting a process: exec, a cleared environment, and exactly the descriptors it is given.
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"

namespace bulkhead::hull {

// `numbers[i]` becomes descriptor `descriptors::log + i` of the child (log pipe, control, root, then its own table of
// ipc/descriptors.h); 0 and 1 are /dev/null, everything else is closed.
struct Spawn {
  std::string program;  // path of the executable
  std::string name;     // argv[0]
  std::uint32_t uid = 0;
  std::uint32_t landlock_abi_max = 0;
  std::vector<int> numbers;
};

struct Spawned {
  pid_t pid = -1;
  Fd pidfd;  // readable when the process has ended
};

Result<Spawned> spawn(const Spawn& what);

// How a child ended: text for the log, and whether it was a crash (a signal other than our own SIGTERM/SIGKILL, or abort).
struct Ended {
  std::string how;
  bool crashed = false;
  bool bad_system_call = false;
};
// Reaps `pid`, which has ended.
Ended reap(pid_t pid);

}  // namespace bulkhead::hull
