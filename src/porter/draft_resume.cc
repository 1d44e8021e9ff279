// Draft: what is left of a kept one.
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "porter/draft.h"

namespace bulkhead::porter {

Result<bool> Draft::take_up(const Context& context, Fd blob, std::uint64_t reserve, std::uint64_t size) {
  const off_t end = ::lseek(blob.get(), 0, SEEK_END);
  if (end < 0) return fail_errno("size of a draft");
  if (static_cast<std::uint64_t>(end) < seal::header_size) return false;
  Bytes header(seal::header_size);
  TRY(read_exactly_at(blob.get(), header, 0));
  const Result<seal::FileId> claimed = seal::parse_header(header);
  if (!claimed.ok() || *claimed != identity_.tag) return false;

  storage_.blob = std::move(blob);
  reserve_ = reserve;
  kept_before_ = true;
  blob_size_ = static_cast<std::uint64_t>(end);
  writeback_started_ = blob_size_;
  recorded_ = size;
  size = std::min(size, seal::plain_size_max);
  const std::uint64_t whole = (blob_size_ - seal::header_size) / seal::sealed_chunk_size_max;
  const std::uint64_t index = size / seal::chunk_size;
  const auto rest = static_cast<std::size_t>(size % seal::chunk_size);
  if (rest > 0 && index <= whole && TRY(take_up_tail(context, index, rest))) {
    size_ = size;
  } else {
    const std::uint64_t sound = TRY(sound_chunks(context, std::min(index, whole)));
    size_ = start_of(sound);
    TRY(cut_blob(seal::chunk_offset(sound)));
  }
  written_.add(0, size_);
  settled_ = size_ == recorded_;
  if (size_ != recorded_) {
    log(Level::warning, "draft_cut", {{"draft", cat(identity_.id)}, {"said", cat(recorded_)}, {"left", cat(size_)}});
    TRY(record(context, size_, false));
  }
  return true;
}

Result<bool> Draft::opens(const Context& context, std::uint64_t index, seal::ChunkFlag flag, MutableByteView plain) {
  const MutableByteView sealed = context.space.sealed.part(0, plain.size() + seal::chunk_overhead);
  const std::uint64_t offset = seal::chunk_offset(index);
  if (offset + sealed.size() > blob_size_) return false;
  TRY(read_exactly_at(storage_.blob.get(), sealed, offset));
  return opener_.open(plain, index, flag, sealed).ok();
}

// Of `count` chunks those up to the last one that opens.
Result<std::uint64_t> Draft::sound_chunks(const Context& context, std::uint64_t count) {
  const MutableByteView plain = context.space.plain.part(0, seal::chunk_size);
  while (count > 0) {
    TRY(need_gate(context.gate_fd));
    if (TRY(opens(context, count - 1, seal::ChunkFlag::inner, plain))) break;
    --count;
  }
  return count;
}

// The first `size` bytes of a chunk that was sealed as a tail, of that size or longer, or as a full chunk since.
Result<bool> Draft::take_up_tail(const Context& context, std::uint64_t index, std::size_t size) {
  ChunkPool::Chunk chunk = context.space.pool.take(0);
  const std::uint64_t offset = seal::chunk_offset(index);
  const std::uint64_t stored = blob_size_ - offset;
  std::size_t found = seal::chunk_size;
  bool good = TRY(opens(context, index, seal::ChunkFlag::inner, chunk->part(0, found)));
  for (const std::uint64_t tail :
       {std::uint64_t{size}, stored - std::min<std::uint64_t>(stored, seal::chunk_overhead)}) {
    if (good || tail < size || tail >= seal::chunk_size) continue;
    found = static_cast<std::size_t>(tail);
    good = TRY(opens(context, index, seal::ChunkFlag::draft_tail, chunk->part(0, found)));
  }
  if (!good) return false;
  wipe(chunk->part(size, seal::chunk_size - size));
  open_.push_back({index, std::move(chunk), true, ++uses_});
  TRY(cut_blob(offset + found + seal::chunk_overhead));
  return true;
}

}  // namespace bulkhead::porter
