// Whatever arrives: one feed and a feed byte by byte agree, and what passes the strictness check passes the second
// parser too, so that the check is the stricter of the two.
#include "base/die.h"
#include "proto/http/head.h"

using namespace bulkhead;
using namespace bulkhead::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void check_accepted(ByteView bytes, const ParsedHead& parsed) {
  ENSURE(parsed.consumed <= bytes.size());
  const RequestHead& head = parsed.head;
  ENSURE(head.framing == Framing::length || head.content_length == 0);
  for (const std::string& segment : head.target.segments) {
    ENSURE(!segment.empty() && segment != "." && segment != ".." && segment.find_first_of("/\\") == std::string::npos);
  }
  for (const Field& field : head.fields.all()) ENSURE(field.value.find_first_of("\r\n") == std::string::npos);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes{data, size};
  HeadParser whole;
  const auto first = whole.feed(bytes);
  if (const auto* parsed = std::get_if<ParsedHead>(&first)) check_accepted(bytes, *parsed);
  if (const auto* refusal = std::get_if<Refusal>(&first)) ENSURE(refusal->detail != "two parsers disagree on the head");

  HeadParser piecemeal;
  std::size_t used = 0;
  std::variant<NeedsMore, ParsedHead, Refusal> last;
  for (std::uint8_t byte : bytes) {
    last = piecemeal.feed({&byte, 1});
    ++used;
    if (!std::holds_alternative<NeedsMore>(last)) break;
  }
  ENSURE(last.index() == first.index());
  if (const auto* parsed = std::get_if<ParsedHead>(&first)) {
    const RequestHead& again = std::get<ParsedHead>(last).head;
    ENSURE(used == parsed->consumed && again.raw_target == parsed->head.raw_target);
    ENSURE(again.framing == parsed->head.framing && again.content_length == parsed->head.content_length);
  }
  if (const auto* refusal = std::get_if<Refusal>(&first)) ENSURE(std::get<Refusal>(last).status == refusal->status);
  return 0;
}
