#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/cat.h"
#include "base/encode.h"
#include "cli/commands.h"
#include "cli/server.h"
#include "config/config.h"
#include "core/capability/capability.h"
#include "core/path/user_name.h"
#include "crypt/random.h"

namespace bulkhead::cli {
namespace {

constexpr MonotonicMs start_timeout_ms = 30'000;

// Name and mode of each folder of a data directory.
struct Folder {
  const char* name;
  mode_t mode;
};
constexpr std::array folders{Folder{"signet", 0700}, Folder{"vault", 0700},     Folder{"warden", 0700},
                             Folder{"keeper", 0700}, Folder{"chronicle", 0700}, Folder{"outbox", 0700},
                             Folder{"run", 0700},    Folder{"log", 0750},       Folder{"empty", 0555}};

Result<void> make_layout(const std::string& directory) {
  std::error_code wrong;
  if (std::filesystem::exists(directory, wrong) && !std::filesystem::is_empty(directory, wrong)) {
    return fail(Errc::conflict, cat(directory, " is not empty: nothing was changed. Choose a new directory"));
  }
  std::filesystem::create_directories(directory, wrong);
  const Fd data{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!data.valid()) return fail_errno(cat("make ", directory));
  for (const Folder& folder : folders) {
    if (::mkdirat(data.get(), folder.name, folder.mode) != 0 || ::fchmodat(data.get(), folder.name, folder.mode, 0) != 0) {
      return fail_errno(cat("make ", directory, "/", folder.name));
    }
  }
  std::array<std::uint8_t, 4> mark{};
  crypt::fill_random(mark);
  const std::string text = config::template_text(cat("bulkhead.localdomain/", to_hex(mark)));
  return replace_file(data.get(), "bulkhead.toml", as_bytes(text), 0640);
}

// A server without listeners, for as long as this lives.
class QuietServer {
 public:
  explicit QuietServer(const std::string& directory) {
    const std::string program = cat(programs_folder(), "/bulkhead-hull");
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::execl(program.c_str(), "bulkhead-hull", directory.c_str(), "--no-listen", nullptr);  // NOLINT(*vararg)
    std::fprintf(stderr, "bulkhead: %s is missing: install all of Bulkhead's programs in one folder\n", program.c_str());
    ::_exit(127);
  }
  QuietServer(const QuietServer&) = delete;
  QuietServer& operator=(const QuietServer&) = delete;
  ~QuietServer() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  bool gone() {
    if (pid_ <= 0 || ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
    return pid_ == -1;
  }

 private:
  pid_t pid_ = -1;
};

Result<ipc::Channel> wait_for_warden(const std::string& directory, QuietServer& server) {
  const MonotonicMs deadline = monotonic_now_ms() + start_timeout_ms;
  for (;;) {
    Result<ipc::Channel> warden = connect_office(directory, asks::Office::warden);
    if (warden.ok()) return warden;
    if (server.gone()) return fail(Errc::io, cat("the server did not start; see ", directory, "/log/bulkhead.jsonl"));
    if (monotonic_now_ms() > deadline) return warden.error();
    ::usleep(20'000);
  }
}

}  // namespace

Result<void> init(const std::string& directory, const std::string& administrator) {
  TRY(UserName::parse(administrator));  // before anything is made: a second try needs an empty directory again
  TRY(make_layout(directory));
  QuietServer server{directory};
  ipc::Channel warden = TRY(wait_for_warden(directory, server));
  asks::AddUser ask;
  ask.user_name = administrator;
  ask.full_name = "Administrator";
  ask.role = static_cast<std::uint8_t>(capability::Role::admin);
  const asks::AddUser::Reply made = TRY(warden.ask(ask));
  std::printf("Data directory: %s\nAdministrator: %s\nOne-time password: %s\n", directory.c_str(), administrator.c_str(),
              to_text(made.one_time_password.view()).c_str());
  return {};
}

Error serve(const std::string& directory, const std::string& https, const std::string& ssh) {
  std::string program = cat(programs_folder(), "/bulkhead-hull");
  std::vector<std::string> words{"bulkhead-hull", directory};
  if (!https.empty()) words.insert(words.end(), {"--https", https});
  if (!ssh.empty()) words.insert(words.end(), {"--ssh", ssh});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  return fail_errno(cat("start ", program));
}

}  // namespace bulkhead::cli
