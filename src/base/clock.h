#pragma once
// Time is passed in as values; only main loops read the clock.
#include <cstdint>
#include <string>

namespace bulkhead {

using UnixMs = std::int64_t;       // milliseconds since 1970-01-01 UTC, for records
using MonotonicMs = std::int64_t;  // milliseconds since some start, for time-outs

UnixMs unix_now_ms();
MonotonicMs monotonic_now_ms();

// "2026-11-21T23:20:00", UTC, no zone: the shape of REST dates (moveit-rest section 1).
std::string format_timestamp(UnixMs time);
// "Sat, 21 Nov 2026 23:20:00 GMT": RFC 9110 section 5.6.7.
std::string format_http_date(UnixMs time);

}  // namespace bulkhead
