#pragma once
// Mail addresses as they may stand in header fields and in commands of SMTP. Stricter than RFC 5322 section 3.4: what
// would need quoting is no address here, so that nothing in one can end a field, a command or a list.
#include <string>
#include <string_view>

#include "base/result.h"

namespace bulkhead::mail {

inline constexpr std::size_t address_size_max = 254;  // RFC 5321 section 4.5.3.1.3, less the angle brackets
inline constexpr std::size_t name_size_max = 256;     // bytes

// dot-atom @ domain of letters, digits, hyphens and dots.
[[nodiscard]] bool is_address(std::string_view text);
// Without the address: "example.com". `address` is one.
std::string_view domain_of(std::string_view address);

struct Mailbox {
  std::string name;  // to be shown: UTF-8 without control characters; may be empty
  std::string address;
};

// "anna@example.com" or "Anna Smith <anna@example.com>"; the name is taken as it is, quotes around it are left out.
// Errc::invalid otherwise.
Result<Mailbox> parse_mailbox(std::string_view text);

}  // namespace bulkhead::mail
