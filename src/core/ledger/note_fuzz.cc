#include <cstdlib>

#include "core/ledger/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A note that parses prints back to the same bytes, and so does the checkpoint in it; a verifier key too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  const std::string_view raw = as_text({data, size});
  if (const auto note = ledger::parse_note(raw)) {
    if (note->print() != raw) std::abort();
    const auto checkpoint = ledger::parse_checkpoint(note->text);
    if (checkpoint && checkpoint->text() != note->text) std::abort();
    const auto key = ledger::VerifierKey::of("fuzz", {});
    if (ledger::verify_note(*note, {&*key, 1})) std::abort();
  }
  if (const auto key = ledger::VerifierKey::parse(raw); key && key->text() != raw) std::abort();
  return 0;
}
