#pragma once
// Public keys between the line that somebody wrote, the database and a list.
#include "ipc/admin_asks.h"
#include "warden/identity.h"

namespace bulkhead::warden {

// Errc::invalid with a text for who wrote the line.
Result<StoredKey> key_of(const std::string& line, UnixMs now);
asks::KeyRow key_row(const StoredKey& key);

}  // namespace bulkhead::warden
