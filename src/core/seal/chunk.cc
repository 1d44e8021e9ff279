#include "core/seal/chunk.h"

#include "crypt/random.h"

namespace bulkhead::seal {

static_assert(chunk_overhead == crypt::aead_nonce_size + crypt::aead_tag_size);

ChunkLabel::ChunkLabel(const FileId& id) {
  copy_to(bytes_, header(id));
}

ByteView ChunkLabel::at(std::uint64_t index, ChunkFlag flag) {
  for (std::size_t i = 0; i < 8; ++i) bytes_[header_size + i] = static_cast<std::uint8_t>(index >> (56 - 8 * i));
  bytes_.back() = static_cast<std::uint8_t>(flag);
  return bytes_;
}

bool fits(std::uint64_t index, ChunkFlag flag, std::uint64_t plain_size) {
  if (index >= chunk_count_max) return false;
  switch (flag) {
    case ChunkFlag::inner:
      return plain_size == chunk_size;
    case ChunkFlag::last:
      return plain_size <= chunk_size && (plain_size > 0 || index == 0);
    case ChunkFlag::draft_tail:
      return plain_size > 0 && plain_size < chunk_size;
  }
  return false;
}

Sealer::Sealer(ByteView key, const FileId& id) : aead_{key}, label_{id} {}

void Sealer::seal(MutableByteView out, std::uint64_t index, ChunkFlag flag, ByteView plaintext) {
  ENSURE(fits(index, flag, plaintext.size()));
  ENSURE(out.size() == plaintext.size() + chunk_overhead);
  ENSURE(seals_ < seals_max);
  ++seals_;
  const ByteView nonce = next_nonce();
  copy_to(out, nonce);
  aead_.seal(out.subspan(nonce.size()), nonce, label_.at(index, flag), plaintext);
}

ByteView Sealer::next_nonce() {
  if (nonces_used_ == nonces_.size()) {
    crypt::fill_random(nonces_);
    nonces_used_ = 0;
  }
  const ByteView nonce = ByteView{nonces_}.subspan(nonces_used_, crypt::aead_nonce_size);
  nonces_used_ += nonce.size();
  return nonce;
}

Opener::Opener(ByteView key, const FileId& id) : aead_{key}, label_{id} {}

Result<void> Opener::open(MutableByteView out, std::uint64_t index, ChunkFlag flag, ByteView sealed) {
  if (sealed.size() < chunk_overhead || !fits(index, flag, sealed.size() - chunk_overhead)) {
    wipe(out);
    return fail(Errc::corrupt, "a sealed chunk has a size that it cannot have");
  }
  ENSURE(out.size() == sealed.size() - chunk_overhead);
  const ByteView nonce = sealed.first(crypt::aead_nonce_size);
  return aead_.open(out, nonce, label_.at(index, flag), sealed.subspan(nonce.size()));
}

}  // namespace bulkhead::seal
