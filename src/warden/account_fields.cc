#include "warden/account_fields.h"

#include <algorithm>

#include "base/cat.h"
#include "core/path/path.h"
#include "warden/limits.h"

namespace bulkhead::warden {

Result<capability::Role> role_of(std::uint8_t number) {
  if (number < 1 || number > static_cast<std::uint8_t>(capability::role_max)) {
    return fail(Errc::invalid, "there is no such role");
  }
  const auto role = static_cast<capability::Role>(number);
  if (role == capability::Role::anonymous) return fail(Errc::invalid, "a user cannot be anonymous");
  return role;
}

Result<void> check_email(std::string_view email) {
  if (email.empty()) return {};
  const bool printable = std::ranges::all_of(email, [](char letter) { return letter > ' ' && letter < '\x7f'; });
  const std::size_t at = email.find('@');
  if (email.size() > email_size_max || !printable || at == 0 || at >= email.size() - 1 ||
      email.find('@', at + 1) != std::string_view::npos) {
    return fail(Errc::invalid, "this is no e-mail address");
  }
  return {};
}

Result<std::string> line_of(std::string_view what, const std::string& text) {
  if (text.empty()) return text;
  Result<Name> name = Name::parse(text);
  if (!name.ok()) return fail(name.error().kind(), cat(what, " ", name.error().message()));
  return name->text();
}

Result<void> check_note(std::string_view what, std::string_view text) {
  if (text.size() > note_size_max) return fail(Errc::invalid, cat(what, ": at most ", note_size_max, " bytes"));
  const auto control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  };
  if (std::ranges::any_of(text, control)) return fail(Errc::invalid, cat(what, ": no control characters"));
  return {};
}

Result<void> check_language(std::string_view text) {
  const bool letters =
      std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; });
  if (text.size() < 2 || text.size() > 10 || !letters) {
    return fail(Errc::invalid, "language: two letters, or with a region such as pt-br");
  }
  return {};
}

std::string in_small_letters(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace bulkhead::warden
