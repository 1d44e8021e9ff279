#pragma once
// The long name of a NAME reply: a line of `ls -l`, with the widths of OpenSSH's sftp-server, which clients take apart.
// Pure.
#include <string>

#include "base/clock.h"
#include "proto/sftp/packets.h"

namespace bulkhead::sftp {

inline constexpr std::uint32_t mode_folder = 0040000;  // S_IFDIR
inline constexpr std::uint32_t mode_file = 0100000;    // S_IFREG

// "-rw-------    1 alice    users         4096 Nov 21 23:20 report.csv"; UTC. The year in the place of the hour if the
// time is half a year from `now`. Absent attributes count as 0.
std::string long_name(std::string_view name, const Attributes& attributes, std::string_view user,
                      std::string_view group, UnixMs now);

}  // namespace bulkhead::sftp
