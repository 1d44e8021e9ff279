#include "gate_ssh/programs.h"

#include <array>

#include "base/log.h"
#include "gate_ssh/exec/commands.h"
#include "gate_ssh/scp/sink.h"
#include "gate_ssh/scp/source.h"
#include "gate_ssh/sftp/server.h"
#include "proto/scp/command.h"

namespace bulkhead::gate_ssh {
namespace {

std::unique_ptr<Program> start_sftp(const Services& services, Outlet& outlet, std::string_view) {
  return std::make_unique<SftpServer>(
      SftpSession{services.porter, services.catalog, outlet, services.user_name, services.agent});
}

CommandSession session_of(const Services& services, Outlet& outlet) {
  return {services.porter, services.catalog, outlet, services.agent};
}

std::unique_ptr<Program> start_scp(const Services& services, Outlet& outlet, std::string_view command) {
  const Result<std::vector<scp::Word>> words = scp::parse_words(command);
  if (!words.ok()) return nullptr;
  Result<scp::Invocation> invocation = scp::parse_invocation(*words);
  if (!invocation.ok()) return nullptr;
  if (invocation->role == scp::Invocation::Role::sink) {
    return std::make_unique<ScpSink>(session_of(services, outlet), *invocation);
  }
  return std::make_unique<ScpSource>(session_of(services, outlet), std::move(invocation).value());
}

std::unique_ptr<Program> start_one_of_commands(const Services& services, Outlet& outlet, std::string_view command) {
  return start_command(session_of(services, outlet), command);
}

constexpr std::array rows{
    ProgramRow{"subsystem", "sftp", start_sftp},
    ProgramRow{"exec", "scp", start_scp},
    ProgramRow{"exec", "md5sum", start_one_of_commands},
    ProgramRow{"exec", "sha1sum", start_one_of_commands},
    ProgramRow{"exec", "sha256sum", start_one_of_commands},
    ProgramRow{"exec", "sha384sum", start_one_of_commands},
    ProgramRow{"exec", "sha512sum", start_one_of_commands},
    ProgramRow{"exec", "md5", start_one_of_commands},
    ProgramRow{"exec", "sha1", start_one_of_commands},
    ProgramRow{"exec", "sha256", start_one_of_commands},
    ProgramRow{"exec", "sha384", start_one_of_commands},
    ProgramRow{"exec", "sha512", start_one_of_commands},
    ProgramRow{"exec", "rclone", start_one_of_commands},
    ProgramRow{"exec", "df", start_one_of_commands},
    ProgramRow{"exec", "echo", start_one_of_commands},
};

constexpr std::size_t name_shown_max = 64;  // bytes

}  // namespace

std::unique_ptr<Program> start_program(std::string_view request, std::string_view command, const Services& services,
                                       Outlet& outlet) {
  const bool is_command = request == "exec";
  const std::string_view name = is_command ? command.substr(0, command.find(' ')) : command;
  std::unique_ptr<Program> program;
  for (const ProgramRow& row : rows) {
    if (row.request == request && row.name == name) program = row.start(services, outlet, command);
  }
  // Not the rest of a command: it may hold anything, such as a password.
  if (!program) log(Level::info, "program_refused", {{"request", request}, {"name", name.substr(0, name_shown_max)}});
  return program;
}

}  // namespace bulkhead::gate_ssh
