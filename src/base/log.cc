#include "base/log.h"

#include <unistd.h>

#include <cstdint>

namespace bulkhead {
namespace {

constexpr std::size_t value_max = 512;

// Length of the valid UTF-8 sequence at the start of `text` (RFC 3629 section 4), 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  auto at = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if ((first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

void write_to_standard_error(std::string_view line) {
  // A full or closed pipe loses the line, never the service: there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

LogWriter writer = write_to_standard_error;

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

}  // namespace

std::string json_quoted(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const char letter = text[0];
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (letter == '\n') {
      out += "\\n";
    } else if (letter == '\t') {
      out += "\\t";
    } else if (length == 1 && (static_cast<std::uint8_t>(letter) < 0x20 || letter == 0x7f)) {
      out += "\\u00";
      out += digits[static_cast<std::uint8_t>(letter) >> 4U];
      out += digits[static_cast<std::uint8_t>(letter) & 15U];
    } else if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9")) {
      out += text[2] == '\xA8' ? "\\u2028" : "\\u2029";  // line ends to some readers of logs
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out += '"';
}

void set_log_writer(LogWriter new_writer) { writer = new_writer; }

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "{\"level\":";
  line += json_quoted(level_name(level));
  line += ",\"event\":";
  line += json_quoted(event);
  for (const LogField& field : fields) {
    const bool cut = field.value.size() > value_max;
    std::string value = json_quoted(std::string_view{field.value}.substr(0, value_max));
    if (line.size() + field.name.size() + value.size() + 64 > log_line_max) break;
    line += ',';
    line += json_quoted(field.name);
    line += ':';
    line += value;
    if (cut) {
      line += ',';
      line += json_quoted(std::string{field.name} + "_bytes");
      line += ':';
      line += std::to_string(field.value.size());
    }
  }
  line += "}\n";
  writer(line);
}

}  // namespace bulkhead
