#pragma once
// The character classes of RFC 9110 section 5.6 and RFC 3986, and percent-decoding. ASCII only where a rule says so;
// the locale is never asked.
#include <string>
#include <string_view>

#include "base/result.h"

namespace bulkhead::http {

constexpr bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
constexpr bool is_alpha(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}
// C0 controls and DEL, tab included.
constexpr bool is_control(char letter) {
  return (letter >= '\0' && letter < ' ') || letter == '\x7f';
}
constexpr bool is_ascii(char letter) {
  return (static_cast<unsigned char>(letter) & 0x80U) == 0;
}
constexpr char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
// The value of one hex digit, -1 when it is none.
int hex_value(char letter);

std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right);
// RFC 9110 section 5.6.2: one or more tchar.
bool is_token(std::string_view text);
// RFC 9110 section 5.5 field-value: VCHAR, obs-text, SP and HTAB.
bool is_field_value(std::string_view text);
// Without spaces and tabs at both ends (OWS).
std::string_view trim_ows(std::string_view text);
// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

enum class Plus { literal, space };
// Decodes each %XX once. Errc::invalid for a broken escape, for NUL, and for a result that is no UTF-8.
Result<std::string> percent_decode(std::string_view text, Plus plus);

// Calls `take(element)` for each element of a comma list, trimmed, empty ones skipped (RFC 9110 section 5.6.1.2).
template <class Take>
void for_each_element(std::string_view list, Take take) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view element = trim_ows(list.substr(0, comma));
    if (!element.empty()) take(element);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
}

}  // namespace bulkhead::http
