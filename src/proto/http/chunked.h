#pragma once
// The chunked transfer coding, RFC 9112 section 7.1, read strictly: hex size without sign, space or extension, CRLF and
// nothing else as line end. Trailer fields are checked and dropped.
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::http {

inline constexpr std::size_t chunk_size_digits_max = 16;
inline constexpr std::uint64_t chunk_size_max = INT64_MAX;
inline constexpr std::size_t trailers_max = 8'192;  // bytes of all trailer lines together

class ChunkedDecoder {
 public:
  struct Step {
    ByteView data;             // part of the input; may be empty
    std::size_t consumed = 0;  // bytes of the input done with, data included; all of it unless data follows or finished
    bool finished = false;     // the body is over: what follows is the next request
  };

  // Call again with the rest of the input until it is empty or the body is finished; not after that. An Error
  // (Errc::invalid, or too_large for trailers) means the stream is lost: answer 400 and close.
  Result<Step> next(ByteView input);
  bool finished() const { return phase_ == Phase::finished; }

 private:
  enum class Phase : std::uint8_t { size, size_lf, data, data_cr, data_lf, trailer, finished };
  Result<void> take_framing_byte(char letter);
  Result<void> take_size_byte(char letter);
  Result<void> take_trailer_byte(char letter);

  Phase phase_ = Phase::size;
  std::size_t digits_ = 0;
  std::uint64_t left_ = 0;  // of the chunk, data not yet handed out
  std::size_t trailer_bytes_ = 0;
  std::string line_;
};

}  // namespace bulkhead::http
