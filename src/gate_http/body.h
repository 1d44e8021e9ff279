#pragma once
// The body of one request, decoded by its framing, read as a stream. Bytes that came together with the head come first.
#include <array>

#include "gate_http/stream.h"
#include "proto/http/chunked.h"
#include "proto/http/head.h"

namespace bulkhead::gate_http {

inline constexpr std::size_t input_size = 256 * 1024;

// The bytes of a connection that were read and not used yet.
class Input {
 public:
  explicit Input(Stream& stream) : stream_{stream} {}
  ByteView view() const { return ByteView{buffer_}.subspan(begin_, end_ - begin_); }
  void consume(std::size_t count) { begin_ += count; }
  // Reads more behind what is there. False at the clean end of the stream. The view must be empty.
  Result<bool> refill(std::int64_t timeout_ms);
  // An idle connection keeps no buffer.
  void release();

 private:
  Stream& stream_;
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class RequestBody {
 public:
  RequestBody(const http::RequestHead& head, Input& input, Stream& stream, std::int64_t stall_ms);

  // Some bytes of the body, good until the next call; empty when it is over. Sends 100 Continue when the client waits for it.
  // Errors: invalid (broken chunks, cut short), expired (stalled), io.
  Result<ByteView> next();
  // The whole body, at most `size_max` bytes, else too_large.
  Result<Bytes> all(std::size_t size_max);
  bool finished() const { return finished_; }
  // Bytes that next() has still to give, when the client has said how many there are.
  std::optional<std::uint64_t> left() const;
  // After an answer: reads and drops what is left if it is little. False: the connection cannot go on.
  bool drain(std::size_t size_max);

 private:
  Result<ByteView> next_of_length();
  Result<ByteView> next_of_chunks();

  Input& input_;
  Stream& stream_;
  http::Framing framing_;
  std::uint64_t left_;
  bool expects_continue_;
  std::int64_t stall_ms_;
  http::ChunkedDecoder chunks_;
  std::size_t pending_ = 0;  // bytes of the view handed out last, to be consumed first
  bool finished_;
};

}  // namespace bulkhead::gate_http
