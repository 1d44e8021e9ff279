#include "gate_http/body.h"

#include <algorithm>

#include "proto/http/response.h"

namespace bulkhead::gate_http {

Result<bool> Input::refill(std::int64_t timeout_ms) {
  ENSURE(begin_ == end_);
  if (buffer_.empty()) buffer_.resize(input_size);
  begin_ = 0;
  end_ = 0;
  end_ = TRY(stream_.read_some(buffer_, timeout_ms));
  return end_ > 0;
}

void Input::release() {
  if (begin_ != end_) return;
  buffer_ = Bytes{};
  begin_ = 0;
  end_ = 0;
}

RequestBody::RequestBody(const http::RequestHead& head, Input& input, Stream& stream, std::int64_t stall_ms)
    : input_{input}, stream_{stream}, framing_{head.framing}, left_{head.content_length}, expects_continue_{head.expect_continue},
      stall_ms_{stall_ms},
      finished_{head.framing == http::Framing::none || (head.framing == http::Framing::length && head.content_length == 0)} {}

Result<ByteView> RequestBody::next() {
  input_.consume(std::exchange(pending_, 0));
  if (finished_) return ByteView{};
  if (std::exchange(expects_continue_, false) && input_.view().empty()) TRY(stream_.write_all(as_bytes(http::continue_response)));
  return framing_ == http::Framing::length ? next_of_length() : next_of_chunks();
}

Result<ByteView> RequestBody::next_of_length() {
  if (input_.view().empty() && !TRY(input_.refill(stall_ms_))) return fail(Errc::invalid, "the body ended before its length");
  const ByteView part = input_.view().first(std::min<std::uint64_t>(input_.view().size(), left_));
  left_ -= part.size();
  pending_ = part.size();
  finished_ = left_ == 0;
  return part;
}

Result<ByteView> RequestBody::next_of_chunks() {
  for (;;) {
    if (input_.view().empty() && !TRY(input_.refill(stall_ms_))) return fail(Errc::invalid, "the body ended inside a chunk");
    const http::ChunkedDecoder::Step step = TRY(chunks_.next(input_.view()));
    finished_ = step.finished;
    if (!step.data.empty()) {
      pending_ = step.consumed;
      return step.data;
    }
    input_.consume(step.consumed);
    if (finished_) return ByteView{};
  }
}

std::optional<std::uint64_t> RequestBody::left() const {
  if (framing_ != http::Framing::length) return std::nullopt;
  return left_;
}

Result<Bytes> RequestBody::all(std::size_t size_max) {
  Bytes whole;
  for (;;) {
    const ByteView part = TRY(next());
    if (part.empty()) return whole;
    if (whole.size() + part.size() > size_max) return fail(Errc::too_large, "the request body is too large for this operation");
    whole.insert(whole.end(), part.begin(), part.end());
  }
}

bool RequestBody::drain(std::size_t size_max) {
  if (expects_continue_ && !finished_) return false;  // the client was never told to send it: nobody knows whether it will
  std::size_t dropped = 0;
  while (!finished_ || pending_ > 0) {
    const Result<ByteView> part = next();
    if (!part.ok()) return false;
    dropped += part->size();
    if (dropped > size_max) return false;
  }
  return true;
}

}  // namespace bulkhead::gate_http
