#include "base/encode.h"

#include <array>

namespace bulkhead {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

std::string encode64(ByteView bytes, std::string_view letters, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t group = (std::uint32_t{bytes[i]} << 16U) | (left > 1 ? std::uint32_t{bytes[i + 1]} << 8U : 0U) |
                                (left > 2 ? std::uint32_t{bytes[i + 2]} : 0U);
    out += letters[group >> 18U];
    out += letters[(group >> 12U) & 63U];
    if (left > 1) out += letters[(group >> 6U) & 63U];
    if (left > 2) out += letters[group & 63U];
    if (padded && left < 3) out.append(3 - left, '=');
  }
  return out;
}

Result<Bytes> decode64(std::string_view text, std::string_view letters) {
  if (text.size() % 4 == 1) return fail(Errc::invalid, "base64: impossible length");
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (char letter : text) {
    const std::size_t value = letters.find(letter);
    if (value == std::string_view::npos) return fail(Errc::invalid, "base64: a character outside the alphabet");
    group = (group << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(group >> bits));
    }
  }
  if ((group & ((1U << bits) - 1U)) != 0) return fail(Errc::invalid, "base64: not canonical");
  return out;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 15U];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::invalid, "hex: odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::invalid, "hex: a character that is no hex digit");
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(ByteView bytes) { return encode64(bytes, base64_letters, true); }
std::string to_base64url(ByteView bytes) { return encode64(bytes, base64url_letters, false); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(Errc::invalid, "base64: length is no multiple of four");
  if (text.ends_with("==")) return decode64(text.substr(0, text.size() - 2), base64_letters);
  if (text.ends_with('=')) return decode64(text.substr(0, text.size() - 1), base64_letters);
  return decode64(text, base64_letters);
}
Result<Bytes> from_base64url(std::string_view text) { return decode64(text, base64url_letters); }

Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return fail(Errc::invalid, "not a decimal number");
  std::uint64_t value = 0;
  for (char letter : text) {
    if (letter < '0' || letter > '9') return fail(Errc::invalid, "not a decimal number");
    const auto digit = static_cast<std::uint64_t>(letter - '0');
    if (digit > max || value > (max - digit) / 10) return fail(Errc::invalid, "the number is too large");
    value = value * 10 + digit;
  }
  return value;
}

}  // namespace bulkhead
