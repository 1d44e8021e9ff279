// hull: the supervisor.
//
// Does:     reads bulkhead.toml, opens the listeners, starts every other process with its descriptors, hands each accepted
//           socket to a prepared gate, limits connections and penalises sources, collects the log lines of all.
// Holds:    listening sockets, the log, the administration socket. No key, no database, no content, no peer's bytes.
// Asks:     nothing of anybody; it tells (ipc/control_asks.h).
// Answers:  the command line: status, and a channel to warden or vault (ipc/admin_asks.h, first table).
// Safe:     it never reads from a connection; what children tell it is three short tables; their log lines are data.
//
// Usage: bulkhead-hull DATA_DIR [--https ADDR:PORT] [--ssh ADDR:PORT] | --no-listen   (bulkhead serve and bulkhead init start it)
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "base/cat.h"
#include "base/log.h"
#include "hull/supervisor.h"

namespace bulkhead::hull {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bulkhead: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T or_give_up(Result<T> result) {
  if (!result.ok()) give_up(result.error().message());
  return std::move(result).value();
}

std::string own_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) give_up("cannot find my own executable in /proc");
  const std::string whole{path.data(), static_cast<std::size_t>(size)};
  return whole.substr(0, whole.rfind('/'));
}

// One server per data directory. The lock goes with the process, however it ends.
Fd lock_data(int data) {
  Fd lock{::openat(data, "run/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!lock.valid()) give_up("the data directory has no run/ folder: make it with bulkhead init --data DIR");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) give_up("another server is running on this data directory");
  return lock;
}

// Started as root, each process owns its directory alone. A directory that has its owner already is left as it is; one
// that the data directory of an older version does not have is made.
void give_directories(int data, std::uint32_t uid_base) {
  for (const KindRow& row : kinds) {
    if (std::string_view{row.directory} == "empty") continue;
    if (::mkdirat(data, row.directory, 0700) != 0 && errno != EEXIST)
      give_up(cat("cannot make the directory ", row.directory));
    if (::geteuid() != 0) continue;
    struct stat info {};
    const uid_t uid = uid_base + row.uid;
    if (::fstatat(data, row.directory, &info, AT_SYMLINK_NOFOLLOW) != 0) give_up(cat("no directory ", row.directory, " in the data directory"));
    if (info.st_uid == uid) continue;
    if (::fchownat(data, row.directory, uid, uid, AT_SYMLINK_NOFOLLOW) != 0) give_up(cat("cannot give ", row.directory, " to uid ", uid));
  }
}

Fd take_signals() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&taken, number);
  ::sigprocmask(SIG_BLOCK, &taken, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  Fd signals{::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals.valid()) give_up("signalfd");
  return signals;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// hull's own lines are stored like a child's.
LogSink* own_sink = nullptr;
void store_own_line(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  own_sink->store(line, {"hull", ::getpid(), 0});
}

Options read_options(std::span<char*> words) {
  if (words.size() < 2) give_up("usage: bulkhead-hull DATA_DIR [--https ADDR:PORT] [--ssh ADDR:PORT] | --no-listen");
  Options options;
  options.data_name = words[1];
  options.data = Fd{::open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!options.data.valid() || ::fchdir(options.data.get()) != 0) {
    give_up(cat("cannot open ", words[1], ": make it with bulkhead init --data ", words[1]));
  }
  const Result<Bytes> text = read_file(options.data.get(), "bulkhead.toml", 1024 * 1024);
  if (!text.ok()) give_up(cat(words[1], " is no data directory (no bulkhead.toml): make one with bulkhead init --data DIR"));
  options.config = or_give_up(config::parse(as_text(*text), cat(words[1], "/bulkhead.toml")));
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--no-listen") {
      options.listen = false;
    } else if (word == "--https" && i + 1 < words.size()) {
      options.config.https_listen = words[++i];
      if (!config::parse_endpoint(options.config.https_listen).ok()) give_up(cat("--https ", words[i], ": must be ADDRESS:PORT, such as 127.0.0.1:8443"));
    } else if (word == "--ssh" && i + 1 < words.size()) {
      options.config.ssh_listen = words[++i];
      if (!config::parse_endpoint(options.config.ssh_listen).ok()) give_up(cat("--ssh ", words[i], ": must be ADDRESS:PORT, such as 127.0.0.1:2222"));
    } else {
      give_up(cat("unknown option ", word));
    }
  }
  options.programs = own_folder();
  return options;
}

}  // namespace
}  // namespace bulkhead::hull

int main(int count, char** arguments) {
  using namespace bulkhead;
  using namespace bulkhead::hull;
  Options options = read_options({arguments, static_cast<std::size_t>(count)});
  const Fd lock = lock_data(options.data.get());
  give_directories(options.data.get(), options.config.uid_base);
  raise_descriptor_limit();
  ::umask(0077);
  Fd signals = take_signals();
  Fd log_directory = or_give_up(open_directory(options.data.get(), "log"));
  LogSink log = or_give_up(LogSink::open(std::move(log_directory)));
  own_sink = &log;
  Supervisor supervisor{std::move(options), log, std::move(signals)};
  if (const Result<void> opened = supervisor.open(); !opened.ok()) give_up(opened.error().message());
  set_log_writer(store_own_line);
  return supervisor.run();
}
