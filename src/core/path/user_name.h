#pragma once
// UserName: the name a person signs in with. 1 to 64 of the ASCII letters, digits and . _ - @ +, beginning with a
// letter, digit or _, without ".." and without a dot at its end. So it is always a legal folder Name, never an option,
// a path or a template, and has no invisible, wide or composed variants: those are refused, not converted.
#include <string>
#include <string_view>

#include "base/result.h"

namespace bulkhead {

inline constexpr std::size_t user_name_size_max = 64;  // bytes

class UserName {
 public:
  // Errc::invalid, or Errc::too_large; the message names the rule and does not repeat the text.
  static Result<UserName> parse(std::string_view text);

  // As it was written when the account was made.
  const std::string& text() const { return text_; }
  // The key under which an account is stored and looked up: equal for all spellings of one name. Of ASCII text, case
  // folding and NFKC come down to small letters.
  std::string fold() const;

  // Two spellings of one name are the same name.
  friend bool operator==(const UserName& left, const UserName& right) { return left.fold() == right.fold(); }

 private:
  explicit UserName(std::string text) : text_{std::move(text)} {}
  std::string text_;
};

}  // namespace bulkhead
