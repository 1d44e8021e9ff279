#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/cat.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/server.h"
#include "core/capability/capability.h"

namespace bulkhead::cli {
namespace {

using capability::Role;
constexpr std::array roles{std::pair{Role::temporary_user, "TemporaryUser"}, std::pair{Role::user, "User"},
                           std::pair{Role::audit_user, "AuditUser"}, std::pair{Role::file_admin, "FileAdmin"}, std::pair{Role::admin, "Admin"}, std::pair{Role::sys_admin, "SysAdmin"}};

Result<std::uint8_t> role_number(const std::string& name) {
  for (const auto& [role, text] : roles) {
    if (name == text) return static_cast<std::uint8_t>(role);
  }
  return fail(Errc::invalid, cat("unknown role ", name, ": TemporaryUser, User, AuditUser, FileAdmin, Admin or SysAdmin"));
}

const char* role_text(std::uint8_t number) {
  for (const auto& [role, text] : roles) {
    if (static_cast<std::uint8_t>(role) == number) return text;
  }
  return "other";
}

// One line of standard input; not shown when it is a terminal.
Result<Secret> read_password() {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  termios shown{};
  if (terminal) {
    std::fprintf(stderr, "Password: ");
    ::tcgetattr(STDIN_FILENO, &shown);
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  Bytes line;
  std::uint8_t byte = 0;
  while (line.size() < 1'024 && ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') line.push_back(byte);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fprintf(stderr, "\n");
  }
  if (line.empty()) return fail(Errc::invalid, "no password on standard input");
  return Secret{std::move(line)};
}

void print_one_time(const Secret& password) {
  if (!password.empty()) std::printf("One-time password: %s\n", to_text(password.view()).c_str());
}

constexpr std::string_view taken = "a user of that name exists";

// The warden says what is wrong; here is what to do.
template <class Ask>
Result<typename Ask::Reply> ask_warden(const std::string& directory, const Ask& ask) {
  ipc::Channel warden = TRY(connect_office(directory, asks::Office::warden));
  Result<typename Ask::Reply> reply = warden.ask(ask);
  if (reply.ok()) return reply;
  const std::string& why = reply.error().message();
  if (reply.error().kind() == Errc::not_found) return fail(Errc::not_found, cat(why, ": bulkhead user list shows all"));
  if (reply.error().kind() == Errc::conflict) return fail(Errc::conflict, why == taken ? cat(why, ": choose another name") : why);
  return reply;
}

}  // namespace

Result<void> add_user(const std::string& directory, const AddUserOptions& options) {
  asks::AddUser ask;
  ask.user_name = options.user_name;
  ask.full_name = options.full_name.empty() ? options.user_name : options.full_name;
  ask.email = options.email;
  ask.role = TRY(role_number(options.role));
  if (options.password_on_input) ask.password = TRY(read_password());
  const asks::AddUser::Reply made = TRY(ask_warden(directory, ask));
  std::printf("Added %s (%s, id %s)\n", options.user_name.c_str(), options.role.c_str(), made.id.c_str());
  print_one_time(made.one_time_password);
  return {};
}

Result<void> list_users(const std::string& directory) {
  ipc::Channel warden = TRY(connect_office(directory, asks::Office::warden));
  std::printf("%-24s %-13s %-9s %-19s %s\n", "USER", "ROLE", "STATUS", "LAST SIGN-ON (UTC)", "FULL NAME");
  asks::ListUsers ask;
  for (;;) {
    const asks::ListUsers::Reply reply = TRY(warden.ask(ask));
    if (reply.users.empty()) return {};
    for (const asks::ListUsers::User& user : reply.users) {
      std::printf("%-24s %-13s %-9s %-19s %s\n", user.user_name.c_str(), role_text(user.role), user.active ? "active" : "disabled",
                  user.last_sign_on_ms ? format_timestamp(*user.last_sign_on_ms).c_str() : "never", user.full_name.c_str());
    }
    ask.after = reply.users.back().user_name;
  }
}

Result<void> set_user_active(const std::string& directory, const std::string& user_name, bool active) {
  TRY(ask_warden(directory, asks::SetUserActive{user_name, active}));
  std::printf("%s is %s\n", user_name.c_str(), active ? "active" : "disabled; its sessions have ended");
  return {};
}

Result<void> set_user_password(const std::string& directory, const std::string& user_name, bool password_on_input) {
  asks::SetUserPassword ask;
  ask.user_name = user_name;
  if (password_on_input) ask.password = TRY(read_password());
  const asks::SetUserPassword::Reply reply = TRY(ask_warden(directory, ask));
  std::printf("Password of %s changed; its sessions have ended\n", user_name.c_str());
  print_one_time(reply.one_time_password);
  return {};
}

Result<void> delete_user(const std::string& directory, const std::string& user_name) {
  TRY(ask_warden(directory, asks::DeleteUser{user_name}));
  std::printf("Deleted %s; its sessions have ended, its files stay\n", user_name.c_str());
  return {};
}

}  // namespace bulkhead::cli
