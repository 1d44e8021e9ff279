#pragma once
// When a file goes, and in which bucket of keys its own key lies until then. Pure. Spec: docs/spec/keys.md.
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace bulkhead::retention {

using Day = std::uint32_t;  // since 1970-01-01 (UTC)

inline constexpr Day kept = 0;  // the bucket of files that do not expire
inline constexpr UnixMs day_ms = 86'400'000;
inline constexpr std::uint32_t days_max = 36'500;  // that a file may be kept for
inline constexpr Day grace_days = 1;               // whole days between a bucket's day and its end

// The day of a time that is not before 1970.
constexpr Day day_of(UnixMs time) {
  return static_cast<Day>(time / day_ms);
}
// When a file goes that lies there since `from` and is kept for `days`, 1 to days_max.
constexpr UnixMs due(UnixMs from, std::uint32_t days) {
  return from + UnixMs{days} * day_ms;
}
// The bucket of such a file: the day on which it goes, or a later one. So that there are few buckets (1,400 at most of
// an organisation), those of files kept for long are apart by weeks or by months of 30 days.
constexpr Day bucket_of(UnixMs from, std::uint32_t days) {
  const Day day = day_of(due(from, days));
  const Day step = days <= 90 ? 1 : days <= 1'000 ? 7 : 30;
  return (day + step - 1) / step * step;
}
// Whether the bucket of that day may be destroyed: the day is over, and so are grace_days behind it.
constexpr bool is_over(Day day, UnixMs now) {
  return day != kept && day_of(now) > day + grace_days;
}

inline constexpr UnixMs jump_max_ms = 600'000;     // of the clock against the monotonic one
inline constexpr UnixMs rest_max_ms = 2 * day_ms;  // between two runs
inline constexpr MonotonicMs distrust_ms = MonotonicMs{6} * 3'600'000;

// A clock that what cannot be undone goes by. A clock that jumps ahead is not believed at once: a wrong time server
// or battery must not make everything due. It is believed when it has stayed there for distrust_ms of one run. A clock
// that goes back is believed: less is due then.
class CalmClock {
 public:
  // `last`: a time that was read before this run, if one is known. More than rest_max_ms later counts as a jump.
  explicit CalmClock(std::optional<UnixMs> last = {}) : last_{last} {}

  // The time, or nothing while it is not believed. Both clocks are read for each call, a minute apart or less.
  std::optional<UnixMs> read(UnixMs now, MonotonicMs running);

 private:
  std::optional<UnixMs> last_;          // as believed
  std::optional<MonotonicMs> last_at_;  // when; none: before this run
  std::optional<MonotonicMs> ahead_since_;
};

}  // namespace bulkhead::retention
