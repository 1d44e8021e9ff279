#pragma once
// The running server, as the command line reaches it: the administration socket in the data directory.
#include <optional>
#include <string>

#include "ipc/admin_asks.h"
#include "ipc/channel.h"

namespace bulkhead::cli {

// Errc::not_found with what to do when no server runs there.
Result<ipc::Channel> connect_hull(const std::string& directory);
// A channel to warden, vault or keeper.
Result<ipc::Channel> connect_office(const std::string& directory, asks::Office office);

// Folder of this executable, where the others are.
std::string programs_folder();

}  // namespace bulkhead::cli
