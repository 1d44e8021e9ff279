// Any stream: the same requests whether it comes whole or byte by byte, and nothing outside of it is named.
#include <algorithm>

#include "base/die.h"
#include "proto/sftp/intake.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace bulkhead;
using namespace bulkhead::sftp;

struct Seen {
  std::size_t items = 0;
  std::uint64_t sum = 0;
  bool lost = false;
  bool operator==(const Seen&) const = default;
};

void note(Seen& seen, std::uint64_t value) {
  seen.sum = seen.sum * 31 + value;
}

Seen run(ByteView stream, std::size_t piece) {
  Seen seen;
  Intake intake;
  std::size_t skip = 0;
  while (!stream.empty() && !seen.lost) {
    ByteView data = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(data.size());
    for (;;) {
      const std::size_t skipped = std::min(skip, data.size());
      skip -= skipped;
      data = data.subspan(skipped);
      const Result<bool> whole = skip > 0 ? Result<bool>{false} : intake.feed(data);
      seen.lost = !whole.ok();
      if (seen.lost || !*whole) break;
      const Result<Intake::Item> item = intake.item();
      ENSURE(item.ok());
      ++seen.items;
      note(seen, item->index());
      if (const auto* head = std::get_if<WriteHead>(&*item)) {
        ENSURE(head->size <= packet_size_max && head->handle.size() <= handle_text_max);
        note(seen, head->offset + head->size);
        skip = head->size;
      } else if (const auto* refused = std::get_if<Intake::Skip>(&*item)) {
        ENSURE(refused->size <= packet_size_max);
        skip = refused->size;
      } else {
        const Request& request = std::get<Request>(*item);
        note(seen, request.id + request.body.index());
      }
      intake.pop();
    }
  }
  return seen;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView stream{data, size};
  const Seen whole = run(stream, std::max<std::size_t>(1, size));
  ENSURE(run(stream, 1) == whole);
  ENSURE(run(stream, 7) == whole);
  // As one packet without its length, and as the head of a WRITE.
  static_cast<void>(parse_request(stream));
  static_cast<void>(parse_write_head(stream, static_cast<std::uint32_t>(size)));
  return 0;
}
