#pragma once
// What one subject (a principal, a tenant, or all of them) was released lately, and whether one more release fits.
//
// A window is 60 buckets long, and all 61 buckets that it can touch are counted. So within any stretch of time of the
// length of the window, wherever it starts, never more than the budget is released; what is released comes back up to
// one bucket late (1 s for the minute, 1 min for the hour, 24 min for the day, 12 h for the 30 days).
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace bulkhead::meter {

// 0 = unlimited, in each field.
struct Budget {
  std::uint64_t releases_max = 0;
  std::uint64_t bytes_max = 0;
  std::uint64_t distinct_files_max = 0;
};

enum class Window : std::uint8_t { minute, hour, day, month };  // month: 30 days
inline constexpr std::size_t window_count = 4;
enum class Measure : std::uint8_t { releases, bytes, distinct_files };

using Budgets = std::array<Budget, window_count>;  // by Window

inline constexpr std::uint32_t window_buckets = 60;
// Milliseconds of one bucket.
UnixMs bucket_size_ms(Window window);
// The end of the year 9999: times are held to 0..time_max, so that arithmetic on them cannot overflow.
inline constexpr UnixMs time_max = 253'402'300'799'999;

// Why a release does not fit, and the first time at which it would, if nothing else is released meanwhile. No time:
// it is larger than the whole budget and never fits.
struct Shortage {
  Window window = Window::minute;
  Measure measure = Measure::releases;
  std::optional<UnixMs> again_at;
};
bool lasts_longer(const Shortage& a, const Shortage& b);

class Usage {
 public:
  // `files_max`: distinct files remembered. A file beyond them counts as a new one at each release.
  explicit Usage(std::size_t files_max) : files_max_{files_max} {}

  // In all calls: `now` is never smaller than in a call before, and at most time_max; `budgets` are always the same.
  // The shortage that lasts longest, if any.
  std::optional<Shortage> shortage(const Budgets& budgets, std::uint64_t file, std::uint64_t bytes, UnixMs now);
  // Counts one release, whether it fits or not. Windows without any limit are not kept.
  void charge(const Budgets& budgets, std::uint64_t file, std::uint64_t bytes, UnixMs now);
  // Nothing that was released counts any more.
  bool idle(UnixMs now) const;

 private:
  struct Slot {
    std::uint64_t bucket = 0;  // time / bucket_size_ms
    std::uint64_t releases = 0;
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;  // files whose latest release lies in this bucket
  };
  struct SeenFile {
    std::uint64_t file = 0;
    UnixMs last = 0;
  };
  using Slots = std::vector<Slot>;  // by bucket, at most window_buckets + 1, none empty

  struct Need {
    Measure measure;
    std::uint64_t Slot::* amount;
    std::uint64_t max;
    std::uint64_t cost;
  };
  // Whether `cost` more of `amount` fits under `max`.
  std::optional<Shortage> shortage_of(Window window, const Need& need) const;
  void drop_old_slots(UnixMs now);
  const SeenFile* seen(std::uint64_t file) const;
  void remember(const Budgets& budgets, std::uint64_t file, UnixMs now);

  std::array<Slots, window_count> windows_;
  std::vector<SeenFile> files_;  // by file id
  std::size_t files_max_;
  UnixMs forgot_at_ = 0;  // when files_ was last searched for what may be forgotten
};

}  // namespace bulkhead::meter
