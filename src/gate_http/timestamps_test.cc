#include "gate_http/timestamps.h"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace bulkhead;
using namespace bulkhead::gate_http;

TEST_CASE("dates of the log: ours and those of the United States, their start and their end") {
  constexpr UnixMs day = 1'795'737'600'000;  // 2026-11-27
  CHECK(format_timestamp(day) == "2026-11-27T00:00:00");
  for (const char* text : {"2026-11-27", "11-27-2026", "11/27/2026", "11-27-26", "2026-11-27T00:00:00",
                           "2026-11-27 00:00", "11/27/2026 00:00:00", "11-27-26 00:00"}) {
    CHECK_MESSAGE(parse_log_time(text, false).value() == day, text);
  }
  CHECK(parse_log_time("11-27-2026", true).value() == day + 86'399'999);
  CHECK(parse_log_time("11-27-2026 13:05", true).value() == day + (13 * 60 + 5) * 60'000 + 999);
  CHECK(parse_log_time("2026-11-27T13:05:59", false).value() == day + (13 * 3'600 + 5 * 60 + 59) * 1'000);
  for (const char* text : {"", "11", "11-", "11-27", "11-27-", "11-27/2026", "13-27-2026", "00-10-2026", "11-31-2026",
                           "11-27-202", "11-27-20266", "11-27-2026T25:00", "11-27-2026 12", "11-27-2026 12:60",
                           "11-27-2026 12:00:00 ", "27.11.2026", "2026-11-31", "2026-11-27x", "11-27-\x80\x80"}) {
    CHECK_MESSAGE(!parse_log_time(text, false).ok(), text);
  }
}
