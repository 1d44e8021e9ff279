#pragma once
// The log of all processes: DIR/log/bulkhead.jsonl, one JSON object a line. A child's line is data: it must be an object of
// texts with a known level, else it is stored as text. hull adds time, process, pid and connection, which no child can forge.
#include <string>

#include "base/clock.h"
#include "base/fd.h"

namespace bulkhead::hull {

struct LogSource {
  std::string process;
  std::int64_t pid = 0;
  std::uint64_t connection = 0;
};

// The stored line for what a child wrote, without the line end. Pure.
std::string stored_line(std::string_view said, const LogSource& source, UnixMs time);

class LogSink {
 public:
  // Opens (appends to) `bulkhead.jsonl` below `directory`.
  static Result<LogSink> open(Fd directory);
  // The same file name again, after a rotation.
  Result<void> reopen();
  void store(std::string_view said, const LogSource& source);

 private:
  LogSink(Fd directory, Fd file) : directory_{std::move(directory)}, file_{std::move(file)} {}
  Fd directory_;
  Fd file_;
};

// Cuts the bytes of one child's pipe into lines; a line over log_line_max is cut there.
class LogLines {
 public:
  template <class Take>
  void feed(std::string_view bytes, Take&& take) {
    for (const char letter : bytes) {
      if (letter == '\n' || line_.size() >= line_max) {
        if (!line_.empty()) take(line_);
        line_.clear();
      }
      if (letter != '\n') line_ += letter;
    }
  }

 private:
  static constexpr std::size_t line_max = 4096;
  std::string line_;
};

}  // namespace bulkhead::hull
