#include "sandbox/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "base/die.h"
#include "base/fd.h"

namespace bulkhead::sandbox {
namespace {

// The kernel's structures as of ABI 6; the headers of Debian 12 end at ABI 2. An older kernel is given a shorter size.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;  // ABI 4
  std::uint64_t scoped;              // ABI 6
};
struct __attribute__((packed)) PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};
constexpr int rule_path_beneath = 1;
constexpr std::uint32_t version_flag = 1;
constexpr std::uint32_t abi_known_max = 6;

std::uint64_t file_rights(std::uint32_t abi) {
  std::uint64_t bits = (1ULL << 13U) - 1;          // ABI 1: execute … make_sym
  if (abi >= 2) bits |= 1ULL << 13U;               // refer
  if (abi >= 3) bits |= 1ULL << 14U;               // truncate
  if (abi >= 5) bits |= 1ULL << 15U;               // ioctl on devices
  return bits;
}
constexpr std::uint64_t execute_right = 1;

}  // namespace

std::uint32_t restrict_files(int root_fd, std::uint32_t abi_max) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, version_flag);
  if (version <= 0) return 0;
  const std::uint32_t abi = std::min({static_cast<std::uint32_t>(version), abi_known_max, abi_max});
  if (abi == 0) return 0;
  RulesetAttributes attributes{file_rights(abi), abi >= 4 ? 3ULL : 0ULL, abi >= 6 ? 3ULL : 0ULL};
  const std::size_t size = abi >= 6   ? sizeof attributes
                           : abi >= 4 ? offsetof(RulesetAttributes, scoped)
                                      : offsetof(RulesetAttributes, handled_access_net);
  const Fd ruleset{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0))};
  if (!ruleset.valid()) return 0;
  if (root_fd >= 0) {
    PathBeneath beneath{file_rights(abi) & ~execute_right, root_fd};
    ENSURE(::syscall(SYS_landlock_add_rule, ruleset.get(), rule_path_beneath, &beneath, 0) == 0);
  }
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0 ? abi : 0;
}

}  // namespace bulkhead::sandbox
