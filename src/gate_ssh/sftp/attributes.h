#pragma once
// Entries of the catalog as SFTP shows them. Everything belongs to the one who looks: the numbers of user and group are
// the same for everybody and name nobody else, and the permission bits are his rights.
#include "base/clock.h"
#include "gate_ssh/files/catalog.h"
#include "gate_ssh/files/explain.h"
#include "proto/sftp/replies.h"

namespace bulkhead::gate_ssh {

inline constexpr std::uint32_t user_number = 1'000;
inline constexpr std::uint32_t group_number = 100;
inline constexpr std::string_view group_name = "users";

sftp::Attributes attributes_of(const Entry& entry);
sftp::Attributes attributes_of(const asks::EntryRow& row);
sftp::FileName listed(std::string name, const sftp::Attributes& attributes, std::string_view user, UnixMs now);

}  // namespace bulkhead::gate_ssh
