#include "base/clock.h"

#include <ctime>

namespace bulkhead {
namespace {

std::int64_t read_clock(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::tm utc(UnixMs time) {
  const std::time_t seconds = time / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

UnixMs unix_now_ms() { return read_clock(CLOCK_REALTIME); }
MonotonicMs monotonic_now_ms() { return read_clock(CLOCK_MONOTONIC); }

std::string format_timestamp(UnixMs time) {
  char text[64] = {};
  const std::tm parts = utc(time);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)};
}

std::string format_http_date(UnixMs time) {
  char text[64] = {};
  const std::tm parts = utc(time);
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace bulkhead
