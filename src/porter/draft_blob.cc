// Draft: sealed chunks in the blob, and what keeper is told of them.
#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "porter/draft.h"

namespace bulkhead::porter {
namespace {

constexpr std::uint64_t writeback_step = std::uint64_t{8} * 1024 * 1024;

}  // namespace

Error for_client(const Error& error) {
  if (error.kind() != Errc::storage_full) return error;
  return fail(Errc::storage_full, "the server has no space left for this file; nothing was stored");
}

void drop_draft(ipc::Channel& keeper, std::uint64_t draft) {
  const Result<ipc::Nothing> dropped = keeper.ask(asks::DropDraft{draft});
  if (!dropped.ok())
    log(Level::warning, "draft_not_dropped", {{"draft", cat(draft)}, {"why", dropped.error().message()}});
}

Result<void> Draft::need_blob(const Context& context) {
  if (storage_.blob.valid()) return {};
  std::vector<Fd> descriptors;
  reserve_ = TRY(context.keeper.ask(asks::DraftBlob{identity_.id, identity_.wrapped_key}, &descriptors, 1)).reserve;
  storage_.blob = std::move(descriptors[0]);
  if (copying_) return {};
  return write_header();
}

Result<void> Draft::write_header() {
  const Result<void> written = write_all_at(storage_.blob.get(), seal::header(identity_.tag), 0);
  if (!written.ok()) return for_client(written.error());
  blob_size_ = std::max<std::uint64_t>(blob_size_, seal::header_size);
  return {};
}

Result<void> Draft::end_copy() {
  copying_ = false;
  if (!storage_.blob.valid()) return {};
  return write_header();
}

// The reserve is not for content, however large a file turns out to be.
Result<void> Draft::need_space(std::size_t size) const {
  if (reserve_ == 0) return {};
  struct statfs state{};
  if (::fstatfs(storage_.blob.get(), &state) != 0) return fail_errno("free space of a stored file");
  const auto free = static_cast<std::uint64_t>(state.f_bavail) * static_cast<std::uint64_t>(state.f_bsize);
  if (free < reserve_ + size) return for_client(fail(Errc::storage_full, "the disk is full up to its reserve"));
  return {};
}

// Seals up to a group of chunks, the last of them with its own flag, and writes them in one piece.
Result<void> Draft::store(const Context& context, std::uint64_t first, seal::ChunkFlag last_flag, ByteView plain) {
  ENSURE(plain.size() <= group_size);
  TRY(need_blob(context));
  const std::size_t count = std::max<std::size_t>(1, (plain.size() + seal::chunk_size - 1) / seal::chunk_size);
  const MutableByteView sealed = context.space.sealed.part(0, plain.size() + count * seal::chunk_overhead);
  TRY(need_space(sealed.size()));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t start = i * seal::chunk_size;
    const ByteView chunk = plain.subspan(start, std::min(seal::chunk_size, plain.size() - start));
    sealer_.seal(sealed.subspan(i * seal::sealed_chunk_size_max, chunk.size() + seal::chunk_overhead), first + i,
                 i + 1 == count ? last_flag : seal::ChunkFlag::inner, chunk);
  }
  const std::uint64_t offset = seal::chunk_offset(first);
  if (const Result<void> done = write_all_at(storage_.blob.get(), sealed, offset); !done.ok()) {
    written_.remove(start_of(first), start_of(first + count));  // what was there may be half overwritten
    return for_client(done.error());
  }
  blob_size_ = std::max(blob_size_, offset + sealed.size());
  start_writeback();
  return {};
}

// The disk works while the rest still comes, so that the sync at the end waits for little. Only advice: the sync
// decides.
void Draft::start_writeback() {
  if (blob_size_ - writeback_started_ < writeback_step) return;
  static_cast<void>(::sync_file_range(storage_.blob.get(), static_cast<off_t>(writeback_started_),
                                      static_cast<off_t>(blob_size_ - writeback_started_), SYNC_FILE_RANGE_WRITE));
  writeback_started_ = blob_size_;
}

Result<void> Draft::cut_blob(std::uint64_t size) {
  if (blob_size_ <= size) return {};
  if (::ftruncate(storage_.blob.get(), static_cast<off_t>(size)) != 0) return fail_errno("cut a draft");
  blob_size_ = size;
  writeback_started_ = std::min(writeback_started_, size);
  return {};
}

Result<void> Draft::record(const Context& context, std::uint64_t size, bool let_go) {
  TRY(context.keeper.ask(asks::KeepDraft{identity_.id, size, let_go}));
  recorded_ = size;
  return {};
}

// Content without a gap, as the blob has it now.
std::uint64_t Draft::stored_prefix() const {
  std::uint64_t size = written_.prefix();
  for (const OpenChunk& chunk : open_) {
    if (chunk.dirty) size = std::min(size, start_of(chunk.index));
  }
  return size;
}

void Draft::record_progress(const Context& context) {
  if (!identity_.resumable || !storage_.blob.valid() || copying_ || held_) return;
  const std::uint64_t size = stored_prefix();
  if (size < recorded_ + record_step) return;
  if (const Result<void> recorded = record(context, size, false); !recorded.ok()) {
    log(Level::warning, "draft_not_recorded", {{"draft", cat(identity_.id)}, {"why", recorded.error().message()}});
    recorded_ = size;  // not again for every block
  }
}

}  // namespace bulkhead::porter
