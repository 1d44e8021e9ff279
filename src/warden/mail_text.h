#pragma once
// What the mails of the warden say. Pure. No mail carries a password.
#include <string>

#include "warden/identity.h"

namespace bulkhead::warden {

struct MailText {
  std::string subject;
  std::string text;  // lines end with "\n"
};

// `link` and `minutes` (its life, at least 1) are for those kinds that have one.
MailText mail_text(MailKind kind, std::string_view user_name, std::string_view link, std::int64_t minutes);
// The token stands behind the #: no browser sends it in a request line.
std::string link_text(std::string_view public_url, const Secret& token);
// Of everything in an account that must stay as it is for its link to be good.
crypt::Sha256 state_of(const User& user);

}  // namespace bulkhead::warden
