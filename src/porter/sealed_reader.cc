#include "porter/sealed_reader.h"

#include <poll.h>

namespace bulkhead::porter {

std::size_t SealedReader::plain_chunk_size(std::uint64_t index) const {
  return static_cast<std::size_t>(std::min<std::uint64_t>(seal::chunk_size, plain_size_ - index * seal::chunk_size));
}

Result<void> SealedReader::load(Workspace& space, const Storage& storage, std::uint64_t first, std::size_t count) {
  ENSURE(count > 0 && count <= loaded_chunks_max && first < chunk_count_ && count <= chunk_count_ - first);
  first_ = first;
  const std::size_t size =
      (count - 1) * seal::sealed_chunk_size_max + plain_chunk_size(first + count - 1) + seal::chunk_overhead;
  const MutableByteView into = space.sealed.part(0, size);
  const std::uint64_t offset = seal::chunk_offset(first);
  if (storage.blob.valid()) return read_exactly_at(storage.blob.get(), into, offset);
  if (offset + size > storage.small.size())
    return fail(Errc::corrupt, "the stored file is shorter than its record says");
  copy_to(into, ByteView{storage.small}.subspan(offset, size));
  return {};
}

Result<void> SealedReader::open(Workspace& space, std::uint64_t index, MutableByteView plain) {
  ENSURE(index >= first_ && index - first_ < loaded_chunks_max);
  const auto flag = index + 1 == chunk_count_ ? seal::ChunkFlag::last : seal::ChunkFlag::inner;
  const MutableByteView sealed = space.sealed.part(static_cast<std::size_t>(index - first_) * seal::sealed_chunk_size_max,
                                                   plain_chunk_size(index) + seal::chunk_overhead);
  return opener_.open(plain, index, flag, sealed);
}

Result<void> need_gate(int gate_fd) {
  pollfd state{gate_fd, 0, 0};
  const bool gone = ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
  if (gone) return fail(Errc::io, "the gate has gone");
  return {};
}

Result<void> read_chunks(const Context& context, SealedReader& reader, const Storage& storage, std::uint64_t first,
                         std::uint64_t end, const std::function<Result<void>(ByteView)>& use) {
  while (first < end) {
    TRY(need_gate(context.gate_fd));
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(end - first, group_chunks));
    TRY(reader.load(context.space, storage, first, count));
    std::size_t size = 0;
    for (std::uint64_t index = first; index < first + count; ++index) {
      const MutableByteView plain = context.space.incoming.part(size, reader.plain_chunk_size(index));
      TRY(reader.open(context.space, index, plain));
      size += plain.size();
    }
    TRY(use(context.space.incoming.part(0, size)));
    first += count;
  }
  return {};
}

}  // namespace bulkhead::porter
