#pragma once
// The disclosure report: which keys of files were released to whom, and which bytes really went out. From the ledger
// alone. And which keys were destroyed.
#include <limits>
#include <map>
#include <string>

#include "verify/check.h"
#include "verify/entries.h"

namespace verify {

struct Filter {
  std::optional<std::uint64_t> file;
  std::optional<std::string> principal;  // a user name, or the id of a principal
  std::int64_t from_ms = 0;              // a release is in when from_ms <= its time < to_ms
  std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();
};

class Report {
 public:
  explicit Report(Filter filter) : filter_{std::move(filter)} {}

  // Every entry in order, also those that the filter leaves out.
  void add(std::uint64_t index, std::optional<std::string_view> body);
  std::string text(const Summary& summary) const;
  std::string json(const Summary& summary) const;

 private:
  struct Line {
    Release release;
    bool bytes_known = false;
    std::map<std::uint64_t, std::uint64_t> sent;  // start, end: apart from each other
    unsigned outcome = 0;                         // of the last report of the porter
  };
  void add_sent(const SentBytes& sent);
  std::string section_text(bool bytes_known) const;
  std::string section_json(bool bytes_known, const Summary& summary) const;
  static std::uint64_t total(const Line& line);
  std::string destroyed_text() const;
  std::string destroyed_json() const;

  Filter filter_;
  std::map<std::uint64_t, Line> lines_;  // by the index of the release
  std::vector<Destruction> destroyed_;
  std::uint64_t unreadable_ = 0;
};

// One entry for a person, a line each; texts quoted as in the report.
std::string describe(std::uint64_t index, std::string_view body);

std::string format_time(std::int64_t time_ms);  // "2026-11-21T23:20:00.000Z"
std::string format_day(std::uint64_t day);      // since 1970-01-01: "2026-11-21"
// The same without milliseconds or with the day alone; UTC.
std::optional<std::int64_t> parse_time(const std::string& text);

}  // namespace verify
