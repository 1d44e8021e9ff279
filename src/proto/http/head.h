#pragma once
// The head of one request as a value. Two parsers must agree on it: the strictness check (strict.h) goes first, a
// general HTTP parser second, and a head that they read differently is refused.
#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "proto/http/fields.h"
#include "proto/http/status.h"
#include "proto/http/strict.h"
#include "proto/http/target.h"

namespace bulkhead::http {

struct RequestHead {
  Method method = Method::get;
  std::string raw_target;  // for the log; decisions use `target`
  Target target;
  Fields fields;
  unsigned version_minor = 1;
  bool keep_alive = true;
  bool expect_continue = false;  // answer 100 before reading the body, or a final status instead of it
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // with Framing::length
};

struct ParsedHead {
  RequestHead head;
  std::size_t consumed = 0;  // of the bytes of this feed; what follows is the body or the next request
};

// One per connection: feed() until a head is there, read its body by its framing, feed() the rest for the next one.
// The bytes of a head may hold credentials: they are wiped when it is done.
class HeadParser {
 public:
  explicit HeadParser(const Limits& limits = {}) : limits_{limits}, scanner_{limits} {}
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;
  ~HeadParser() { reset(); }

  // After a Refusal the stream is lost: answer, and close.
  std::variant<NeedsMore, ParsedHead, Refusal> feed(ByteView input);
  // Some bytes of a head have come, but not all.
  bool inside_head() const { return !buffer_.empty(); }

 private:
  void reset();

  Limits limits_;
  HeadScanner scanner_;
  Bytes buffer_;
};

// `head`: exactly one head with its empty line.
std::variant<RequestHead, Refusal> parse_head(ByteView head, const Limits& limits = {});

}  // namespace bulkhead::http
