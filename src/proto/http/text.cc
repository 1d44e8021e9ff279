#include "proto/http/text.h"

#include <algorithm>
#include <cstdint>

namespace bulkhead::http {
namespace {

// Takes one code point off `text`. False when its bytes break RFC 3629.
bool take_code_point(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  if (first < 0x80) return text.remove_prefix(1), true;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return false;
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return false;
    value = (value << 6U) | (byte & 0x3FU);
  }
  const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
  text.remove_prefix(length);
  return true;
}

bool is_token_letter(char letter) {
  return is_digit(letter) || is_alpha(letter) ||
         (letter != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(letter) != std::string_view::npos);
}

}  // namespace

int hex_value(char letter) {
  if (is_digit(letter)) return letter - '0';
  const char low = to_lower(letter);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string to_lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = to_lower(letter);
  return out;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return to_lower(a) == to_lower(b); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_letter);
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char letter) { return letter == '\t' || !is_control(letter); });
}

std::string_view trim_ows(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_code_point(text)) return false;
  }
  return true;
}

Result<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char letter = text[i];
    if (letter == '+' && plus == Plus::space) {
      letter = ' ';
    } else if (letter == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Errc::invalid, "a percent escape lacks its two hex digits");
      letter = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (letter == '\0') return fail(Errc::invalid, "NUL in decoded text");
    out += letter;
  }
  if (!is_utf8(out)) return fail(Errc::invalid, "decoded text is not UTF-8");
  return out;
}

}  // namespace bulkhead::http
