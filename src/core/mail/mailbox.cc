#include "core/mail/mailbox.h"

#include <algorithm>

#include "core/mail/text.h"

namespace bulkhead::mail {
namespace {

constexpr std::size_t local_size_max = 64;  // RFC 5321 section 4.5.3.1.1
constexpr std::size_t label_size_max = 63;  // RFC 1035 section 2.3.4

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 5322 section 3.2.3 atext.
bool is_atom_letter(char c) {
  return is_letter_or_digit(c) ||
         (c != '\0' && std::string_view{"!#$%&'*+-/=?^_`{|}~"}.find(c) != std::string_view::npos);
}

// Parts with dots between them, none of them empty, each of letters for which `fits` holds.
template <class Fits>
bool is_dotted(std::string_view text, std::size_t part_size_max, Fits&& fits) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    if (part.empty() || part.size() > part_size_max || !std::ranges::all_of(part, fits)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_domain(std::string_view text) {
  if (text.starts_with('-') || text.ends_with('-')) return false;
  return is_dotted(text, label_size_max, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || text.size() > address_size_max) return false;
  const std::string_view local = text.substr(0, at);
  return local.size() <= local_size_max && is_dotted(local, local_size_max, is_atom_letter) &&
         is_domain(text.substr(at + 1));
}

std::string_view domain_of(std::string_view address) {
  return address.substr(address.find('@') + 1);
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  Mailbox out;
  std::string_view address = text;
  if (text.ends_with('>')) {
    const std::size_t open = text.rfind('<');
    if (open == std::string_view::npos) return fail(Errc::invalid, "a mail address is not between < and >");
    address = text.substr(open + 1, text.size() - open - 2);
    std::string_view name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    if (!is_plain_text(name) || name.size() > name_size_max) {
      return fail(Errc::invalid, "the name of a mail address is too long, no UTF-8, or has control characters");
    }
    out.name = name;
  }
  if (!is_address(address)) return fail(Errc::invalid, "this is no mail address");
  out.address = address;
  return out;
}

}  // namespace bulkhead::mail
