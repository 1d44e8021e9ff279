#pragma once
// Merkle tree hashes and proofs (RFC 6962 section 2.1, SHA-256). Pure. Spec: docs/spec/ledger.md; vectors/ledger/.
// A tree of `size` leaves is never held whole: appending needs its right edge only, and a proof takes the hashes of
// complete subtrees from a HashSource.
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/hash.h"

namespace bulkhead::ledger {

using Digest = crypt::Sha256;
using Proof = std::vector<Digest>;

Digest leaf_hash(ByteView entry);                           // SHA-256(0x00 || entry)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || left || right)

// The right edge of a growing tree: one hash for each bit set in the size, the largest subtree first.
class Tree {
 public:
  void append(const Digest& leaf);
  std::uint64_t size() const { return size_; }
  Digest root() const;  // of an empty tree: SHA-256("")

 private:
  std::vector<Digest> edge_;
  std::uint64_t size_ = 0;
};

// The hash over the leaves [index << level, (index + 1) << level). Asked only for subtrees inside the tree.
using HashSource = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

// PATH(index, D[size]) of RFC 6962 section 2.1.1, nearest sibling first. Errc::invalid unless index < size; errors of
// `source` pass through.
Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashSource& source);
// PROOF(old_size, D[size]) of RFC 6962 section 2.1.2. Errc::invalid unless 0 < old_size <= size.
Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t size, const HashSource& source);

// RFC 9162 sections 2.1.3.2 and 2.1.4.2. Errc::invalid unless the proof is exactly as long as it must be and leads to
// the root (both roots).
Result<void> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                              std::span<const Digest> proof, const Digest& root);
Result<void> verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size, const Digest& root,
                                std::span<const Digest> proof);

}  // namespace bulkhead::ledger
