#include "porter/draft.h"

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::porter {

Draft::Draft(Identity identity, const Secret& key)
    : identity_{std::move(identity)}, sealer_{key.view(), identity_.tag}, opener_{key.view(), identity_.tag} {}

Result<void> Draft::write(const Context& context, std::uint64_t offset, ByteView plain) {
  if (plain.empty()) return {};
  ENSURE(!closed_ && plain.size() <= seal::plain_size_max && offset <= seal::plain_size_max - plain.size());
  changed_ = changed_ || !copying_;
  settled_ = false;
  size_ = std::max(size_, offset + plain.size());
  while (!plain.empty()) {
    const auto at = static_cast<std::size_t>(offset % seal::chunk_size);
    std::size_t part = std::min(seal::chunk_size - at, plain.size());
    if (part == seal::chunk_size && !only_small()) {
      part = std::min(plain.size() - plain.size() % seal::chunk_size, group_size);
      TRY(write_whole(context, offset, plain.first(part)));
    } else {
      TRY(write_part(context, offset, plain.first(part)));
    }
    offset += part;
    plain = plain.subspan(part);
  }
  if (written_.count() > draft_parts_max)
    return fail(Errc::exhausted, cat("a file can be written in at most ", draft_parts_max, " separate parts"));
  record_progress(context);
  return {};
}

// Whole chunks.
Result<void> Draft::write_whole(const Context& context, std::uint64_t offset, ByteView plain) {
  const std::uint64_t first = offset / seal::chunk_size;
  forget(first, first + plain.size() / seal::chunk_size);
  TRY(store(context, first, seal::ChunkFlag::inner, plain));
  written_.add(offset, offset + plain.size());
  return {};
}

// A part of one chunk.
Result<void> Draft::write_part(const Context& context, std::uint64_t offset, ByteView plain) {
  OpenChunk* chunk = TRY(open_chunk(context, offset / seal::chunk_size));
  copy_to(chunk->plain->part(static_cast<std::size_t>(offset % seal::chunk_size), plain.size()), plain);
  chunk->dirty = true;
  written_.add(offset, offset + plain.size());
  const std::uint64_t index = chunk->index;
  if (only_small() || !written_.covers(start_of(index), start_of(index + 1))) return {};
  TRY(flush(context, *chunk));
  forget(index, index + 1);
  return {};
}

Draft::OpenChunk* Draft::find(std::uint64_t index) {
  const auto found = std::ranges::find(open_, index, &OpenChunk::index);
  return found == open_.end() ? nullptr : &*found;
}

// The chunk with what was written of it, and zeros elsewhere. Good until the next call.
Result<Draft::OpenChunk*> Draft::open_chunk(const Context& context, std::uint64_t index) {
  OpenChunk* chunk = find(index);
  if (chunk == nullptr) {
    ChunkPool::Chunk plain = context.space.pool.take(open_.size());
    if (!plain) {
      OpenChunk& oldest = *std::ranges::min_element(open_, {}, &OpenChunk::used);
      if (oldest.dirty) TRY(flush(context, oldest));
      plain = std::move(oldest.plain);
      wipe(plain->part(0, seal::chunk_size));
      forget(oldest.index, oldest.index + 1);
    }
    TRY(load(context, index, plain->part(0, seal::chunk_size)));
    chunk = &open_.emplace_back(OpenChunk{index, std::move(plain), false, 0});
  }
  chunk->used = ++uses_;
  return chunk;
}

Result<void> Draft::load(const Context& context, std::uint64_t index, MutableByteView plain) {
  if (!written_.meets(start_of(index), start_of(index + 1))) return {};
  const MutableByteView sealed = context.space.sealed.part(0, seal::sealed_chunk_size_max);
  const auto load_it = [&]() -> Result<void> {
    TRY(read_exactly_at(storage_.blob.get(), sealed, seal::chunk_offset(index)));
    return opener_.open(plain, index, seal::ChunkFlag::inner, sealed);
  };
  Result<void> loaded = load_it();
  // Whoever goes on with the draft goes on in front of it.
  if (!loaded.ok() && loaded.error().kind() == Errc::corrupt) written_.remove(start_of(index), start_of(index + 1));
  return loaded;
}

// Closes the open chunks from `first` on, `end` excluded, as they are.
void Draft::forget(std::uint64_t first, std::uint64_t end) {
  std::erase_if(open_, [&](const OpenChunk& chunk) { return chunk.index >= first && chunk.index < end; });
}

Result<void> Draft::flush(const Context& context, OpenChunk& chunk) {
  TRY(store(context, chunk.index, seal::ChunkFlag::inner, chunk.plain->part(0, seal::chunk_size)));
  chunk.dirty = false;
  return {};
}

Result<void> Draft::flush_below(const Context& context, std::uint64_t end) {
  for (OpenChunk& chunk : open_) {
    if (chunk.dirty && chunk.index < end) TRY(flush(context, chunk));
  }
  return {};
}

Result<void> Draft::truncate(const Context& context, std::uint64_t size) {
  ENSURE(!closed_ && size <= seal::plain_size_max);
  changed_ = true;
  settled_ = false;
  if (size < size_) {
    const std::uint64_t index = size / seal::chunk_size;
    const auto rest = static_cast<std::size_t>(size % seal::chunk_size);
    const std::uint64_t behind = rest > 0 ? index + 1 : index;
    forget(behind, seal::chunk_count_max);
    if (rest > 0 && (find(index) != nullptr || written_.meets(start_of(index), start_of(index + 1)))) {
      OpenChunk* chunk = TRY(open_chunk(context, index));
      wipe(chunk->plain->part(rest, seal::chunk_size - rest));
      chunk->dirty = true;
    }
    written_.remove(size, UINT64_MAX);
    if (size < recorded_) TRY(record(context, written_.prefix(), false));
    if (storage_.blob.valid()) TRY(cut_blob(seal::chunk_offset(behind)));
  }
  size_ = size;
  return {};
}

}  // namespace bulkhead::porter
