#include "proto/http/chunked.h"

#include <algorithm>
#include <array>

#include "proto/http/fields.h"
#include "proto/http/text.h"

namespace bulkhead::http {
namespace {

// RFC 9110 section 6.5.1: fields that frame, route or authenticate have no place behind the body.
constexpr std::array<std::string_view, 12> trailers_refused{
    "transfer-encoding", "content-length", "host",   "trailer",       "te",      "connection",
    "content-encoding",  "content-type",   "cookie", "authorization", "upgrade", "content-range"};

Result<void> check_trailer(std::string_view line) {
  const FieldView field = TRY(parse_field_line(line));
  for (std::string_view name : trailers_refused) {
    if (equal_ignoring_case(field.name, name)) return fail(Errc::invalid, "a framing field in the trailers");
  }
  return {};
}

}  // namespace

Result<void> ChunkedDecoder::take_size_byte(char letter) {
  if (letter == '\r' && digits_ > 0) {
    phase_ = Phase::size_lf;
    return {};
  }
  const int digit = hex_value(letter);
  if (digit < 0) return fail(Errc::invalid, "a chunk size holds something else than hex digits");
  if (++digits_ > chunk_size_digits_max) return fail(Errc::invalid, "a chunk size has too many digits");
  if (left_ > chunk_size_max >> 4U) return fail(Errc::invalid, "a chunk size is too large");
  left_ = (left_ << 4U) | static_cast<std::uint64_t>(digit);
  return {};
}

Result<void> ChunkedDecoder::take_trailer_byte(char letter) {
  if (++trailer_bytes_ > trailers_max) return fail(Errc::too_large, "the trailer fields are too long");
  const bool after_cr = line_.ends_with('\r');
  if (after_cr != (letter == '\n')) return fail(Errc::invalid, "CR or LF alone in the trailer fields");
  if (!after_cr) {
    line_ += letter;
    return {};
  }
  line_.pop_back();
  if (line_.empty()) {
    phase_ = Phase::finished;
    return {};
  }
  TRY(check_trailer(line_));
  line_.clear();
  return {};
}

Result<void> ChunkedDecoder::take_framing_byte(char letter) {
  switch (phase_) {
    case Phase::size:
      return take_size_byte(letter);
    case Phase::size_lf:
      if (letter != '\n') return fail(Errc::invalid, "CR without LF behind a chunk size");
      phase_ = left_ > 0 ? Phase::data : Phase::trailer;
      digits_ = 0;
      return {};
    case Phase::data_cr:
      if (letter != '\r') return fail(Errc::invalid, "chunk data is longer than its size");
      phase_ = Phase::data_lf;
      return {};
    case Phase::data_lf:
      if (letter != '\n') return fail(Errc::invalid, "CR without LF behind chunk data");
      phase_ = Phase::size;
      return {};
    case Phase::trailer:
      return take_trailer_byte(letter);
    case Phase::data:
    case Phase::finished:
      break;
  }
  return fail(Errc::invalid, "bytes behind the end of the body");
}

Result<ChunkedDecoder::Step> ChunkedDecoder::next(ByteView input) {
  Step step;
  while (step.consumed < input.size() && phase_ != Phase::finished) {
    if (phase_ == Phase::data) {
      const std::uint64_t size = std::min<std::uint64_t>(left_, input.size() - step.consumed);
      step.data = input.subspan(step.consumed, size);
      step.consumed += size;
      left_ -= size;
      if (left_ == 0) phase_ = Phase::data_cr;
      return step;
    }
    TRY(take_framing_byte(static_cast<char>(input[step.consumed])));
    ++step.consumed;
  }
  step.finished = phase_ == Phase::finished;
  return step;
}

}  // namespace bulkhead::http
