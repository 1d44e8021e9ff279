// The same events whatever the split of the input. The first byte tells the size of the pieces, the second whether the
// boundary ("b" or "--b") comes from Content-Type or from the first line.
#include <algorithm>
#include <array>

#include "base/die.h"
#include "proto/http/multipart.h"

using namespace bulkhead;
using namespace bulkhead::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

struct Outcome {
  std::string parts;  // all parts that ended, in one spelling
  bool ended = false;
  bool failed = false;
};

void record(const FormEvent& event, std::string& part, Outcome& out) {
  if (const auto* begin = std::get_if<PartBegin>(&event)) {
    part = begin->name + '\n' + begin->filename.value_or("(none)") + '\n' + begin->content_type + '\n';
  } else if (const auto* content = std::get_if<PartData>(&event)) {
    ENSURE(!content->bytes.empty());
    part += as_text(content->bytes);
  } else if (std::holds_alternative<PartEnd>(event)) {
    out.parts += part + '\0';
  } else {
    out.ended = true;
  }
}

Outcome parse(std::string_view content_type, ByteView input, std::size_t piece_max) {
  Result<MultipartParser> parser = MultipartParser::make(content_type);
  ENSURE(parser.ok());
  Outcome out;
  std::string part;
  while (!input.empty()) {
    const ByteView piece = input.first(std::min(piece_max, input.size()));
    const Result<MultipartParser::Step> step = parser->next(piece);
    if (!step) {
      out.failed = true;
      return out;
    }
    ENSURE(step->consumed <= piece.size() && (step->consumed > 0 || step->event));
    if (step->event) record(*step->event, part, out);
    input = input.subspan(step->consumed);
  }
  ENSURE(parser->finish().ok() == out.ended);
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::array<std::string_view, 3> types{
      "multipart/form-data; boundary=b", "multipart/form-data; boundary=\"--b\"", "multipart/form-data"};
  if (size < 2) return 0;
  const ByteView input = ByteView{data, size}.subspan(2);
  const std::string_view type = types[data[1] % types.size()];
  const Outcome whole = parse(type, input, std::max<std::size_t>(input.size(), 1));
  const Outcome pieces = parse(type, input, std::size_t{data[0]} % 19 + 1);
  ENSURE(whole.failed == pieces.failed && whole.ended == pieces.ended && whole.parts == pieces.parts);
  return 0;
}
