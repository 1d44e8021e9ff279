#pragma once
// The text of a checkpoint (C2SP tlog-checkpoint v1.0.0): origin, tree size, root hash, one per line. Pure.
#include <string>
#include <string_view>

#include "core/ledger/note.h"
#include "core/ledger/tree.h"

namespace bulkhead::ledger {

inline constexpr std::uint64_t tree_size_max = std::uint64_t{1} << 48U;

struct Checkpoint {
  std::string origin;  // a key name: we sign with a key of the same name
  std::uint64_t size = 0;
  Digest root{};

  std::string text() const;
};

// Strict: exactly three lines. Errc::unsupported for extension lines, which no ledger of ours has and no monitor can
// audit.
Result<Checkpoint> parse_checkpoint(std::string_view text);
// A signed checkpoint of the log whose key is `key`: form, signature and origin are checked.
Result<Checkpoint> open_checkpoint(std::string_view raw_note, const VerifierKey& key);

}  // namespace bulkhead::ledger
