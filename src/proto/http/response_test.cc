#include "proto/http/response.h"

#include <doctest/doctest.h>

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

Errc error_of(const ResponseHead& head) {
  const auto built = head.build();
  REQUIRE_FALSE(built.ok());
  return built.error().kind();
}

}  // namespace

TEST_CASE("a head is its fields in order") {
  const auto head = ResponseHead{Status::not_found}.field("Content-Type", "application/json").content_length(2).build();
  REQUIRE(head.ok());
  CHECK(*head == "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
}

TEST_CASE("the security fields stand in once") {
  ResponseHead head{Status::ok};
  head.security_fields();
  const std::string text = *head.build();
  for (std::string_view line :
       {"X-Content-Type-Options: nosniff\r\n",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n", "Referrer-Policy: no-referrer\r\n",
        "Cache-Control: no-store\r\n", "Strict-Transport-Security: max-age="}) {
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(error_of(head.field("cache-control", "public")) == Errc::conflict);
}

TEST_CASE("nothing can start a second field or response") {
  for (std::string_view value : {"a\r\nX: b", "a\nb", "a\rb", "a\tb", " a", "a ", "\x7f"}) {
    CHECK(error_of(ResponseHead{Status::found}.field("Location", value)) == Errc::invalid);
  }
  CHECK(error_of(ResponseHead{Status::ok}.field("X", std::string_view{"a\0b", 3})) == Errc::invalid);
  CHECK(error_of(ResponseHead{Status::ok}.field("X", std::string(response_value_max + 1, 'a'))) == Errc::invalid);
  for (std::string_view name : {"", "a b", "a:", "a\r\n", "\xC3\xA9"}) {
    CHECK(error_of(ResponseHead{Status::ok}.field(name, "a")) == Errc::invalid);
  }
}

TEST_CASE("the first mistake sticks") {
  CHECK(error_of(ResponseHead{Status::ok}.field("X", "a\n").field("Y", "b").field("Y", "b")) == Errc::invalid);
}

TEST_CASE("only Set-Cookie repeats, and framing is never ambiguous") {
  CHECK(ResponseHead{Status::ok}.field("Set-Cookie", "a=1").field("set-cookie", "b=2").build().ok());
  CHECK(error_of(ResponseHead{Status::ok}.content_length(1).content_length(1)) == Errc::conflict);
  CHECK(error_of(ResponseHead{Status::ok}.content_length(1).field("Transfer-Encoding", "chunked")) == Errc::conflict);
  CHECK(error_of(ResponseHead{Status::no_content}.content_length(0)) == Errc::conflict);
  CHECK(ResponseHead{Status::no_content}.build().ok());
}

TEST_CASE("file names of any bytes are safe in Content-Disposition") {
  CHECK(attachment("report.txt") == "attachment; filename=\"report.txt\"");
  CHECK(attachment("a b;c=d.txt") == "attachment; filename=\"a b;c=d.txt\"");
  CHECK(attachment("\xE2\x82\xAC.txt") == "attachment; filename=\"_.txt\"; filename*=UTF-8''%E2%82%AC.txt");
  CHECK(attachment("a\"b\\c%.txt") == "attachment; filename=\"a_b_c_.txt\"; filename*=UTF-8''a%22b%5Cc%25.txt");
  CHECK(attachment("a\r\nX: b") == "attachment; filename=\"a__X: b\"; filename*=UTF-8''a%0D%0AX%3A%20b");
  CHECK(attachment("a\xFF"
                   "b") == "attachment; filename=\"a_b\"; filename*=UTF-8''a%EF%BF%BDb");
  CHECK(ResponseHead{Status::ok}.field("Content-Disposition", attachment("\x01\r\n\xFF\"")).build().ok());
}
