#include "hull/log_sink.h"

#include <doctest/doctest.h>

using namespace bulkhead::hull;

namespace {
const LogSource gate{"gate_http", 42, 7};
}

TEST_CASE("a child's line is kept, and what only hull knows is added") {
  CHECK(stored_line(R"({"level":"info","event":"x","a":"b"})", gate, 1'500'000'000'007) ==
        R"({"time":"2017-07-14T02:40:00.007Z","process":"gate_http","pid":42,"connection":7,"said":{"level":"info","event":"x","a":"b"}})");
}

TEST_CASE("R-098: nothing that a child writes escapes its place") {
  for (const char* hostile : {
           R"({"level":"info","event":"x"},"process":"vault")",
           R"({"level":"info","event":"x"}{"level":"info"})",
           R"({"level":"loud","event":"x"})",
           R"({"level":"info","event":"x","n":1})",
           R"({"level":"info","event":"x\"})",
           R"({"level":"info","event":{"a":"b"}})",
           "plain text \x1b[31m",
           "",
       }) {
    const std::string line = stored_line(hostile, gate, 0);
    CHECK_MESSAGE(line.find(R"("said":{"level":"error","event":"output","text":")") != std::string::npos, hostile);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("lines are cut at the limit") {
  LogLines lines;
  std::vector<std::string> got;
  const auto take = [&](std::string_view line) { got.emplace_back(line); };
  lines.feed("ab", take);
  lines.feed("c\n\nd\n", take);
  CHECK(got == std::vector<std::string>{"abc", "d"});
  got.clear();
  lines.feed(std::string(10'000, 'x') + "\n", take);
  CHECK(got.size() == 3);
}
