// Heads made from many shapes, half of them hostile: whatever the strictness check accepts, an independent reading by
// the general parser, run here over head and body, frames in the same way and never refuses.
#include <doctest/doctest.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <random>

#include "base/cat.h"
#include "proto/http/head.h"

using namespace bulkhead;
using namespace bulkhead::http;

namespace {

using Random = std::minstd_rand;
using Oracle = boost::beast::http::request_parser<boost::beast::http::string_body>;

constexpr std::array<std::string_view, 8> request_lines{
    "GET /a?b=c HTTP/1.1", "POST /a/b HTTP/1.1", "PUT / HTTP/1.0",    "DELETE /x%20y HTTP/1.1",
    "OPTIONS * HTTP/1.1",  "HEAD /a HTTP/1.1",   "PATCH // HTTP/1.1", "get / HTTP/1.1"};
constexpr std::array<std::string_view, 22> field_lines{"Host: a",
                                                       "Host: a:443",
                                                       "Content-Length: 5",
                                                       "Content-Length: 0",
                                                       "Content-Length: 05",
                                                       "Content-Length: +5",
                                                       "Content-Length: 5,5",
                                                       "content-length:5",
                                                       "Transfer-Encoding: chunked",
                                                       "Transfer-Encoding: Chunked",
                                                       "Transfer-Encoding: gzip, chunked",
                                                       "Transfer-Encoding:chunked ",
                                                       "Connection: close",
                                                       "Connection: keep-alive, x",
                                                       "Connection: upgrade",
                                                       "Upgrade: websocket",
                                                       "Expect: 100-continue",
                                                       "X: \t y",
                                                       "X : y",
                                                       " folded",
                                                       "Content-Encoding: gzip",
                                                       "Trailer: X"};
constexpr std::string_view body = "5\r\nhello\r\n0\r\n\r\n";

template <class Table>
std::string_view pick(Random& random, const Table& table) {
  return table[random() % table.size()];
}

std::string make_request(Random& random) {
  std::string text{pick(random, request_lines)};
  text += "\r\nHost: a\r\n";
  if (random() % 4 == 0) text.resize(text.size() - 9);
  for (auto count = random() % 4; count > 0; --count) text += cat(pick(random, field_lines), "\r\n");
  text += "\r\n";
  if (random() % 4 == 0) text[random() % text.size()] = static_cast<char>(random() % 256);
  return text;
}

void check_against_oracle(const std::string& text, const ParsedHead& ours) {
  CAPTURE(text);
  Oracle oracle;
  oracle.eager(true);
  oracle.body_limit(UINT64_MAX);
  boost::system::error_code error;
  const std::string all = text.substr(0, ours.consumed) + std::string{body};
  const std::size_t used = oracle.put(boost::asio::buffer(all), error);
  REQUIRE_MESSAGE(!error, error.message());
  const RequestHead& head = ours.head;
  std::size_t length = 0;
  if (head.framing == Framing::length) length = head.content_length;
  if (head.framing == Framing::chunked) length = body.size();
  if (length > body.size()) return;
  CHECK(oracle.is_done());
  CHECK(used == ours.consumed + length);
  CHECK(oracle.chunked() == (head.framing == Framing::chunked));
  CHECK(oracle.keep_alive() == head.keep_alive);
}

}  // namespace

TEST_CASE("whatever is accepted is framed alike by an independent parser") {
  Random random{20261121};
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = make_request(random);
    HeadParser parser;
    const auto answer = parser.feed(as_bytes(text));
    if (const auto* ours = std::get_if<ParsedHead>(&answer)) {
      check_against_oracle(text, *ours);
      ++accepted;
    } else if (const auto* refusal = std::get_if<Refusal>(&answer)) {
      CAPTURE(text);
      CHECK(refusal->detail != "two parsers disagree on the head");
      ++refused;
    }
  }
  CHECK(accepted > 2'000);
  CHECK(refused > 2'000);
}
