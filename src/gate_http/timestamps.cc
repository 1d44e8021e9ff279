#include "gate_http/timestamps.h"

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

}  // namespace

Result<UnixMs> parse_timestamp(std::string_view text) {
  const Error wrong = fail(Errc::invalid, "a date must look like 2026-11-21T23:20:00");
  const int year = take_digits(text, 4);
  if (year < 1970 || !take(text, '-')) return wrong;
  const int month = take_digits(text, 2);
  if (month < 0 || !take(text, '-')) return wrong;
  const int day = take_digits(text, 2);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day < 0 ? 0 : day)}};
  if (!date.ok()) return wrong;
  int seconds = 0;
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, ' ')) return wrong;
    const int hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':')) return wrong;
    const int minute = take_digits(text, 2);
    if (minute < 0 || minute > 59) return wrong;
    const int second = take(text, ':') ? take_digits(text, 2) : 0;
    if (second < 0 || second > 59 || !text.empty()) return wrong;
    seconds = (hour * 60 + minute) * 60 + second;
  }
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return (UnixMs{days} * 86'400 + seconds) * 1'000;
}

}  // namespace bulkhead::gate_http
