#include "porter/download.h"

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::porter {

Download::Download(Lease lease, const asks::Release::Reply& released, std::uint32_t handle)
    : reading_{std::move(lease.reading)},
      storage_{std::move(lease.storage)},
      reader_{released.key.view(), lease.tag, lease.row.size},
      handle_{handle},
      release_{released.index},
      size_{lease.row.size},
      progress_{asks::TransferDirection::download, lease.row.id} {}

Result<Download> Download::open(const Context& context, std::uint32_t handle, Lease lease) {
  const asks::Release::Reply released = TRY(release_key(context.vault, lease, asks::Purpose::download));
  return Download{std::move(lease), released, handle};
}

Result<asks::ReadBlock::Reply> Download::read(Workspace& space, Ring& ring, const asks::ReadBlock& ask) {
  const auto read_it = [&]() -> Result<asks::ReadBlock::Reply> {
    // That a file is empty is authentic only if its one empty chunk is.
    if (size_ == 0) TRY(open_empty(space));
    if (ask.offset >= size_ || ask.size == 0) return asks::ReadBlock::Reply{0};
    const std::uint64_t end = ask.offset + std::min<std::uint64_t>(ask.size, size_ - ask.offset);
    std::uint64_t next = ask.offset;
    if (const auto opened = space.opened.find(handle_, next / seal::chunk_size)) give(ring, ask, *opened, next, end);
    if (next == end) return asks::ReadBlock::Reply{static_cast<std::uint32_t>(end - ask.offset)};
    const std::uint64_t first = next / seal::chunk_size;
    const std::uint64_t behind_last = (end - 1) / seal::chunk_size + 1;
    TRY(reader_.load(space, storage_, first, static_cast<std::size_t>(behind_last - first)));
    for (std::uint64_t index = first; index < behind_last; ++index) {
      const std::size_t size = reader_.plain_chunk_size(index);
      const bool goes_on = end < index * seal::chunk_size + size;
      const MutableByteView plain =
          goes_on ? space.opened.place(handle_, index, size) : space.plain.part(0, size);
      if (Result<void> opened = reader_.open(space, index, plain); !opened.ok()) {
        space.opened.forget(handle_);
        return std::move(opened).error();
      }
      give(ring, ask, plain, next, end);
    }
    return asks::ReadBlock::Reply{static_cast<std::uint32_t>(end - ask.offset)};
  };
  Result<asks::ReadBlock::Reply> reply = read_it();
  if (!reply.ok() && !failed_) {
    failed_ = true;
    log(Level::error, "transfer_broken", {{"direction", "download"}, {"why", reply.error().message()}});
  }
  return reply;
}

Result<void> Download::open_empty(Workspace& space) {
  TRY(reader_.load(space, storage_, 0, 1));
  return reader_.open(space, 0, space.plain.part(0, 0));
}

// What of the chunk around `next` is asked for goes to its place in the slot.
void Download::give(Ring& ring, const asks::ReadBlock& ask, ByteView chunk, std::uint64_t& next, std::uint64_t end) {
  const std::uint64_t chunk_start = next - next % seal::chunk_size;
  ByteView part = chunk.first(static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), end - chunk_start)));
  part = part.subspan(static_cast<std::size_t>(next - chunk_start));
  sent_.add(next, next + part.size());
  if (sent_.count() > sent_ranges_max) sent_.join_closest();
  ring.copy_in(ask.slot, static_cast<std::size_t>(next - ask.offset), part);
  next += part.size();
  given_ += part.size();
}

void Download::report_end(ipc::Channel& keeper, bool complete) const {
  using How = asks::TransferEnd::How;
  progress_.end(keeper, given_, complete && !failed_ ? How::complete : How::failed);
}

asks::Sent Download::sent(bool complete) const {
  asks::Sent sent{release_, {}, complete && !failed_};
  for (const auto& [start, end] : sent_.ranges()) sent.ranges.push_back({start, end - start});
  return sent;
}

}  // namespace bulkhead::porter
