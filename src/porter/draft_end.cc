// Draft: made durable, left to be gone on with, or completed.
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "porter/draft.h"

namespace bulkhead::porter {
namespace {

Result<void> sync_blob(const Fd& blob) {
  if (::fdatasync(blob.get()) != 0) return for_client(fail_errno("sync a stored file"));
  return {};
}

}  // namespace

// The end of the content, if it is no full chunk, as the end of a draft; it stays open, and to be sealed again. Nothing
// is behind it.
Result<void> Draft::store_tail(const Context& context, std::uint64_t size) {
  const std::uint64_t index = size / seal::chunk_size;
  const auto rest = static_cast<std::size_t>(size % seal::chunk_size);
  std::uint64_t end = seal::chunk_offset(index);
  if (rest > 0 && (find(index) != nullptr || written_.meets(start_of(index), start_of(index + 1)))) {
    OpenChunk* chunk = TRY(open_chunk(context, index));
    chunk->dirty = true;
    TRY(store(context, index, seal::ChunkFlag::draft_tail, chunk->plain->part(0, rest)));
    end += rest + seal::chunk_overhead;
  }
  return cut_blob(end);
}

Result<void> Draft::sync(const Context& context) {
  TRY(need_blob(context));
  TRY(flush_below(context, size_ / seal::chunk_size));
  TRY(store_tail(context, size_));
  TRY(sync_blob(storage_.blob));
  kept_before_ = true;
  held_.reset();
  TRY(record(context, written_.prefix(), false));
  settled_ = written_.prefix() == size_;
  return {};
}

Result<std::uint64_t> Draft::leave_prefix(const Context& context) {
  if (held_ && *held_ < size_) TRY(truncate(context, *held_));
  if (settled_) return recorded_;
  const std::uint64_t size = written_.prefix();
  TRY(need_blob(context));
  TRY(flush_below(context, size / seal::chunk_size));
  TRY(store_tail(context, size));
  return size;
}

void Draft::keep(const Context& context) {
  ENSURE(!closed_);
  if (!identity_.numbered && ((!changed_ && !kept_before_) || written_.prefix() == 0))
    return drop_draft(context.keeper, identity_.id);
  const Result<std::uint64_t> left = leave_prefix(context);
  // On a full disk, say: what is stored already is good to go on with.
  const std::uint64_t size = left.ok() ? *left : std::min(stored_prefix(), held_.value_or(UINT64_MAX));
  if ((size == 0 && !identity_.numbered) || !storage_.blob.valid()) return drop_draft(context.keeper, identity_.id);
  if (const Result<void> recorded = record(context, size, true); !recorded.ok())
    log(Level::warning, "draft_not_kept", {{"draft", cat(identity_.id)}, {"why", recorded.error().message()}});
}

Result<void> Draft::fill_gaps(const Context& context) {
  if (only_small()) return {};
  const std::uint64_t last = last_chunk();
  TRY(flush_below(context, last));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;  // chunks
  std::uint64_t next = 0;
  for (const auto& [start, end] : written_.ranges()) {
    if (start / seal::chunk_size > next) gaps.emplace_back(next, start / seal::chunk_size);
    next = (end - 1) / seal::chunk_size + 1;
  }
  if (next < last) gaps.emplace_back(next, last);
  if (gaps.empty()) return {};
  const MutableByteView zeros = context.space.incoming.part(0, group_size);
  wipe(zeros);
  for (auto [first, end] : gaps) {
    while (first < std::min(end, last)) {
      TRY(need_gate(context.gate_fd));
      const std::uint64_t count = std::min<std::uint64_t>(std::min(end, last) - first, group_chunks);
      TRY(write_whole(context, start_of(first), zeros.first(static_cast<std::size_t>(count) * seal::chunk_size)));
      first += count;
    }
  }
  return {};
}

Result<void> Draft::read_back(const Context& context, const std::function<void(ByteView)>& use) {
  const std::uint64_t last = last_chunk();
  for (std::uint64_t index = 0; index < last; ++index) {
    if (index % group_chunks == 0) TRY(need_gate(context.gate_fd));
    if (OpenChunk* chunk = find(index); chunk != nullptr) {
      use(chunk->plain->part(0, seal::chunk_size));
      continue;
    }
    const MutableByteView plain = context.space.plain.part(0, seal::chunk_size);
    TRY(load(context, index, plain));
    use(plain);
  }
  const auto rest = static_cast<std::size_t>(size_ - start_of(last));
  if (rest > 0) use(TRY(open_chunk(context, last))->plain->part(0, rest));
  return {};
}

Result<std::optional<Bytes>> Draft::close(const Context& context) {
  const std::uint64_t last = last_chunk();
  const auto rest = static_cast<std::size_t>(size_ - start_of(last));
  ByteView plain;
  if (rest > 0) plain = TRY(open_chunk(context, last))->plain->part(0, rest);
  closed_ = true;
  if (only_small()) {
    Bytes small(seal::header_size + rest + seal::chunk_overhead);
    copy_to(small, seal::header(identity_.tag));
    sealer_.seal(MutableByteView{small}.subspan(seal::header_size), 0, seal::ChunkFlag::last, plain);
    return std::optional{std::move(small)};
  }
  TRY(store(context, last, seal::ChunkFlag::last, plain));
  TRY(cut_blob(seal::sealed_size(size_)));
  TRY(sync_blob(storage_.blob));
  return std::optional<Bytes>{};
}

}  // namespace bulkhead::porter
