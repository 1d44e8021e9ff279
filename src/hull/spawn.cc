#include "hull/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/cat.h"
#include "ipc/descriptors.h"

namespace bulkhead::hull {
namespace {

constexpr int parking = 64;  // above every number a child is given, so that moving one never overwrites another

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_child(const Spawn& what, const char* const* arguments) {
  std::array<int, 16> parked{};
  for (std::size_t i = 0; i < what.numbers.size(); ++i) parked[i] = ::fcntl(what.numbers[i], F_DUPFD, parking);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  for (std::size_t i = 0; i < what.numbers.size(); ++i) ::dup2(parked[i], descriptors::log + static_cast<int>(i));
  ::syscall(SYS_close_range, descriptors::log + static_cast<int>(what.numbers.size()), ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const std::array<char*, 1> environment{nullptr};
  ::execve(what.program.c_str(), const_cast<char* const*>(arguments), environment.data());  // NOLINT(*const-cast)
  ::_exit(127);
}

}  // namespace

Result<Spawned> spawn(const Spawn& what) {
  ENSURE(what.numbers.size() <= 16);
  const std::string uid = cat(what.uid);
  const std::string abi = cat(what.landlock_abi_max);
  const std::array<const char*, 4> arguments{what.name.c_str(), uid.c_str(), abi.c_str(), nullptr};
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(cat("start ", what.name));
  if (pid == 0) become_child(what, arguments.data());
  Fd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!pidfd.valid()) return fail_errno("pidfd_open");
  return Spawned{pid, std::move(pidfd)};
}

Ended reap(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) return {"unknown", false, false};
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    if (code == 127) return {"its program could not be started", true, false};
    return {cat("exit ", code), code != 0, false};
  }
  const int signal = WTERMSIG(status);
  return {cat("signal ", signal, signal == SIGSYS ? " (a system call outside its list)" : ""),
          signal != SIGTERM && signal != SIGKILL, signal == SIGSYS};
}

}  // namespace bulkhead::hull
