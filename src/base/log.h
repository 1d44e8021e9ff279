#pragma once
// One event = one line of JSON on standard error, at most log_line_max bytes, written by one write(). In a child of hull
// standard error is a pipe: hull checks length and level, adds time, process, pid and connection, and stores the line.
// Values are data: control bytes, quotes and bytes that are not UTF-8 come out escaped, a long value is cut and marked.
#include <initializer_list>
#include <string>
#include <string_view>

namespace bulkhead {

enum class Level { debug, info, warning, error };
inline constexpr std::size_t log_line_max = 4096;  // PIPE_BUF: a line is never torn

struct LogField {
  std::string_view name;  // a compile-time word: letters and underscores
  std::string value;
  LogField(std::string_view field_name, std::string_view text) : name{field_name}, value{text} {}
};

// Where lines go; standard error unless hull, which keeps the log itself, says otherwise at its start.
using LogWriter = void (*)(std::string_view line);
void set_log_writer(LogWriter writer);

void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {});

// `text` as a JSON string with its quotes. Bytes that are no valid UTF-8 become \ufffd; so do unpaired surrogates.
std::string json_quoted(std::string_view text);

}  // namespace bulkhead
