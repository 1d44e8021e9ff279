#pragma once
// multipart/form-data (RFC 7578) as a stream: bytes in, events out, nothing kept but the head of the current part.
// File bytes are never copied: PartData points into the input, or into the delimiter for the few bytes that looked
// like one at the end of the input before.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::http {

inline constexpr std::size_t boundary_max = 70;      // RFC 2046 section 5.1.1
inline constexpr std::size_t part_head_max = 8'192;  // bytes
inline constexpr std::size_t parts_max = 64;
inline constexpr std::size_t text_field_max = 65'536;  // bytes of a part without a file name

struct PartBegin {
  std::string name;                     // lower case: names compare without case (moveit-rest section 9 item 3)
  std::optional<std::string> filename;  // as sent, UTF-8 without control bytes; may hold path separators
  std::string content_type;             // as sent, empty when absent
};
// Some browsers send the whole path of the file on the sender's machine.
inline std::string base_name(std::string_view filename) {
  return std::string{filename.substr(filename.find_last_of("/\\") + 1)};
}
struct PartData {
  ByteView bytes;  // not empty
};
struct PartEnd {};
struct FormEnd {};  // the closing boundary was there
using FormEvent = std::variant<PartBegin, PartData, PartEnd, FormEnd>;

class MultipartParser {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::optional<FormEvent> event;
  };

  // `content_type`: the value of the field. Errc::unsupported (415) when it is not multipart/form-data; Errc::invalid
  // for a bad boundary. Without a boundary parameter the first line of the body tells it.
  static Result<MultipartParser> make(std::string_view content_type);

  // Call again with the rest of the input until it is empty. A PartData is good until the next call. Errors: invalid
  // for broken grammar, too_large over a limit above.
  Result<Step> next(ByteView input);
  // Bytes of the closing delimiter with its line break, once the boundary is known.
  std::size_t closing_size() const { return delimiter_.size() + 4; }
  // At the end of the body. Errc::invalid: the closing boundary never came, so the upload is cut short.
  Result<void> finish() const;

 private:
  enum class Phase : std::uint8_t { sniff, start, opening, data, delimited, head, epilogue };
  MultipartParser() = default;
  Result<void> set_boundary(std::string_view boundary);
  Result<Step> sniff(ByteView input);
  Result<Step> opening(ByteView input);
  Result<Step> data(ByteView input);
  Result<Step> resume_delimiter(ByteView input);
  Result<Step> delimited(ByteView input);
  Result<Step> head(ByteView input);
  Result<Step> epilogue(ByteView input);
  Result<Step> give(ByteView bytes, std::size_t consumed);
  Step end_part(std::size_t consumed);

  Phase phase_ = Phase::start;
  std::string delimiter_;    // CRLF "--" boundary; CR stands nowhere else in it
  std::size_t matched_ = 0;  // bytes of the delimiter seen at the end of the input so far
  std::string line_;         // the first line, the two bytes behind a delimiter, or a part head
  std::size_t parts_ = 0;
  std::size_t epilogue_bytes_ = 0;
  bool text_field_ = false;
  std::size_t text_bytes_ = 0;
};

}  // namespace bulkhead::http
