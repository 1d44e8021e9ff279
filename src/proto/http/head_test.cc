#include "proto/http/head.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/cat.h"

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

struct Vector {
  std::map<std::string, std::string> head;
  std::string bytes;
};

Vector read_vector(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  Vector out;
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    out.head[line.substr(0, colon)] = line.substr(colon + 2);
  }
  out.bytes.assign(std::istreambuf_iterator<char>{file}, {});
  return out;
}

std::string framing_text(const RequestHead& head) {
  if (head.framing == Framing::chunked) return "chunked";
  return head.framing == Framing::none ? "none" : cat("length ", head.content_length);
}

std::string segments_text(const RequestHead& head) {
  std::string out;
  for (const std::string& segment : head.target.segments) out += (out.empty() ? "" : " | ") + segment;
  return out;
}

ParsedHead accepted(std::string_view text) {
  HeadParser parser;
  auto answer = parser.feed(as_bytes(text));
  REQUIRE(std::holds_alternative<ParsedHead>(answer));
  return std::get<ParsedHead>(std::move(answer));
}

Status refused(std::string_view text) {
  HeadParser parser;
  const auto answer = parser.feed(as_bytes(text));
  REQUIRE(std::holds_alternative<Refusal>(answer));
  return std::get<Refusal>(answer).status;
}

}  // namespace

TEST_CASE("every vector is answered as its head expects") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string{BULKHEAD_VECTORS} + "/http")) {
    CAPTURE(entry.path().filename().string());
    const Vector vector = read_vector(entry.path());
    const std::string& expect = vector.head.at("expect");
    HeadParser parser;
    const auto answer = parser.feed(as_bytes(vector.bytes));
    if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      CAPTURE(refusal->detail);
      CHECK(cat(static_cast<unsigned>(refusal->status)) == expect);
      // The vectors must fail in our own check, not only because the second parser happens to differ.
      CHECK(refusal->detail != "two parsers disagree on the head");
    } else if (const auto* parsed = std::get_if<ParsedHead>(&answer)) {
      CHECK(expect == "accept");
      CHECK(framing_text(parsed->head) == vector.head.at("framing"));
      CHECK(segments_text(parsed->head) == vector.head.at("segments"));
    } else {
      CHECK(expect == "more");
    }
    ++count;
  }
  CHECK(count > 150);
}

TEST_CASE("a head in single bytes, then its body, then the next request") {
  const std::string first = "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
  HeadParser parser;
  for (std::size_t i = 0; i + 1 < first.size(); ++i) {
    REQUIRE(std::holds_alternative<NeedsMore>(parser.feed(as_bytes(first.substr(i, 1)))));
    CHECK(parser.inside_head());
  }
  const auto answer = parser.feed(as_bytes("\nhiGET"));
  REQUIRE(std::holds_alternative<ParsedHead>(answer));
  CHECK(std::get<ParsedHead>(answer).consumed == 1);
  CHECK_FALSE(parser.inside_head());
  const auto next = parser.feed(as_bytes("GET /y HTTP/1.1\r\nHost: a\r\n\r\n"));
  REQUIRE(std::holds_alternative<ParsedHead>(next));
  CHECK(std::get<ParsedHead>(next).head.raw_target == "/y");
}

TEST_CASE("keep-alive follows version and Connection") {
  auto keep = [](std::string_view version, std::string_view fields) {
    return accepted(cat("GET / HTTP/", version, "\r\nHost: a\r\n", fields, "\r\n")).head.keep_alive;
  };
  CHECK(keep("1.1", ""));
  CHECK_FALSE(keep("1.1", "Connection: close\r\n"));
  CHECK_FALSE(keep("1.1", "Connection: x, Close\r\n"));
  CHECK_FALSE(keep("1.0", ""));
  CHECK(keep("1.0", "Connection: Keep-Alive\r\n"));
  CHECK(refused("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n") == Status::bad_request);
}

TEST_CASE("an expectation counts in HTTP/1.1 only") {
  CHECK(accepted("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n").head.expect_continue);
  CHECK_FALSE(accepted("PUT / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").head.expect_continue);
}

TEST_CASE("fields and query names are found without case, values keep their bytes") {
  const RequestHead head =
      accepted(
          "GET /f?pathHash=a+b%2Bc&sharedTo=x&SHAREDTO=&q HTTP/1.1\r\nHoSt: a\r\nX-A:\t v \xC3\xA9 \r\nx-a: w\r\n\r\n")
          .head;
  CHECK(head.fields.find("HOST") == "a");
  CHECK(head.fields.find("X-a") == "v \xC3\xA9");
  CHECK(head.fields.joined("x-A") == "v \xC3\xA9, w");
  CHECK(head.fields.find("absent") == std::nullopt);
  CHECK(*head.target.query_one("PATHHASH") == "a b+c");
  CHECK(*head.target.query_one("q") == "");
  CHECK(*head.target.query_one("none") == std::nullopt);
  CHECK_FALSE(head.target.query_one("sharedto").ok());
  CHECK(head.target.query_all("sharedTo") == std::vector<std::string_view>{"x", ""});
}

TEST_CASE("the limits of size are exact") {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string room(Limits{}.head_max - start.size() - 4, 'a');
  CHECK(accepted(start + room + "\r\n\r\n").consumed == Limits{}.head_max);
  CHECK(refused(start + room + "a\r\n\r\n") == Status::head_too_large);
  const std::string target = "/" + std::string(Limits{}.target_max - 1, 'a');
  CHECK(accepted("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").head.raw_target == target);
  CHECK(refused("GET " + target + "a HTTP/1.1\r\nHost: a\r\n\r\n") == Status::uri_too_long);
}

TEST_CASE("check_head takes exactly one head") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(std::holds_alternative<StrictHead>(check_head(as_bytes(head))));
  CHECK(std::holds_alternative<Refusal>(check_head(as_bytes(head + "x"))));
  CHECK(std::holds_alternative<Refusal>(check_head(as_bytes(head).first(head.size() - 1))));
  CHECK(std::holds_alternative<Refusal>(check_head({})));
}
