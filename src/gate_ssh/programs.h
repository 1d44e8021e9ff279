#pragma once
// What may run on a session channel: one row each. Nothing else does: no shell, no other subsystem, no other command.
#include <memory>
#include <string>

#include "gate_ssh/files/catalog.h"
#include "gate_ssh/files/porter.h"
#include "gate_ssh/files/program.h"

namespace bulkhead::gate_ssh {

// What a program works with. Outlives it.
struct Services {
  Catalog& catalog;
  Porter& porter;
  const std::string& user_name;  // as it signed on, for lists
  const std::string& agent;      // the client's product, for the record: printable, at most 255 bytes
};

// Null when the command is not one that this program knows. The outlet is not called before receive() or proceed().
using StartProgram = std::unique_ptr<Program> (*)(const Services& services, Outlet& outlet, std::string_view command);

struct ProgramRow {
  std::string_view request;  // RFC 4254 section 6.5: "subsystem" or "exec"
  std::string_view name;     // of the subsystem; of a command its first word
  StartProgram start;
};

// Null: refused.
std::unique_ptr<Program> start_program(std::string_view request, std::string_view command, const Services& services,
                                       Outlet& outlet);

}  // namespace bulkhead::gate_ssh
