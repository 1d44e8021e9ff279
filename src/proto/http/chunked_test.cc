#include "proto/http/chunked.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "base/cat.h"

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool finished = false;
};

// None when the decoder refuses.
std::optional<Decoded> decode(std::string_view text, std::size_t piece_max) {
  ChunkedDecoder decoder;
  Decoded out;
  while (!text.empty() && !out.finished) {
    const auto step = decoder.next(as_bytes(text.substr(0, piece_max)));
    if (!step) return std::nullopt;
    out.body += as_text(step->data);
    out.consumed += step->consumed;
    out.finished = step->finished;
    text.remove_prefix(step->consumed);
  }
  CHECK(decoder.finished() == out.finished);
  return out;
}

bool refused(std::string_view text) {
  const bool whole = !decode(text, text.size()).has_value();
  CHECK(whole == !decode(text, 1).has_value());
  return whole;
}

}  // namespace

TEST_CASE("chunks come out whatever the split, and the next request stays") {
  const std::string text = "5\r\nhello\r\n00A\r\n, chunked!\r\n0\r\nX-Sum: 1\r\n\r\nGET /";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const auto out = decode(text, piece);
    REQUIRE(out);
    CHECK(out->body == "hello, chunked!");
    CHECK(out->finished);
    CHECK(out->consumed == text.size() - 5);
  }
}

TEST_CASE("an unfinished body is not an error and not the end") {
  for (std::string_view text : {"5", "5\r\nhel", "5\r\nhello\r\n", "0\r\n", "0\r\nX: 1\r\n", "ffffff\r\n"}) {
    const auto out = decode(text, text.size());
    REQUIRE(out);
    CHECK_FALSE(out->finished);
  }
}

TEST_CASE("every other spelling is refused") {
  for (std::string_view text : {"\r\n",
                                " 5\r\nhello\r\n",
                                "5 \r\nhello\r\n",
                                "+5\r\nhello\r\n",
                                "-5\r\n",
                                "0x5\r\nhello\r\n",
                                "5;a=b\r\nhello\r\n",
                                "5\nhello\r\n",
                                "5\r\rhello",
                                "5\r\nhello\n",
                                "5\r\nhello!\r\n",
                                "5\r\nhell\r\n0\r\n\r\n",
                                "5\r\nhello\r\r\n",
                                "g\r\n",
                                "8000000000000000\r\n",
                                "ffffffffffffffff\r\n",
                                "00000000000000005\r\n",
                                "0;x\r\n\r\n",
                                "0\r\n\n",
                                "0\r\nX\r\n\r\n",
                                "0\r\nX : 1\r\n\r\n",
                                "0\r\n folded\r\n\r\n",
                                "0\r\nX: \x01\r\n\r\n",
                                "0\r\nX: 1\n\r\n",
                                "0\r\nX: a\rb\r\n\r\n",
                                "0\r\nContent-Length: 5\r\n\r\n",
                                "0\r\ntransfer-encoding: chunked\r\n\r\n",
                                "0\r\nHost: a\r\n\r\n",
                                "0\r\nAuthorization: b\r\n\r\n"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("the limits are exact") {
  CHECK(decode("7fffffffffffffff\r\nx", 64));
  CHECK(decode("0000000000000001\r\nx\r\n0\r\n\r\n", 64)->finished);
  const std::string room(trailers_max - 7, 'a');  // with "X:", one byte more and two line ends: full
  CHECK(decode(cat("0\r\nX:", room, "a\r\n\r\n"), 1'000)->finished);
  CHECK(refused(cat("0\r\nX:", room, "aa\r\n\r\n")));
}

TEST_CASE("nothing follows a finished body") {
  ChunkedDecoder decoder;
  REQUIRE(decoder.next(as_bytes("0\r\n\r\n"))->finished);
  const auto again = decoder.next(as_bytes("0"));
  REQUIRE(again.ok());
  CHECK(again->consumed == 0);
  CHECK(again->finished);
}
