#pragma once
// A proof file (C2SP tlog-proof v1) as a receipt of Bulkhead gives it out: one entry, and that it is in the tree of a
// signed checkpoint. Checked from the file and the key alone.
#include "verify/check.h"

namespace verify {

struct Proven {
  Head head;
  std::uint64_t index = 0;
  std::string body;  // of the entry, as docs/spec/ledger.md says
};

// What is wrong with the proof under the verifier key text `key`, or nothing.
std::optional<Damage> check_proof(std::string_view file, const std::string& key, Proven& out);

}  // namespace verify
