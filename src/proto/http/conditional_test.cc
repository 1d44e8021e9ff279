#include "proto/http/conditional.h"

#include <doctest/doctest.h>

#include "proto/http/date.h"

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

constexpr std::string_view before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view at = "Sun, 06 Nov 1994 08:49:37 GMT";

Validators existing() {
  return {.etag = "\"a\"", .last_modified = *parse_http_date(at) + 999};
}

Verdict verdict(Method method, std::vector<Field> fields, const Validators& now = existing()) {
  return evaluate_conditions(Fields{std::move(fields)}, method, now);
}
Verdict one(Method method, std::string name, std::string_view value, const Validators& now = existing()) {
  return verdict(method, {{std::move(name), std::string{value}}}, now);
}

}  // namespace

TEST_CASE("without conditions everything proceeds") {
  CHECK(verdict(Method::get, {}) == Verdict::proceed);
}

TEST_CASE("If-Match compares strongly") {
  CHECK(one(Method::put, "If-Match", "\"a\"") == Verdict::proceed);
  CHECK(one(Method::put, "if-match", "\"x\" , \"a\"") == Verdict::proceed);
  CHECK(one(Method::put, "If-Match", "*") == Verdict::proceed);
  CHECK(one(Method::put, "If-Match", "*", {}) == Verdict::precondition_failed);
  CHECK(one(Method::put, "If-Match", "\"b\"") == Verdict::precondition_failed);
  CHECK(one(Method::get, "If-Match", "W/\"a\"") == Verdict::precondition_failed);
  for (std::string_view broken : {"", "a", "\"a", "\"a\" \"b\"", "\"a\"x"}) {
    CHECK(one(Method::put, "If-Match", broken) == Verdict::precondition_failed);
  }
}

TEST_CASE("If-None-Match compares weakly, and answers by method") {
  CHECK(one(Method::get, "If-None-Match", "\"a\"") == Verdict::not_modified);
  CHECK(one(Method::head, "If-None-Match", "W/\"a\"") == Verdict::not_modified);
  CHECK(one(Method::put, "If-None-Match", "\"a\"") == Verdict::precondition_failed);
  CHECK(one(Method::put, "If-None-Match", "*") == Verdict::precondition_failed);
  CHECK(one(Method::put, "If-None-Match", "*", {}) == Verdict::proceed);
  CHECK(one(Method::get, "If-None-Match", "\"b\"") == Verdict::proceed);
  CHECK(one(Method::get, "If-None-Match", "broken") == Verdict::proceed);
  CHECK(one(Method::put, "If-None-Match", "broken") == Verdict::precondition_failed);
  CHECK(verdict(Method::get, {{"If-None-Match", "\"x\""}, {"If-None-Match", "\"a\""}}) == Verdict::not_modified);
}

TEST_CASE("dates compare in whole seconds, and broken ones do not count") {
  CHECK(one(Method::get, "If-Modified-Since", at) == Verdict::not_modified);
  CHECK(one(Method::get, "If-Modified-Since", before) == Verdict::proceed);
  CHECK(one(Method::get, "If-Modified-Since", "yesterday") == Verdict::proceed);
  CHECK(one(Method::get, "If-Modified-Since", at, {}) == Verdict::proceed);
  CHECK(one(Method::post, "If-Modified-Since", at) == Verdict::proceed);
  CHECK(one(Method::put, "If-Unmodified-Since", at) == Verdict::proceed);
  CHECK(one(Method::put, "If-Unmodified-Since", before) == Verdict::precondition_failed);
  CHECK(one(Method::put, "If-Unmodified-Since", "yesterday") == Verdict::proceed);
}

TEST_CASE("tags go before dates, in the order of section 13.2.2") {
  const std::string old{before};
  const std::string now{at};
  CHECK(verdict(Method::put, {{"If-Match", "\"a\""}, {"If-Unmodified-Since", old}}) == Verdict::proceed);
  CHECK(verdict(Method::get, {{"If-None-Match", "\"b\""}, {"If-Modified-Since", now}}) == Verdict::proceed);
  CHECK(verdict(Method::get, {{"If-Match", "\"b\""}, {"If-None-Match", "\"a\""}}) == Verdict::precondition_failed);
  CHECK(verdict(Method::get, {{"If-Match", "\"a\""}, {"If-None-Match", "\"a\""}}) == Verdict::not_modified);
}
