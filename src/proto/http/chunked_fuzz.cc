// The same body, end and verdict whatever the split of the input. The first byte tells the size of the pieces.
#include <algorithm>

#include "base/die.h"
#include "proto/http/chunked.h"

using namespace bulkhead;
using namespace bulkhead::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

struct Outcome {
  Bytes body;
  std::size_t consumed = 0;
  bool finished = false;
  bool failed = false;
};

Outcome decode(ByteView input, std::size_t piece_max) {
  ChunkedDecoder decoder;
  Outcome out;
  while (!input.empty() && !out.finished) {
    const ByteView piece = input.first(std::min(piece_max, input.size()));
    const Result<ChunkedDecoder::Step> step = decoder.next(piece);
    if (!step) {
      out.failed = true;
      return out;
    }
    ENSURE(step->consumed > 0 && step->consumed <= piece.size());
    out.body.insert(out.body.end(), step->data.begin(), step->data.end());
    out.consumed += step->consumed;
    out.finished = step->finished;
    input = input.subspan(step->consumed);
  }
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input = ByteView{data, size}.subspan(1);
  const Outcome whole = decode(input, input.size());
  const Outcome pieces = decode(input, std::size_t{data[0]} % 17 + 1);
  ENSURE(whole.failed == pieces.failed && whole.finished == pieces.finished && whole.body == pieces.body);
  ENSURE(whole.failed || whole.consumed == pieces.consumed);
  return 0;
}
