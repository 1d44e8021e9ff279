#include "base/clock.h"

#include <ctime>

namespace bulkhead {
namespace {

std::int64_t read_clock(clockid_t which) {
  timespec now{};
  ::clock_gettime(which, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::string format(UnixMs time, const char* shape) {
  const std::time_t seconds = time / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64] = {};
  const std::size_t size = std::strftime(text, sizeof text, shape, &parts);
  return {text, size};
}

}  // namespace

UnixMs unix_now_ms() { return read_clock(CLOCK_REALTIME); }
MonotonicMs monotonic_now_ms() { return read_clock(CLOCK_MONOTONIC); }
std::string format_timestamp(UnixMs time) { return format(time, "%Y-%m-%dT%H:%M:%S"); }
std::string format_http_date(UnixMs time) { return format(time, "%a, %d %b %Y %H:%M:%S GMT"); }

}  // namespace bulkhead
