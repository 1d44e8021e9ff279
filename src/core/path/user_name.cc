#include "core/path/user_name.h"

#include <algorithm>

namespace bulkhead {
namespace {

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_';
}
bool is_allowed(char letter) {
  return is_word(letter) || std::string_view{".-@+"}.find(letter) != std::string_view::npos;
}
char to_small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

Result<UserName> UserName::parse(std::string_view text) {
  if (text.empty()) return fail(Errc::invalid, "user name: is empty");
  if (text.size() > user_name_size_max) return fail(Errc::too_large, "user name: is longer than 64 characters");
  if (!std::all_of(text.begin(), text.end(), is_allowed)) {
    return fail(Errc::invalid, "user name: only the letters a to z, digits and . _ - @ + are allowed");
  }
  if (!is_word(text.front())) return fail(Errc::invalid, "user name: does not begin with a letter, digit or _");
  if (text.ends_with('.')) return fail(Errc::invalid, "user name: ends with a dot");
  if (text.find("..") != std::string_view::npos) return fail(Errc::invalid, "user name: holds two dots in a row");
  return UserName{std::string{text}};
}

std::string UserName::fold() const {
  std::string key = text_;
  std::transform(key.begin(), key.end(), key.begin(), to_small);
  return key;
}

}  // namespace bulkhead
