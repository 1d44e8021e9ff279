#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/cat.h"
#include "base/encode.h"
#include "base/fd.h"
#include "base/log.h"
#include "ipc/descriptors.h"
#include "sandbox/landlock.h"

namespace bulkhead::sandbox {
namespace {

constexpr std::array names{"user namespace", "network namespace", "other namespaces", "root directory", "own user",
                           "no new privileges", "limits", "landlock", "system calls"};
static_assert(names.size() == layer_count);

constexpr std::array common{
    Call{SCMP_SYS(read), "open descriptors only: nothing new can be opened"},
    Call{SCMP_SYS(write), "answers, and the log pipe"},
    Call{SCMP_SYS(close), "descriptors that are done with"},
    Call{SCMP_SYS(recvmsg), "frames from siblings"},
    Call{SCMP_SYS(sendmsg), "frames to siblings"},
    Call{SCMP_SYS(poll), "wait for one of few descriptors"},
    Call{SCMP_SYS(brk), "heap"},
    Call{SCMP_SYS(munmap), "heap"},
    Call{SCMP_SYS(mremap), "heap: large buffers that grow"},
    Call{SCMP_SYS(madvise), "heap: memory given back"},
    Call{SCMP_SYS(futex), "libc and libcrypto locks"},
    Call{SCMP_SYS(clock_gettime), "time where the vDSO cannot tell it"},
    Call{SCMP_SYS(gettimeofday), "the same, for libcrypto"},
    Call{SCMP_SYS(getrandom), "libcrypto seeds itself again"},
    Call{SCMP_SYS(getpid), "libcrypto notices forks"},
    Call{SCMP_SYS(gettid), "abort() of a process that died of its own bug"},
    Call{SCMP_SYS(tgkill), "the same"},
    Call{SCMP_SYS(rt_sigprocmask), "the same"},
    Call{SCMP_SYS(rt_sigaction), "the same"},
    Call{SCMP_SYS(rt_sigreturn), "return from a handler"},
    Call{SCMP_SYS(restart_syscall), "the kernel resumes an interrupted wait"},
    Call{SCMP_SYS(exit), "always possible"},
    Call{SCMP_SYS(exit_group), "always possible"},
};

#ifdef BULKHEAD_SANDBOX_OFF
constexpr bool sandbox_on = false;  // sanitizers need calls that no policy allows
#else
constexpr bool sandbox_on = true;
#endif

bool write_text(const char* path, std::string_view text) {
  const Fd file{::open(path, O_WRONLY | O_CLOEXEC)};
  return file.valid() && write_all(file.get(), as_bytes(text)).ok();
}

// As root the namespaces are made directly; otherwise inside a user namespace of our own, where that is allowed.
std::uint32_t leave_namespaces() {
  constexpr int others = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  std::uint32_t layers = 0;
  if (uid != 0) {
    if (::unshare(CLONE_NEWUSER) != 0) return 0;
    layers |= user_namespace;
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", cat(uid, " ", uid, " 1"));
    write_text("/proc/self/gid_map", cat(gid, " ", gid, " 1"));
  }
  if (::unshare(CLONE_NEWNET) == 0) layers |= network_namespace;
  if (::unshare(others) == 0) layers |= other_namespaces;
  return layers;
}

// In a mount namespace of our own: the working directory becomes the root, and every other mount is let go. A copy of
// the host's mounts would keep a file system busy that is unmounted there. False: the caller changes its root instead.
bool leave_mounts() {
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr || here[0] != '/') return false;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount(here.data(), here.data(), nullptr, MS_BIND | MS_REC, nullptr) != 0 || ::chdir(here.data()) != 0) return false;
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return false;
  ENSURE(::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0);
  const Fd root{::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  ENSURE(root.valid() && ::dup3(root.get(), descriptors::root, O_CLOEXEC) == descriptors::root);
  return true;
}

bool drop_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &head, none.data()) == 0;
}

