#include "hull/log_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::hull {
namespace {

constexpr const char* file_name = "bulkhead.jsonl";
constexpr std::array levels{"\"debug\"", "\"info\"", "\"warning\"", "\"error\""};

// Takes one JSON string, with its quotes, off `text`; false if there is none.
bool skip_text(std::string_view& text) {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (static_cast<std::uint8_t>(text[i]) < 0x20) return false;
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool skip(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

// What base/log.h writes: {"level":"...","event":"...",...}, texts only, no white space.
bool well_formed(std::string_view text) {
  static constexpr std::string_view head = "{\"level\":";
  if (!text.starts_with(head)) return false;
  const std::string_view level = text.substr(head.size());
  if (std::none_of(levels.begin(), levels.end(), [&](std::string_view known) { return level.starts_with(known); })) return false;
  skip(text, '{');
  do {
    if (!skip_text(text) || !skip(text, ':') || !skip_text(text)) return false;
  } while (skip(text, ','));
  return text == "}";
}

Result<Fd> open_log(int directory) {
  Fd file{::openat(directory, file_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!file.valid()) return fail_errno("open log/bulkhead.jsonl");
  return file;
}

}  // namespace

std::string stored_line(std::string_view said, const LogSource& source, UnixMs time) {
  std::string line = cat("{\"time\":\"", format_timestamp(time), ".", std::string(time % 1000 < 100 ? (time % 1000 < 10 ? 2 : 1) : 0, '0'),
                         time % 1000, "Z\",\"process\":", json_quoted(source.process), ",\"pid\":", source.pid,
                         ",\"connection\":", source.connection);
  if (well_formed(said)) return cat(line, ",\"said\":", said, "}");
  return cat(line, ",\"said\":{\"level\":\"error\",\"event\":\"output\",\"text\":", json_quoted(said), "}}");
}

Result<LogSink> LogSink::open(Fd directory) {
  Fd file = TRY(open_log(directory.get()));
  return LogSink{std::move(directory), std::move(file)};
}

Result<void> LogSink::reopen() {
  file_ = TRY(open_log(directory_.get()));
  return {};
}

void LogSink::store(std::string_view said, const LogSource& source) {
  const std::string line = stored_line(said, source, unix_now_ms()) + "\n";
  // A full disk loses whole log lines, never the service.
  const off_t end = ::lseek(file_.get(), 0, SEEK_END);
  if (write_all(file_.get(), as_bytes(line)).ok()) return;
  if (::ftruncate(file_.get(), end) != 0) return;  // a torn line is the worst of it
}

}  // namespace bulkhead::hull
