#include "proto/http/date.h"

#include <array>
#include <chrono>

#include "base/encode.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

constexpr std::size_t imf_fixdate_size = 29;

// Digits at a fixed place, -1 for anything else.
int number_at(std::string_view text, std::size_t position, std::size_t digits) {
  int value = 0;
  for (char letter : text.substr(position, digits)) {
    if (!is_digit(letter)) return -1;
    value = value * 10 + (letter - '0');
  }
  return value;
}

int month_at(std::string_view text, std::size_t position) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t found = months.find(text.substr(position, 3));
  return found == std::string_view::npos || found % 3 != 0 ? -1 : static_cast<int>(found / 3) + 1;
}

}  // namespace

std::optional<UnixMs> parse_http_date(std::string_view text) {
  if (text.size() != imf_fixdate_size) return std::nullopt;
  const int day = number_at(text, 5, 2);
  const int month = month_at(text, 8);
  const int year = number_at(text, 12, 4);
  const int hour = number_at(text, 17, 2);
  const int minute = number_at(text, 20, 2);
  const int second = number_at(text, 23, 2);
  if (day < 1 || month < 1 || year < 1970 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  const UnixMs time = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
  // Separators, day of the week and ranges hold when the date is what we would write ourselves.
  return format_http_date(time) == text ? std::optional{time} : std::nullopt;
}

}  // namespace bulkhead::http
