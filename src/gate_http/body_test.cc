#include "gate_http/body.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace bulkhead;
using namespace bulkhead::gate_http;

namespace {

// Gives the peer's bytes piece by piece, and keeps what was written.
class Script final : public Stream {
 public:
  explicit Script(std::vector<std::string> pieces) : pieces_{std::move(pieces)} {}
  bool wait_idle(std::int64_t) override { return true; }
  Result<std::size_t> read_some(MutableByteView out, std::int64_t) override {
    if (next_ == pieces_.size()) return std::size_t{0};
    const std::string& piece = pieces_[next_++];
    copy_to(out, as_bytes(piece));
    return piece.size();
  }
  Result<void> write_all(ByteView data) override {
    written += as_text(data);
    return {};
  }
  std::string written;

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

http::RequestHead head_of(std::string_view fields) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: h\r\n" + std::string{fields} + "\r\n";
  return std::get<http::RequestHead>(http::parse_head(as_bytes(head)));
}

Result<std::string> whole(std::string_view fields, std::vector<std::string> pieces, std::size_t max = 1000) {
  Script script{std::move(pieces)};
  Input input{script};
  const http::RequestHead head = head_of(fields);
  RequestBody body{head, input, script, 1000};
  const Bytes bytes = TRY(body.all(max));
  return to_text(bytes);
}

}  // namespace

TEST_CASE("a body is read by its length, however it is cut") {
  CHECK(*whole("Content-Length: 5\r\n", {"he", "llo"}) == "hello");
  CHECK(*whole("Content-Length: 5\r\n", {"helloGET /next"}) == "hello");
  CHECK(*whole("Content-Length: 0\r\n", {}) == "");
  CHECK(*whole("", {"GET / "}) == "");
  CHECK(whole("Content-Length: 5\r\n", {"hell"}).error().kind() == Errc::invalid);
  CHECK(whole("Content-Length: 5\r\n", {"hello"}, 4).error().kind() == Errc::too_large);
}

TEST_CASE("a chunked body, however it is cut") {
  const std::string sent = "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nGET";
  for (std::size_t cut = 1; cut < sent.size(); ++cut) {
    CHECK_MESSAGE(*whole("Transfer-Encoding: chunked\r\n", {sent.substr(0, cut), sent.substr(cut)}) == "hello!", cut);
  }
  CHECK(whole("Transfer-Encoding: chunked\r\n", {"5\r\nhel"}).error().kind() == Errc::invalid);
  CHECK(whole("Transfer-Encoding: chunked\r\n", {"z\r\n"}).error().kind() == Errc::invalid);
}

TEST_CASE("100 Continue is sent when the body is asked for, not before, and not when it is here already") {
  for (const bool here : {false, true}) {
    Script script{{"hello"}};
    Input input{script};
    if (here) REQUIRE(*input.refill(0));
    const http::RequestHead head = head_of("Content-Length: 5\r\nExpect: 100-continue\r\n");
    RequestBody body{head, input, script, 1000};
    CHECK(script.written.empty());
    CHECK(body.all(10).ok());
    CHECK((script.written.find("100 Continue") != std::string::npos) == !here);
  }
}

TEST_CASE("what nobody read is dropped if it is little, and not waited for if it was never invited") {
  Script script{{"hello", "GET"}};
  Input input{script};
  const http::RequestHead head = head_of("Content-Length: 5\r\n");
  CHECK(RequestBody(head, input, script, 1000).drain(5));
  CHECK_FALSE(RequestBody(head_of("Content-Length: 500\r\n"), input, script, 1000).drain(5));
  CHECK_FALSE(RequestBody(head_of("Content-Length: 5\r\nExpect: 100-continue\r\n"), input, script, 1000).drain(5));
}
