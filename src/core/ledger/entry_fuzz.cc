#include <cstdlib>

#include "core/ledger/entry.h"
#include "core/ledger/record.h"
#include "core/ledger/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A body that decodes encodes to the same bytes; a record stays inside its input; a bundle has as many entries as asked
// for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const ByteView input{data, size};
  if (const auto entry = ledger::decode_entry(input)) {
    const auto again = ledger::encode_entry(*entry);
    if (!again || !std::equal(again->begin(), again->end(), input.begin(), input.end())) std::abort();
  }
  const ledger::RecordOrNot parsed = ledger::parse_record(input, 0);
  if (const auto* record = std::get_if<ledger::Record>(&parsed); record != nullptr && record->size > size) std::abort();
  if (const auto bundle = ledger::parse_bundle(input, 2); bundle && bundle->size() != 2) std::abort();
  return 0;
}
