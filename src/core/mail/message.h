#pragma once
// A whole message of plain text (RFC 5322, RFC 2045), as it goes to a server or into a file. Pure.
#include "base/clock.h"
#include "core/mail/mailbox.h"

namespace bulkhead::mail {

inline constexpr std::size_t message_text_max = 16'384;  // bytes

struct Message {
  Mailbox from;
  Mailbox to;
  std::string subject;
  std::string text;  // UTF-8, lines end with "\n"
  UnixMs date = 0;
  std::string id;  // unique for ever: letters and digits
};

// With "\r\n" at the end of each line, no line longer than 78 letters but for long addresses. Errc::invalid when an
// address, a name, the subject or the id cannot stand in a header field: nothing that comes from outside makes another
// field or recipient. Errc::too_large.
Result<std::string> print_message(const Message& message);

}  // namespace bulkhead::mail
