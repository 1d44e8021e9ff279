#include "warden/mail_text.h"

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::warden {
namespace {

std::string span_text(std::int64_t minutes) {
  if (minutes >= 120) return cat(minutes / 60, " hours");
  return minutes == 1 ? std::string{"1 minute"} : cat(minutes, " minutes");
}

}  // namespace

MailText mail_text(MailKind kind, std::string_view user_name, std::string_view link, std::int64_t minutes) {
  const std::string lives = cat("The link works once, within ", span_text(minutes), ".");
  switch (kind) {
    case MailKind::reset:
      return {"Bulkhead: choose a new password",
              cat("A new password was asked for, for the account ", user_name, ".\nTo choose it, open this link:\n\n",
                  link, "\n\n", lives, " If you did not ask for it, do nothing:\nyour password stays as it is.\n")};
    case MailKind::invitation:
      return {"Bulkhead: your new account", cat("There is an account for you, with the user name ", user_name,
                                                ".\nTo choose its password, open this link:\n\n", link, "\n\n", lives,
                                                " If it has ended,\nask your administrator for another one.\n")};
    case MailKind::password_changed:
      return {"Bulkhead: your password was changed",
              cat("The password of the account ", user_name,
                  " was changed.\nIf that was not your wish, tell your administrator at once.\n")};
    case MailKind::test:
      return {"Bulkhead: a test", "This mail was sent by: bulkhead mail test. The settings for mail work.\n"};
  }
  return {};
}

std::string link_text(std::string_view public_url, const Secret& token) {
  return cat(public_url, "/#token=", as_text(token.view()));
}

crypt::Sha256 state_of(const User& user) {
  return crypt::sha256(
      as_bytes(cat("bulkhead reset v1\n", user.id, "\n", user.organisation, "\n", user.name_key, "\n", user.email, "\n",
                   static_cast<int>(user.role), "\n", user.active ? 1 : 0, "\n", user.must_change_password ? 1 : 0,
                   "\n", user.sign_on, "\n", to_hex(user.credential.salt), "\n", to_hex(user.credential.verifier))));
}

}  // namespace bulkhead::warden
