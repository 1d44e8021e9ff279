#include "core/ledger/tree.h"

#include <bit>

namespace bulkhead::ledger {
namespace {

constexpr std::array<std::uint8_t, 1> leaf_prefix{0x00};
constexpr std::array<std::uint8_t, 1> node_prefix{0x01};

// The largest power of two below `size`, which is at least 2: the split point k of RFC 6962.
std::uint64_t split_of(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

// MTH(D[begin:end]); `begin` is a multiple of the smallest power of two not below the width.
Result<Digest> range_hash(std::uint64_t begin, std::uint64_t end, const HashSource& source) {
  const std::uint64_t width = end - begin;
  if (std::has_single_bit(width)) {
    const auto level = static_cast<unsigned>(std::countr_zero(width));
    return source(level, begin >> level);
  }
  const std::uint64_t middle = begin + split_of(width);
  const Digest left = TRY(range_hash(begin, middle, source));
  const Digest right = TRY(range_hash(middle, end, source));
  return node_hash(left, right);
}

}  // namespace

Digest leaf_hash(ByteView entry) {
  return crypt::sha256({leaf_prefix, entry});
}
Digest node_hash(const Digest& left, const Digest& right) {
  return crypt::sha256({node_prefix, left, right});
}

void Tree::append(const Digest& leaf) {
  edge_.push_back(leaf);
  for (std::uint64_t bits = size_; (bits & 1U) != 0; bits >>= 1U) {
    const Digest right = edge_.back();
    edge_.pop_back();
    edge_.back() = node_hash(edge_.back(), right);
  }
  ++size_;
}

Digest Tree::root() const {
  if (edge_.empty()) return crypt::sha256(ByteView{});
  Digest root = edge_.back();
  for (std::size_t i = edge_.size() - 1; i-- > 0;) root = node_hash(edge_[i], root);
  return root;
}

Result<Proof> inclusion_proof(std::uint64_t index, std::uint64_t size, const HashSource& source) {
  if (index >= size) return fail(Errc::invalid, "inclusion proof: the index is not in the tree");
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split_of(end - begin);
    const bool left = index < middle;
    const Digest sibling = TRY(left ? range_hash(middle, end, source) : range_hash(begin, middle, source));
    proof.insert(proof.begin(), sibling);
    (left ? end : begin) = middle;
  }
  return proof;
}

Result<Proof> consistency_proof(std::uint64_t old_size, std::uint64_t size, const HashSource& source) {
  if (old_size == 0 || old_size > size) return fail(Errc::invalid, "consistency proof: the sizes are out of order");
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (old_size != end) {
    const std::uint64_t middle = begin + split_of(end - begin);
    const bool left = old_size <= middle;
    const Digest sibling = TRY(left ? range_hash(middle, end, source) : range_hash(begin, middle, source));
    proof.insert(proof.begin(), sibling);
    (left ? end : begin) = middle;
  }
  // The old tree itself is left out when it is a complete left part: the verifier has its root.
  if (begin != 0) {
    const Digest old_part = TRY(range_hash(begin, end, source));
    proof.insert(proof.begin(), old_part);
  }
  return proof;
}

Result<void> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                              std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return fail(Errc::invalid, "inclusion proof: the index is not in the tree");
  Digest hash = leaf;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  for (const Digest& sibling : proof) {
    if (last == 0) return fail(Errc::invalid, "inclusion proof: too long");
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      // A right-edge node without sibling is promoted until it is a right child.
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return fail(Errc::invalid, "inclusion proof: too short");
  if (hash != root) return fail(Errc::invalid, "inclusion proof: it does not lead to the root");
  return {};
}

Result<void> verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size, const Digest& root,
                                std::span<const Digest> proof) {
  if (old_size == 0 || old_size > size) return fail(Errc::invalid, "consistency proof: the sizes are out of order");
  if (old_size == size) {
    if (!proof.empty()) return fail(Errc::invalid, "consistency proof: too long");
    if (old_root != root) return fail(Errc::invalid, "consistency proof: two roots for one size");
    return {};
  }
  const bool old_is_complete = std::has_single_bit(old_size);
  if (!old_is_complete && proof.empty()) return fail(Errc::invalid, "consistency proof: too short");
  Digest old_hash = old_is_complete ? old_root : proof.front();
  Digest hash = old_hash;
  if (!old_is_complete) proof = proof.subspan(1);
  std::uint64_t node = old_size - 1;
  std::uint64_t last = size - 1;
  for (; (node & 1U) != 0; last >>= 1U) node >>= 1U;
  for (const Digest& sibling : proof) {
    if (last == 0) return fail(Errc::invalid, "consistency proof: too long");
    if ((node & 1U) != 0 || node == last) {
      old_hash = node_hash(sibling, old_hash);
      hash = node_hash(sibling, hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return fail(Errc::invalid, "consistency proof: too short");
  if (old_hash != old_root) return fail(Errc::invalid, "consistency proof: it does not lead to the old root");
  if (hash != root) return fail(Errc::invalid, "consistency proof: it does not lead to the new root");
  return {};
}

}  // namespace bulkhead::ledger