std::uint32_t become(std::uint32_t uid) {
  if (::geteuid() != 0 || uid == 0) {
    drop_capabilities();
    return 0;
  }
  if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) {
    die(cat("cannot become uid ", uid));
  }
  ENSURE(drop_capabilities());
  return own_user;
}

void limit(__rlimit_resource resource, std::uint64_t most) {
  rlimit value{};
  ENSURE(::getrlimit(resource, &value) == 0);
  value.rlim_max = std::min<rlim_t>(value.rlim_max, most);  // only ever lowered
  value.rlim_cur = value.rlim_max;
  if (::setrlimit(resource, &value) != 0) die(cat("cannot set limit ", static_cast<int>(resource)));
}

void set_limits(const Policy& policy) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_NOFILE, policy.open_files_max);
  if (!policy.files) limit(RLIMIT_FSIZE, policy.process == "porter" ? RLIM_INFINITY : 0);
  if (policy.data_size_max != 0) limit(RLIMIT_DATA, policy.data_size_max);
}

void allow(scmp_filter_ctx filter, const Call& call) {
  const std::uint32_t action = call.answer == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(static_cast<std::uint16_t>(call.answer));
  if (seccomp_rule_add(filter, action, call.number, 0) != 0) die(cat("seccomp: no rule for call ", call.number));
}

// Pages may be mapped and changed, but never be made executable.
void allow_plain_memory(scmp_filter_ctx filter) {
  for (const int number : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    const scmp_arg_cmp not_executable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    const int added = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &not_executable);
    if (added != 0) die("seccomp: no rule for memory");
  }
}

void filter_system_calls(const Policy& policy) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);  // other architectures' entries are killed as well
  ENSURE(filter != nullptr);
  for (const Call& call : common) allow(filter, call);
  for (const Call& call : policy.calls) allow(filter, call);
  allow_plain_memory(filter);
  if (const int loaded = seccomp_load(filter); loaded != 0) die(cat("seccomp: filter not loaded: ", -loaded));
  seccomp_release(filter);
}

}  // namespace

std::string_view layer_name(std::uint32_t bit) {
  for (std::uint32_t i = 0; i < layer_count; ++i) {
    if (bit == 1U << i) return names[i];
  }
  return "unknown";
}

std::span<const Call> common_calls() { return common; }

Arguments parse_arguments(int count, char** arguments) {
  const std::span<char*> words{arguments, static_cast<std::size_t>(count)};
  if (words.size() != 3) die("started by hand: this program is started by bulkhead serve");
  const Result<std::uint64_t> uid = parse_decimal(words[1], UINT32_MAX);
  const Result<std::uint64_t> abi = parse_decimal(words[2], 64);
  if (!uid.ok() || !abi.ok()) die("started by hand: this program is started by bulkhead serve");
  return {static_cast<std::uint32_t>(*uid), static_cast<std::uint32_t>(*abi)};
}

Entered enter(const Policy& policy, const Arguments& arguments) {
  Entered entered;
  ::signal(SIGPIPE, SIG_IGN);
  ENSURE(::fchdir(descriptors::root) == 0);
  if constexpr (!sandbox_on) {
    limit(RLIMIT_NOFILE, policy.open_files_max);
    return entered;
  }
  entered.layers |= leave_namespaces();
  const bool own_mounts = (entered.layers & other_namespaces) != 0 && leave_mounts();
  if (own_mounts || ::chroot(".") == 0) entered.layers |= root_directory;
  entered.layers |= become(arguments.uid);
  ENSURE(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);  // after the change of user, which resets it
  ENSURE(::prctl(PR_SET_DUMPABLE, 0) == 0);
  ENSURE(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  entered.layers |= no_new_privileges;
  set_limits(policy);
  entered.layers |= limits;
  entered.landlock_abi = restrict_files(policy.files ? descriptors::root : -1, arguments.landlock_abi_max);
  if (entered.landlock_abi != 0) entered.layers |= landlock;
  filter_system_calls(policy);
  entered.layers |= system_calls;
  return entered;
}

}  // namespace bulkhead::sandbox
