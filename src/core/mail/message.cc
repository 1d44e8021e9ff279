#include "core/mail/message.h"

#include <algorithm>

#include "base/cat.h"
#include "core/mail/text.h"

namespace bulkhead::mail {
namespace {

constexpr std::size_t subject_size_max = 200;
constexpr std::size_t id_size_max = 64;

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= id_size_max && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

// RFC 5322 section 3.3: the HTTP form but for the zone.
std::string date_of(UnixMs time) {
  std::string date = format_http_date(time);
  if (date.ends_with(" GMT")) date.resize(date.size() - 3);
  return date + "+0000";
}

Result<std::string> field_of(const Mailbox& mailbox) {
  if (!is_address(mailbox.address)) return fail(Errc::invalid, "this is no mail address");
  if (mailbox.name.size() > name_size_max || !is_plain_text(mailbox.name)) {
    return fail(Errc::invalid, "the name of a mail address cannot stand in a header field");
  }
  if (mailbox.name.empty()) return mailbox.address;
  return cat(encoded_phrase(mailbox.name), "\r\n <", mailbox.address, ">");
}

}  // namespace

Result<std::string> print_message(const Message& message) {
  if (message.text.size() > message_text_max) return fail(Errc::too_large, "the text of a mail is too long");
  if (message.subject.size() > subject_size_max || !is_plain_text(message.subject)) {
    return fail(Errc::invalid, "the subject cannot stand in a header field");
  }
  if (!is_id(message.id)) return fail(Errc::invalid, "the id of a mail cannot stand in a header field");
  const std::string from = TRY(field_of(message.from));
  const std::string to = TRY(field_of(message.to));
  return cat("From: ", from, "\r\nTo: ", to, "\r\nSubject: ", encoded_phrase(message.subject),
             "\r\nDate: ", date_of(message.date), "\r\nMessage-ID: <", message.id, "@", domain_of(message.from.address),
             ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n\r\n",
             quoted_printable(message.text));
}

}  // namespace bulkhead::mail
