#include "proto/scp/glob.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace bulkhead::scp {
namespace {

// Takes one character off. What is not UTF-8 is taken byte by byte.
std::uint32_t take(std::string_view& text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t size_max = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t value = lead;
  std::size_t size = 1;
  while (size < std::min(size_max, text.size()) && (static_cast<std::uint8_t>(text[size]) & 0xC0U) == 0x80) {
    value = value << 8U | static_cast<std::uint8_t>(text[size++]);
  }
  text.remove_prefix(size);
  return value;
}

std::uint32_t take_escaped(std::string_view& pattern) {
  if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return take(pattern);
}

// `pattern` begins behind a "[". True or false if the set ends, then it is taken off; empty if it does not.
std::optional<bool> take_set(std::string_view& pattern, std::uint32_t letter) {
  std::string_view rest = pattern;
  const bool inverted = rest.starts_with('!') || rest.starts_with('^');
  if (inverted) rest.remove_prefix(1);
  bool found = false;
  for (bool first = true; !rest.empty(); first = false) {
    if (rest.front() == ']' && !first) {
      pattern = rest.substr(1);
      return found != inverted;
    }
    const std::uint32_t low = take_escaped(rest);
    std::uint32_t high = low;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      high = take_escaped(rest);
    }
    found = found || (low <= letter && letter <= high);
  }
  return std::nullopt;
}

// Takes what matches one character off `pattern`, which is not empty and does not begin with a star.
bool take_one(std::string_view& pattern, std::uint32_t letter) {
  if (pattern.front() == '?') {
    pattern.remove_prefix(1);
    return true;
  }
  if (pattern.front() == '[') {
    std::string_view rest = pattern.substr(1);
    if (const std::optional<bool> found = take_set(rest, letter)) {
      pattern = rest;
      return *found;
    }
  }
  return take_escaped(pattern) == letter;
}

}  // namespace

bool has_wildcards(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string unescaped(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  // Where to go on when it fails: behind the last star, which then stands for one character more.
  std::optional<std::string_view> star_pattern;
  std::string_view star_name;
  while (!name.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      star_pattern = pattern;
      star_name = name;
      continue;
    }
    if (!name.empty() && !pattern.empty() && take_one(pattern, take(name))) continue;
    if (!star_pattern || star_name.empty()) return false;
    take(star_name);
    pattern = *star_pattern;
    name = star_name;
  }
  return true;
}

}  // namespace bulkhead::scp
