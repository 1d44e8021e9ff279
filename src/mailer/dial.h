#pragma once
// The one connection of a mailer, made ahead of its sandbox. Names are resolved by a child process that is not root any
// more and ends with that: what a hostile name server answers is read by nobody else.
#include <string>

#include "base/fd.h"

namespace bulkhead::mailer {

struct Dialled {
  Fd socket;            // connected, blocking
  std::string address;  // numeric
};

// `uid`: what the child becomes, if this process is root. `loopback`: refuse every other address. Errc::io with a text
// for the administrator, after at most dial_max_s.
inline constexpr unsigned dial_max_s = 30;
Result<Dialled> dial(const std::string& host, std::uint16_t port, bool loopback, std::uint32_t uid);

}  // namespace bulkhead::mailer
