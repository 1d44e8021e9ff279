#pragma once
// The strictness check over the raw bytes of a request head, made before any parser sees them (breach class R-013).
// Whatever two implementations of HTTP could read in two ways is refused here, even where RFC 9112 lets a server be
// tolerant. What is accepted and what is refused with which status: docs/spec/http-subset.md; vectors/http/.
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "proto/http/fields.h"
#include "proto/http/status.h"

namespace bulkhead::http {

struct Limits {
  std::size_t head_max = 16'384;   // bytes up to and including the empty line; beyond: 431
  std::size_t target_max = 8'192;  // bytes of the request target; beyond: 414
  std::size_t fields_max = 100;    // header fields; beyond: 431
};

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options };
std::string_view method_name(Method method);

enum class Framing : std::uint8_t {
  none,     // no body follows
  length,   // exactly content_length bytes follow
  chunked,  // RFC 9112 section 7.1: feed a ChunkedDecoder
};

struct HeadSize {
  std::size_t bytes;  // the empty line included
};

// Finds the end of a head in bytes that arrive piecemeal, looking at each byte once.
class HeadScanner {
 public:
  explicit HeadScanner(const Limits& limits = {}) : limits_{limits} {}
  // `buffer`: all bytes so far. It starts with what the call before saw. Refuses CR without LF and LF without CR,
  // control bytes but HTAB, an empty line before the request line, and heads over the limits, as soon as they show.
  std::variant<HeadSize, NeedsMore, Refusal> scan(ByteView buffer);

 private:
  std::optional<Refusal> check_byte(ByteView buffer) const;

  Limits limits_;
  std::size_t position_ = 0;
  std::size_t lines_ = 0;
};

// A head that passed. The views point into the bytes given to check_head.
struct StrictHead {
  Method method = Method::get;
  std::string_view target;  // origin-form, or "*" with OPTIONS
  unsigned version_minor = 1;
  std::vector<FieldView> fields;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // with Framing::length
  bool keep_alive = true;
  bool expect_continue = false;
};

// `head`: exactly one head, ended by its empty line.
std::variant<StrictHead, Refusal> check_head(ByteView head, const Limits& limits = {});

}  // namespace bulkhead::http
