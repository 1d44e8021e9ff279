// Tries system calls from inside a process's real sandbox, each in a process of its own.
//   hostile_calls POLICY DIR UID ABI list     the numbers its allow-list admits
//   hostile_calls POLICY DIR UID ABI calls    every number 0..500 over each of the three entries: ENTRY NUMBER OUTCOME
//   hostile_calls POLICY DIR UID ABI probes   files, network, processes: NAME OUTCOME
// POLICY: gate_http, porter, vault or mailer. DIR becomes the root directory. UID and ABI as hull would give them.
// OUTCOME: SIGSYS, returned (a call), done (a probe that reached what it wanted), errno N, signal N.
#include <fcntl.h>
#include <linux/bpf.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/sandbox.h"
#include "ipc/descriptors.h"
#include "mailer/sandbox.h"
#include "porter/sandbox.h"
#include "vault/sandbox.h"

namespace {

using namespace bulkhead;

constexpr long numbers_end = 501;
constexpr long x32_bit = 0x4000'0000;
constexpr unsigned seconds_max = 10;
constexpr int family_end = 46;

struct Setting {
  sandbox::Policy policy;
  sandbox::Arguments arguments;
};

// 0: it reached what it wanted; otherwise errno.
using Attempt = std::function<int()>;

std::string outcome_of(int status, std::string_view zero) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? "SIGSYS" : cat("signal ", WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  return code == 0 ? std::string{zero} : cat("errno ", code);
}

// Inside the sandbox, in a process of its own that ends by itself whatever happens.
std::string inside(const Setting& setting, std::string_view zero, const Attempt& attempt) {
  int entered[2] = {-1, -1};
  ENSURE(::pipe(entered) == 0);
  const pid_t pid = ::fork();
  ENSURE(pid >= 0);
  if (pid == 0) {
    ::alarm(seconds_max);
    sandbox::enter(setting.policy, setting.arguments);
    if (::write(entered[1], "x", 1) != 1) ::_exit(254);
    ::_exit(attempt());
  }
  ::close(entered[1]);
  int status = 0;
  ENSURE(::waitpid(pid, &status, 0) == pid);
  char mark = 0;
  const bool in = ::read(entered[0], &mark, 1) == 1;
  ::close(entered[0]);
  return in ? outcome_of(status, zero) : "did not enter the sandbox";
}

int error_of(long result) {
  return result < 0 ? errno : 0;
}

// That a call returned is all that counts.
int whatever(long /*result*/) {
  return 0;
}

long ia32_call(long number) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

int list(const Setting& setting) {
  const auto print = [](int number) { std::printf("%d\n", number); };
  for (const sandbox::Call& call : sandbox::common_calls()) print(call.number);
  for (const sandbox::Call& call : setting.policy.calls) print(call.number);
  for (const int number : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) print(number);  // never executable: see probes
  return 0;
}

int calls(const Setting& setting) {
  for (long number = 0; number < numbers_end; ++number) {
    const auto say = [&](const char* entry, const Attempt& attempt) {
      std::printf("%s %ld %s\n", entry, number, inside(setting, "returned", attempt).c_str());
    };
    say("x86-64", [number] { return whatever(::syscall(number, 0, 0, 0, 0, 0, 0)); });
    say("x32", [number] { return whatever(::syscall(number | x32_bit, 0, 0, 0, 0, 0, 0)); });
    say("ia32", [number] { return whatever(ia32_call(number)); });
  }
  return 0;
}

struct Probe {
  std::string name;
  Attempt attempt;
};

Attempt raw(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
  return [=] { return error_of(::syscall(number, a, b, c, d, 0, 0)); };
}

Attempt opens(int folder, const char* path, int flags = O_RDONLY) {
  return [=] { return error_of(::syscall(SYS_openat, folder, path, flags, 0600)); };
}

int execute() {
  char program[] = "/bin/true";
  char* const words[] = {program, nullptr};
  return error_of(::execve(program, words, nullptr));
}

int memory(int protection) {
  void* const page = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? errno : 0;
}

int memory_changed() {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

std::vector<Probe> probe_list() {
  std::vector<Probe> all{
      {"control: plain memory", [] { return memory(PROT_READ | PROT_WRITE); }},
      {"open /etc/passwd", opens(AT_FDCWD, "/etc/passwd")},
      {"open ../../../../../../../../etc/passwd", opens(AT_FDCWD, "../../../../../../../../etc/passwd")},
      {"open /etc/passwd from its root descriptor", opens(descriptors::root, "/etc/passwd")},
      {"open /proc/1/environ", opens(AT_FDCWD, "/proc/1/environ")},
      {"make a file in /tmp", opens(AT_FDCWD, "/tmp/bulkhead-hostile", O_CREAT | O_WRONLY)},
      {"make a file beside its folder", opens(descriptors::root, "../bulkhead-hostile", O_CREAT | O_WRONLY)},
      {"execute /bin/true", execute},
      {"executable memory", [] { return memory(PROT_READ | PROT_EXEC); }},
      {"writable and executable memory", [] { return memory(PROT_READ | PROT_WRITE | PROT_EXEC); }},
      {"memory made executable", memory_changed},
      {"fork", raw(SYS_fork)},
      {"clone", raw(SYS_clone, SIGCHLD)},
      {"ptrace", raw(SYS_ptrace, PTRACE_TRACEME)},
      {"signal to pid 1", raw(SYS_kill, 1, 0)},
      {"io_uring_setup", raw(SYS_io_uring_setup, 8)},
      {"bpf", raw(SYS_bpf, BPF_MAP_CREATE)},
      {"userfaultfd", raw(SYS_userfaultfd)},
      {"new user namespace", raw(SYS_unshare, 0x1000'0000)},
      {"memfd_create", raw(SYS_memfd_create)},
      {"splice", raw(SYS_splice)},
      {"connect", raw(SYS_connect, descriptors::log)},
      {"bind", raw(SYS_bind, descriptors::log)},
      {"set its user", raw(SYS_setuid, 0)},
      {"another root directory", raw(SYS_chroot)},
      {"mount", raw(SYS_mount)},
  };
  for (int family = 0; family < family_end; ++family) {
    all.push_back({cat("socket of family ", family), raw(SYS_socket, family, SOCK_STREAM)});
  }
  return all;
}

int probes(const Setting& setting) {
  for (const Probe& probe : probe_list()) {
    std::printf("%s\t%s\n", probe.name.c_str(), inside(setting, "done", probe.attempt).c_str());
  }
  return 0;
}

sandbox::Policy policy_named(std::string_view name) {
  if (name == "gate_http") return gate_http::policy();
  if (name == "porter") return porter::policy();
  if (name == "vault") return vault::policy();
  if (name == "mailer") return mailer::smtp_policy();
  die("POLICY: gate_http, porter or vault");
}

}  // namespace

int main(int count, char** arguments) {
  const std::span<char*> words{arguments, static_cast<std::size_t>(count)};
  if (words.size() != 6) die("hostile_calls POLICY DIR UID ABI list|calls|probes");
  Setting setting{policy_named(words[1]), {}};
  setting.arguments.uid = static_cast<std::uint32_t>(parse_decimal(words[3], UINT32_MAX).value());
  setting.arguments.landlock_abi_max = static_cast<std::uint32_t>(parse_decimal(words[4], 64).value());
  const int root = ::open(words[2], O_RDONLY | O_DIRECTORY);
  if (root < 0 || ::dup2(root, descriptors::root) < 0) die("DIR cannot be opened");
  const std::string_view what = words[5];
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (what == "list") return list(setting);
  if (what == "calls") return calls(setting);
  if (what == "probes") return probes(setting);
  die("what: list, calls or probes");
}
