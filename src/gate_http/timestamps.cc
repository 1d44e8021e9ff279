#include "gate_http/timestamps.h"

#include <algorithm>
#include <chrono>

namespace bulkhead::gate_http {
namespace {

// `count` digits at the start of `text`, -1 if they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (const char letter : text.substr(0, count)) {
    if (letter < '0' || letter > '9') return -1;
    value = value * 10 + (letter - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char letter) {
  if (!text.starts_with(letter)) return false;
  text.remove_prefix(1);
  return true;
}

// Seconds of the day: HH:mm or HH:mm:ss, and no more. -1 if it is no time.
int take_time(std::string_view text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return -1;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return -1;
  const int second = take(text, ':') ? take_digits(text, 2) : 0;
  if (second < 0 || second > 59 || !text.empty()) return -1;
  return (hour * 60 + minute) * 60 + second;
}

// The start of a day, -1 if there is none such.
UnixMs day_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month < 0 ? 0 : month)},
                                         std::chrono::day{static_cast<unsigned>(day < 0 ? 0 : day)}};
  if (year < 1970 || !date.ok()) return -1;
  return UnixMs{std::chrono::sys_days{date}.time_since_epoch().count()} * 86'400'000;
}

// Of this century.
int short_year(std::string_view& text) {
  const int year = take_digits(text, 2);
  return year < 0 ? -1 : 2000 + year;
}

}  // namespace

Result<UnixMs> parse_timestamp(std::string_view text) {
  const Error wrong = fail(Errc::invalid, "a date must look like 2026-11-21T23:20:00");
  const int year = take_digits(text, 4);
  if (!take(text, '-')) return wrong;
  const int month = take_digits(text, 2);
  if (!take(text, '-')) return wrong;
  const UnixMs start = day_of(year, month, take_digits(text, 2));
  if (start < 0) return wrong;
  if (text.empty()) return start;
  if (!take(text, 'T') && !take(text, ' ')) return wrong;
  const int seconds = take_time(text);
  if (seconds < 0) return wrong;
  return start + UnixMs{seconds} * 1'000;
}

Result<UnixMs> parse_log_time(std::string_view text, bool end) {
  const Error wrong =
      fail(Errc::invalid, "a date must look like 2026-11-21T23:20:00, 11-21-2026 or 11/21/2026 23:20:00");
  const bool american = text.size() >= 3 && (text[2] == '-' || text[2] == '/');
  const std::size_t date_size = std::min(text.find_first_of(" T"), text.size());
  const bool whole_day = date_size == text.size();
  UnixMs time = -1;
  if (american) {
    std::string_view date = text.substr(0, date_size);
    const int month = take_digits(date, 2);
    const char mark = date.empty() ? ' ' : date.front();
    date.remove_prefix(date.empty() ? 0 : 1);
    const int day = take_digits(date, 2);
    if (!take(date, mark)) return wrong;
    const int year = date.size() == 2 ? short_year(date) : take_digits(date, 4);
    time = date.empty() ? day_of(year, month, day) : -1;
    const int seconds = whole_day ? 0 : take_time(text.substr(date_size + 1));
    if (time < 0 || seconds < 0) return wrong;
    time += UnixMs{seconds} * 1'000;
  } else {
    const Result<UnixMs> parsed = parse_timestamp(text);
    if (!parsed.ok()) return wrong;
    time = *parsed;
  }
  if (!end) return time;
  return time + (whole_day ? 86'399'999 : 999);
}

}  // namespace bulkhead::gate_http
