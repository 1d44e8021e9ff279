#include "core/retention/retention.h"

#include <doctest/doctest.h>

#include <set>

namespace bulkhead::retention {
namespace {

TEST_CASE("a bucket is never of a day before its files go, and at most a month later") {
  for (const std::uint32_t days : {1U, 30U, 90U, 91U, 365U, 1'000U, 1'001U, 3'650U, days_max}) {
    for (const UnixMs from : {UnixMs{0}, UnixMs{1}, day_ms - 1, day_ms, 20'000 * day_ms + 12'345}) {
      const Day goes = day_of(due(from, days));
      const Day bucket = bucket_of(from, days);
      CHECK(bucket >= goes);
      CHECK(bucket - goes <= (days <= 90 ? 0 : days <= 1'000 ? 6 : 29));
      CHECK_FALSE(is_over(bucket, due(from, days)));
    }
  }
}

TEST_CASE("an organisation has few buckets, whatever its settings") {
  std::set<Day> buckets;
  for (std::uint32_t days = 1; days <= days_max; ++days) buckets.insert(bucket_of(20'000 * day_ms, days));
  CHECK(buckets.size() <= 1'450);
}

TEST_CASE("a bucket is over a whole day after its day") {
  CHECK_FALSE(is_over(kept, INT64_MAX / 2));
  CHECK_FALSE(is_over(100, 101 * day_ms + day_ms - 1));
  CHECK(is_over(100, 102 * day_ms));
}

TEST_CASE("a clock that jumps ahead is believed only after hours") {
  CalmClock clock;
  const UnixMs start = 20'000 * day_ms;
  CHECK(clock.read(start, 1'000) == start);
  CHECK(clock.read(start + 60'000, 61'000) == start + 60'000);
  const UnixMs wrong = start + 4'000 * day_ms;
  CHECK_FALSE(clock.read(wrong, 62'000));
  CHECK_FALSE(clock.read(wrong + 3'600'000, 62'000 + 3'600'000));
  // Set right again before: nothing was due, and the next jump waits anew.
  CHECK(clock.read(start + 7'200'000, 61'000 + 7'200'000 - 60'000) == start + 7'200'000);
  CHECK_FALSE(clock.read(wrong, 7'300'000));
  CHECK_FALSE(clock.read(wrong + distrust_ms - 1, 7'300'000 + distrust_ms - 1));
  CHECK(clock.read(wrong + distrust_ms, 7'300'000 + distrust_ms) == wrong + distrust_ms);
  CHECK(clock.read(start, 7'300'000 + distrust_ms + 1) == start);
}

TEST_CASE("a first start believes the clock, a start after a long rest does not") {
  const UnixMs last = 20'000 * day_ms;
  CHECK(CalmClock{}.read(last, 5) == last);
  CHECK(CalmClock{last}.read(last + rest_max_ms, 5) == last + rest_max_ms);
  CalmClock late{last};
  CHECK_FALSE(late.read(last + rest_max_ms + 1, 5));
  CHECK(late.read(last + rest_max_ms + 1, 5 + distrust_ms) == last + rest_max_ms + 1);
}

}  // namespace
}  // namespace bulkhead::retention
