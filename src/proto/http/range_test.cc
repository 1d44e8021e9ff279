#include "proto/http/range.h"

#include <doctest/doctest.h>

#include "proto/http/date.h"

using namespace bulkhead;
using namespace bulkhead::http;
using Kind = RangeAnswer::Kind;

namespace {

bool partial(std::string_view text, std::uint64_t size, ByteRange expected) {
  const RangeAnswer answer = evaluate_range(text, size);
  return answer.kind == Kind::partial && answer.range == expected;
}
Kind kind(std::string_view text, std::uint64_t size) {
  return evaluate_range(text, size).kind;
}

}  // namespace

TEST_CASE("one range within the file") {
  CHECK(partial("bytes=0-99", 1000, {0, 99}));
  CHECK(partial("Bytes=0-0", 1, {0, 0}));
  CHECK(partial("bytes=500-", 1000, {500, 999}));
  CHECK(partial("bytes=500-5000", 1000, {500, 999}));
  CHECK(partial("bytes=0-99999999999999999999999", 1000, {0, 999}));
  CHECK(partial("bytes=-1", 1000, {999, 999}));
  CHECK(partial("bytes=-5000", 1000, {0, 999}));
  CHECK(partial("bytes=-99999999999999999999999", UINT64_MAX, {0, UINT64_MAX - 1}));
  CHECK(ByteRange{5, 9}.length() == 5);
}

TEST_CASE("a range outside the file is unsatisfiable") {
  CHECK(kind("bytes=1000-", 1000) == Kind::unsatisfiable);
  CHECK(kind("bytes=99999999999999999999-", 1000) == Kind::unsatisfiable);
  CHECK(kind("bytes=0-", 0) == Kind::unsatisfiable);
  CHECK(kind("bytes=-0", 1000) == Kind::unsatisfiable);
  CHECK(content_range_unsatisfied(1000) == "bytes */1000");
  CHECK(content_range({0, 99}, 200) == "bytes 0-99/200");
}

TEST_CASE("what may be ignored is ignored") {
  CHECK(evaluate_range(std::nullopt, 10).kind == Kind::whole);
  for (std::string_view text :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "bytes=a-b", "bytes=0 - 1", "bytes=+0-1",
        "bytes=0x0-1", "lines=0-1", "bytes 0-1", "bytes=1", "bytes=--1", "bytes=1--"}) {
    CAPTURE(text);
    CHECK(kind(text, 10) == Kind::whole);
  }
  CHECK(kind("bytes=-5", 0) == Kind::whole);
  CHECK(kind("bytes=" + std::string(300, '0') + "-1", 10) == Kind::whole);
}

TEST_CASE("If-Range holds for the very same file only") {
  const UnixMs modified = *parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") + 123;
  CHECK(if_range_holds("\"a\"", "\"a\"", modified));
  CHECK_FALSE(if_range_holds("\"b\"", "\"a\"", modified));
  CHECK_FALSE(if_range_holds("W/\"a\"", "W/\"a\"", modified));
  CHECK(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", modified));
  CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:38 GMT", "\"a\"", modified));
  CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:36 GMT", "\"a\"", modified));
  CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", "\"a\"", std::nullopt));
}

TEST_CASE("Content-Range of an upload piece") {
  const auto piece = parse_content_range("bytes 10-19/20");
  REQUIRE(piece.ok());
  CHECK(piece->range == ByteRange{10, 19});
  CHECK(piece->total == 20);
  const auto empty = parse_content_range("bytes */0");
  REQUIRE(empty.ok());
  CHECK_FALSE(empty->range);
  for (std::string_view text : {"", "bytes", "bytes ", "bytes 0-1", "bytes 0-1/*", "bytes 0-20/20", "bytes 5-4/20",
                                "bytes a-4/20", "bytes -4/20", "bytes 0-/20", "items 0-1/2", "bytes=0-1/2",
                                "bytes 0-1/2 ", "bytes  0-1/2", "bytes 0-1/99999999999999999999", "bytes 00-1/2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_content_range(text).ok());
  }
}

TEST_CASE("dates are IMF-fixdate or nothing") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == UnixMs{784'111'777'000});
  CHECK(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT") == UnixMs{0});
  CHECK(parse_http_date("Tue, 29 Feb 2028 23:59:59 GMT").has_value());
  for (std::string_view text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 31 Feb 2027 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 6  Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMTx"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text).has_value());
  }
}
