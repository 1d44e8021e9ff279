#pragma once
// The few commands beside scp that clients send to learn about files: answered here, as the programs of that name
// would.
//   md5sum sha1sum sha256sum sha384sum sha512sum [--] PATH...     GNU: "<hash>  <path>"
//   md5 -r, sha1 -r, sha256 -r, ... PATH...                       BSD: "<hash> <path>"
//   rclone md5sum, rclone sha1sum, rclone hashsum KIND PATH       "<hash>  <name>"
//   ... without a PATH                                            the hash of the standard input, at most
//   stdin_size_max df -k [-P] [PATH]                                             space for uploads, POSIX form echo
//   ${ShellId}%ComSpec%                                      rclone asks what shell this is: a Unix one would say
//   %ComSpec%
#include <memory>

#include "gate_ssh/scp/session.h"

namespace bulkhead::gate_ssh {

inline constexpr std::size_t stdin_size_max = std::size_t{1024} * 1024;  // bytes

// Null: none of these. What `session` refers to outlives the program.
std::unique_ptr<Program> start_command(CommandSession session, std::string_view command);

}  // namespace bulkhead::gate_ssh
