#include "porter/sealed_reader.h"

#include <poll.h>

namespace bulkhead::porter {
namespace {

std::size_t loaded_chunks_max(std::uint64_t chunk_count) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(chunk_count, group_chunks));
}

bool hung_up(int fd) {
  pollfd state{fd, 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

SealedReader::SealedReader(ByteView key, const seal::FileId& tag, std::uint64_t plain_size, Form form)
    : opener_{key, tag},
      plain_size_{plain_size},
      chunk_count_{seal::chunk_count(plain_size)},
      form_{form},
      sealed_{loaded_chunks_max(chunk_count_) * seal::sealed_chunk_size_max},
      plain_{seal::chunk_size} {
  ENSURE(form == Form::published || (plain_size > 0 && plain_size % seal::chunk_size == 0));
}

std::size_t SealedReader::plain_chunk_size(std::uint64_t index) const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(seal::chunk_size, plain_size_ - index * seal::chunk_size));
}

Result<void> SealedReader::load(const Storage& storage, std::uint64_t first, std::size_t count) {
  ENSURE(count > 0 && count <= group_chunks && first < chunk_count_ && count <= chunk_count_ - first);
  first_ = first;
  const std::size_t size =
      (count - 1) * seal::sealed_chunk_size_max + plain_chunk_size(first + count - 1) + seal::chunk_overhead;
  const MutableByteView into = sealed_.part(0, size);
  const std::uint64_t offset = seal::chunk_offset(first);
  if (storage.blob.valid()) return read_exactly_at(storage.blob.get(), into, offset);
  if (offset + size > storage.small.size())
    return fail(Errc::corrupt, "the stored file is shorter than its record says");
  copy_to(into, ByteView{storage.small}.subspan(offset, size));
  return {};
}

Result<ByteView> SealedReader::open(std::uint64_t index) {
  ENSURE(index >= first_ && index - first_ < group_chunks);
  const std::size_t size = plain_chunk_size(index);
  const bool is_last = form_ == Form::published && index + 1 == chunk_count_;
  const MutableByteView plain = plain_.part(0, size);
  const MutableByteView sealed =
      sealed_.part(static_cast<std::size_t>(index - first_) * seal::sealed_chunk_size_max, size + seal::chunk_overhead);
  TRY(opener_.open(plain, index, is_last ? seal::ChunkFlag::last : seal::ChunkFlag::inner, sealed));
  return ByteView{plain};
}

Result<void> read_all(SealedReader& reader, const Storage& storage, int gate_fd,
                      const std::function<void(ByteView)>& use) {
  for (std::uint64_t first = 0; first < reader.chunk_count(); first += group_chunks) {
    if (hung_up(gate_fd)) return fail(Errc::io, "the gate has gone");
    const std::size_t count = loaded_chunks_max(reader.chunk_count() - first);
    TRY(reader.load(storage, first, count));
    for (std::uint64_t index = first; index < first + count; ++index) {
      const ByteView plain = TRY(reader.open(index));
      use(plain);
    }
  }
  return {};
}

}  // namespace bulkhead::porter
