#include "core/meter/meter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

namespace bulkhead::meter {
namespace {

constexpr UnixMs minute_ms = 60'000;
constexpr std::array<UnixMs, window_count> lengths_ms{minute_ms, 60 * minute_ms, 1'440 * minute_ms, 43'200 * minute_ms};
constexpr UnixMs start = 1'795'000'000'123;
constexpr std::size_t minute = 0;
constexpr std::size_t hour = 1;
constexpr std::size_t month = 3;

Budgets one(std::size_t window, const Budget& budget) {
  Budgets budgets{};
  budgets[window] = budget;
  return budgets;
}

TEST_CASE("without budgets everything is admitted; a verdict is a refusal unless said otherwise") {
  Meter meter{Policy{}};
  for (int i = 0; i < 1'000; ++i) CHECK(meter.admit("p", 1, 1, UINT64_MAX, start).admitted);
  CHECK_FALSE(Verdict{}.admitted);
}

TEST_CASE("the release budget is spent, and comes back when the verdict says, not before") {
  Meter meter{{.principal = one(minute, {.releases_max = 3})}};
  for (int i = 0; i < 3; ++i) CHECK(meter.admit("p", 1, 1, 10, start + i * 2'000).admitted);
  const Verdict refused = meter.admit("p", 1, 1, 10, start + 6'000);
  REQUIRE_FALSE(refused.admitted);
  CHECK(refused.scope == Scope::principal);
  CHECK(refused.shortage.window == Window::minute);
  CHECK(refused.shortage.measure == Measure::releases);
  REQUIRE(refused.shortage.again_at.has_value());
  const UnixMs again = *refused.shortage.again_at;
  CHECK(again >= start + minute_ms);
  CHECK(again <= start + minute_ms + bucket_size_ms(Window::minute));
  CHECK_FALSE(meter.admit("p", 1, 1, 10, again - 1).admitted);
  CHECK(meter.admit("p", 1, 1, 10, again).admitted);
  CHECK_FALSE(meter.admit("p", 1, 1, 10, again).admitted);
}

TEST_CASE("each level has its own budget, and a refusal charges none") {
  Meter meter{{.principal = one(hour, {.bytes_max = 100}),
               .tenant = one(hour, {.bytes_max = 150}),
               .total = one(hour, {.bytes_max = 180})}};
  CHECK(meter.admit("a", 1, 1, 100, start).admitted);
  CHECK(meter.admit("a", 1, 1, 1, start).scope == Scope::principal);
  CHECK(meter.admit("b", 1, 1, 51, start).scope == Scope::tenant);
  CHECK(meter.admit("b", 1, 1, 50, start).admitted);
  CHECK(meter.admit("c", 2, 1, 31, start).scope == Scope::total);
  CHECK(meter.admit("c", 2, 1, 30, start).admitted);
  const Verdict refused = meter.admit("c", 2, 1, 1, start);
  CHECK_FALSE(refused.admitted);
  CHECK(refused.shortage.measure == Measure::bytes);
}

TEST_CASE("a release larger than a budget never fits, and bytes do not wrap around") {
  Meter meter{{.principal = one(hour, {.bytes_max = 100})}};
  const Verdict refused = meter.admit("p", 1, 1, 101, start);
  CHECK_FALSE(refused.admitted);
  CHECK_FALSE(refused.shortage.again_at.has_value());
  CHECK(reason(refused) == "the hourly byte budget of the user is smaller than this release");
  CHECK(meter.admit("p", 1, 1, 60, start).admitted);
  CHECK_FALSE(meter.admit("p", 1, 1, UINT64_MAX - 30, start).admitted);

  Meter wide{{.principal = one(hour, {.bytes_max = UINT64_MAX})}};
  CHECK(wide.admit("p", 1, 1, UINT64_MAX, start).admitted);
  CHECK_FALSE(wide.admit("p", 1, 1, 1, start).admitted);
  wide.replay("p", 1, 1, UINT64_MAX, start);
  CHECK_FALSE(wide.admit("p", 1, 1, 1, start + minute_ms).admitted);
}

TEST_CASE("the shortage that lasts longest is the one reported") {
  Budgets budgets{};
  budgets[minute].releases_max = 1;
  budgets[month].releases_max = 1;
  Meter meter{{.principal = budgets, .tenant = one(hour, {.releases_max = 1})}};
  CHECK(meter.admit("p", 1, 1, 1, 0).admitted);
  const Verdict refused = meter.admit("p", 1, 1, 1, 0);
  CHECK(refused.scope == Scope::principal);
  CHECK(refused.shortage.window == Window::month);
  CHECK(refused.shortage.again_at == 61 * bucket_size_ms(Window::month));
  CHECK(reason(refused) == "the 30-day release budget of the user is used up until 1970-01-31T12:00:00");
}

TEST_CASE("distinct files: the same file counts once per window") {
  Meter meter{{.principal = one(minute, {.distinct_files_max = 2})}};
  for (int i = 0; i < 10; ++i)
    CHECK(meter.admit("p", 1, static_cast<std::uint64_t>(i % 2), 1, start + i * 7'000).admitted);
  const Verdict refused = meter.admit("p", 1, 5, 1, start + 63'000);
  CHECK_FALSE(refused.admitted);
  CHECK(refused.shortage.measure == Measure::distinct_files);
  CHECK(meter.admit("p", 1, 5, 1, *refused.shortage.again_at).admitted);
}

TEST_CASE("distinct files beyond the remembered ones count each time, and are remembered again when there is room") {
  Meter meter{{.principal = one(minute, {.distinct_files_max = 4})}, {.files_per_principal_max = 2}};
  CHECK(meter.admit("p", 1, 1, 1, start).admitted);
  CHECK(meter.admit("p", 1, 2, 1, start).admitted);
  CHECK(meter.admit("p", 1, 3, 1, start).admitted);
  CHECK(meter.admit("p", 1, 3, 1, start).admitted);
  CHECK_FALSE(meter.admit("p", 1, 3, 1, start).admitted);
  CHECK(meter.admit("p", 1, 1, 1, start).admitted);
  const UnixMs later = start + 2 * minute_ms;
  for (int i = 0; i < 20; ++i) CHECK(meter.admit("p", 1, 3, 1, later).admitted);
}

TEST_CASE("a clock set back refills nothing, nor does a time before 1970 or beyond the year 9999") {
  Meter meter{{.principal = one(hour, {.releases_max = 1})}};
  CHECK(meter.admit("p", 1, 1, 1, start).admitted);
  CHECK_FALSE(meter.admit("p", 1, 1, 1, start - 100 * lengths_ms[month]).admitted);
  CHECK_FALSE(meter.admit("p", 1, 1, 1, INT64_MIN).admitted);
  CHECK_FALSE(meter.admit("p", 1, 1, 1, start + 59 * minute_ms).admitted);
  CHECK(meter.admit("p", 1, 1, 1, INT64_MAX).admitted);
  const Verdict refused = meter.admit("p", 1, 1, 1, INT64_MAX);
  CHECK_FALSE(refused.admitted);
  CHECK(*refused.shortage.again_at > time_max);
}

TEST_CASE("a meter rebuilt from the ledger decides like the one before the restart") {
  const Policy policy{.principal = one(hour, {.releases_max = 5, .bytes_max = 60, .distinct_files_max = 3}),
                      .tenant = one(minute, {.releases_max = 4})};
  Meter before{policy};
  std::mt19937_64 random{7};
  struct Entry {
    std::string principal;
    std::uint64_t file;
    std::uint64_t bytes;
    UnixMs at;
  };
  std::vector<Entry> ledger;
  UnixMs now = start;
  const auto next = [&] {
    now += static_cast<UnixMs>(random() % 90'000);
    return Entry{std::string(1, static_cast<char>('a' + random() % 3)), random() % 5, random() % 30, now};
  };
  for (int i = 0; i < 500; ++i) {
    const Entry e = next();
    if (before.admit(e.principal, 1, e.file, e.bytes, e.at).admitted) ledger.push_back(e);
  }
  Meter after{policy};
  for (const Entry& e : ledger) after.replay(e.principal, 1, e.file, e.bytes, e.at);
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    const Entry e = next();
    const Verdict a = before.admit(e.principal, 1, e.file, e.bytes, e.at);
    const Verdict b = after.admit(e.principal, 1, e.file, e.bytes, e.at);
    CHECK(a.admitted == b.admitted);
    CHECK(a.shortage.again_at == b.shortage.again_at);
    refused += a.admitted ? 0 : 1;
  }
  CHECK(refused > 50);
  CHECK(refused < 450);
}

TEST_CASE("replay charges beyond the budget") {
  Meter meter{{.principal = one(hour, {.releases_max = 2})}};
  for (int i = 0; i < 5; ++i) meter.replay("p", 1, 1, 1, start + i * minute_ms);
  const Verdict refused = meter.admit("p", 1, 1, 1, start + 5 * minute_ms);
  CHECK_FALSE(refused.admitted);
  // Two fit in an hour, so all but the newest of the five must have left the window.
  CHECK(*refused.shortage.again_at >= start + 3 * minute_ms + lengths_ms[hour]);
  CHECK(*refused.shortage.again_at <= start + 4 * minute_ms + lengths_ms[hour]);
}

TEST_CASE("beyond the tracked principals all share one budget, and keep it when a place falls free") {
  Meter meter{{.principal = one(hour, {.releases_max = 2})}, {.principals_max = 2}};
  CHECK(meter.admit("a", 1, 1, 1, start).admitted);
  CHECK(meter.admit("b", 1, 1, 1, start).admitted);
  const UnixMs later = start + 50 * minute_ms;
  CHECK(meter.admit("c", 1, 1, 1, later).admitted);
  CHECK(meter.admit("d", 1, 1, 1, later).admitted);
  CHECK_FALSE(meter.admit("c", 1, 1, 1, later).admitted);
  CHECK_FALSE(meter.admit("e", 1, 1, 1, later).admitted);
  CHECK(meter.admit("a", 1, 1, 1, later).admitted);
  // b is idle now and its place goes to c, who is still charged with what c and d got together.
  const UnixMs free = start + 62 * minute_ms;
  CHECK_FALSE(meter.admit("c", 1, 1, 1, free).admitted);
  CHECK(meter.admit("c", 1, 1, 1, later + 62 * minute_ms).admitted);
  CHECK(meter.admit("f", 1, 1, 1, later + 62 * minute_ms).admitted);
}

// The oracle: everything that was admitted, added up anew over every window that ends at an admission.
struct Admitted {
  int principal;
  std::uint64_t file;
  std::uint64_t bytes;
  UnixMs at;
};
void check_never_over(const std::vector<Admitted>& all, int principal, const Budgets& budgets) {
  for (std::size_t w = 0; w < window_count; ++w) {
    for (std::size_t end = 0; end < all.size(); ++end) {
      Budget sum{};
      std::set<std::uint64_t> files;
      for (std::size_t i = end + 1; i-- > 0 && all[i].at >= all[end].at - lengths_ms[w];) {
        if (principal >= 0 && all[i].principal != principal) continue;
        sum.releases_max += 1;
        sum.bytes_max += all[i].bytes;
        files.insert(all[i].file);
      }
      const Budget& budget = budgets[w];
      REQUIRE((budget.releases_max == 0 || sum.releases_max <= budget.releases_max));
      REQUIRE((budget.bytes_max == 0 || sum.bytes_max <= budget.bytes_max));
      REQUIRE((budget.distinct_files_max == 0 || files.size() <= budget.distinct_files_max));
    }
  }
}

TEST_CASE("property: no stretch of time of a window's length ever sees more than the budget") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto some = [&](std::uint64_t max) { return random() % 3 == 0 ? 0 : 1 + random() % max; };
    Policy policy{};
    std::uint64_t scale = 1;
    for (std::size_t w = 0; w < window_count; ++w, scale *= 4) {
      policy.principal[w] = {some(6 * scale), 1'000 + some(3'000 * scale), some(4 * scale)};
      policy.total[w] = {some(15 * scale), 1'000 + some(9'000 * scale), some(9 * scale)};
    }
    Meter meter{policy, {.principals_max = 2 + seed % 3, .files_per_principal_max = 3 + seed, .files_in_total_max = 9}};
    std::vector<Admitted> admitted;
    UnixMs now = start;
    UnixMs latest = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 2'000; ++i) {
      constexpr std::array<UnixMs, 6> steps{0, 1'500, 40'000, 20 * minute_ms, 9 * 60 * minute_ms, 8'000 * minute_ms};
      now += static_cast<UnixMs>(random() % 256);
      if (random() % 4 == 0) now += steps[random() % steps.size()];
      // Now and then the clock is set back for a moment: the release then counts from the latest time before.
      const UnixMs said = random() % 5 == 0 ? now - static_cast<UnixMs>(random() % 1'000'000'000) : now;
      latest = std::max(latest, said);
      const Admitted ask{static_cast<int>(random() % 4), random() % 40, random() % 1'000, latest};
      if (meter.admit(std::to_string(ask.principal), 1, ask.file, ask.bytes, said).admitted) {
        admitted.push_back(ask);
      } else {
        ++refused;
      }
    }
    CHECK(admitted.size() > 50);
    CHECK(refused > 50);
    check_never_over(admitted, -1, policy.total);
    for (int principal = 0; principal < 4; ++principal) check_never_over(admitted, principal, policy.principal);
  }
}

}  // namespace
}  // namespace bulkhead::meter
