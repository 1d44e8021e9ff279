#include "core/mail/text.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "base/encode.h"

namespace bulkhead::mail {
namespace {

constexpr std::size_t line_size_max = 76;           // RFC 2045 section 6.7 (5)
constexpr std::size_t encoded_word_bytes_max = 42;  // 56 letters of base64, with "=?utf-8?B?" and "?=" 68

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

// The length of the character that `text` begins with; 0 when it is no UTF-8 (RFC 3629 section 4).
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_phrase_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
}

void append_hex(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '=';
  out += digits[byte >> 4U];
  out += digits[byte & 15U];
}

}  // namespace

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const bool c1 = size == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
    if (size == 0 || c1 || (size == 1 && is_control(text.front()))) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string encoded_phrase(std::string_view text) {
  const bool plain = std::ranges::all_of(text, is_phrase_letter) && text.size() <= 60;
  if (plain && !text.starts_with(' ') && !text.ends_with(' ')) return std::string{text};
  std::string out;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size()) {
      const std::size_t next = std::max<std::size_t>(character_size(text.substr(size)), 1);
      if (size + next > encoded_word_bytes_max) break;
      size += next;
    }
    if (!out.empty()) out += "\r\n ";
    out += "=?utf-8?B?" + to_base64(as_bytes(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\n';
    const bool visible = c > ' ' && c < '\x7f' && c != '=';
    const bool as_it_is = visible || (c == ' ' && !last);  // a blank at the end of a line gets lost on its way
    const std::size_t size = as_it_is ? 1 : 3;
    if (column + size > line_size_max - 1 && !(last && column + size <= line_size_max)) {
      out += "=\r\n";
      column = 0;
    }
    if (as_it_is)
      out += c;
    else
      append_hex(out, c);
    column += size;
  }
  return out;
}

}  // namespace bulkhead::mail
