#pragma once
// Sealing and opening the chunks of one file. Nothing is allocated per chunk. Spec: docs/spec/sealed-file.md.
//
// Drafts. A chunk is sealed as `inner` once it is full. A final chunk that is not full is sealed as `draft_tail` when
// the upload pauses; when it grows it is opened, filled up and sealed again. Closing seals the final chunk as `last`.
// Any chunk of a draft may be opened, changed and sealed again: each seal draws its own nonce.
//
// Both `plaintext` and `out` must be memory that no other process can touch: a block that changes while it is sealed,
// or that is read while it is opened, before its tag was checked, breaks the promise of the format.
#include "base/result.h"
#include "core/seal/format.h"
#include "crypt/aead.h"

namespace bulkhead::seal {

inline constexpr std::size_t key_size = crypt::aead_key_size;

// Chunks that one key may seal, rewritten ones included: the bound of NIST SP 800-38D section 8.3 on random nonces.
inline constexpr std::uint64_t seals_max = 1ULL << 32U;

// What GCM authenticates beside the chunk: header, chunk index (u64), flag (u8).
class ChunkLabel {
 public:
  explicit ChunkLabel(const FileId& id);
  ByteView at(std::uint64_t index, ChunkFlag flag);

 private:
  std::array<std::uint8_t, header_size + 8 + 1> bytes_{};
};

// Exactly chunk_size for `inner`; 1 to chunk_size for `last`, or 0 when the file is empty; 1 to chunk_size - 1 for
// `draft_tail`. False for any other size, and for an index that no file has.
bool fits(std::uint64_t index, ChunkFlag flag, std::uint64_t plain_size);

class Sealer {
 public:
  // `key` has key_size bytes and belongs to this file alone.
  Sealer(ByteView key, const FileId& id);

  // `out` has plaintext.size() + chunk_overhead bytes and does not overlap with `plaintext`, whose size fits().
  void seal(MutableByteView out, std::uint64_t index, ChunkFlag flag, ByteView plaintext);

 private:
  ByteView next_nonce();

  crypt::Aead aead_;
  ChunkLabel label_;
  std::uint64_t seals_ = 0;
  std::array<std::uint8_t, 341 * crypt::aead_nonce_size> nonces_{};  // just under 4 KiB, drawn at once
  std::size_t nonces_used_ = nonces_.size();                         // bytes
};

class Opener {
 public:
  // `id` is the one of the catalog, never the one that the file claims.
  Opener(ByteView key, const FileId& id);

  // `out` has sealed.size() - chunk_overhead bytes. Errc::corrupt, and `out` zeroed, unless `sealed` is what a Sealer
  // made of exactly this file, index and flag; also for a size that does not fit().
  Result<void> open(MutableByteView out, std::uint64_t index, ChunkFlag flag, ByteView sealed);

 private:
  crypt::Aead aead_;
  ChunkLabel label_;
};

}  // namespace bulkhead::seal
