#include "gate_ssh/programs.h"

#include <array>

#include "gate_ssh/sftp/server.h"

namespace bulkhead::gate_ssh {
namespace {

std::unique_ptr<Program> start_sftp(const Services& services, Outlet& outlet, std::string_view) {
  return std::make_unique<SftpServer>(
      SftpSession{services.porter, services.catalog, outlet, services.user_name, services.agent});
}

constexpr std::array rows{
    ProgramRow{"subsystem", "sftp", start_sftp},
};

}  // namespace

std::unique_ptr<Program> start_program(std::string_view request, std::string_view command, const Services& services,
                                       Outlet& outlet) {
  const bool is_command = request == "exec";
  const std::string_view name = is_command ? command.substr(0, command.find(' ')) : command;
  for (const ProgramRow& row : rows) {
    if (row.request == request && row.name == name) return row.start(services, outlet, command);
  }
  return nullptr;
}

}  // namespace bulkhead::gate_ssh
