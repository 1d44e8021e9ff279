#include "porter/download.h"

namespace bulkhead::porter {

Download::Download(Lease lease, const asks::Release::Reply& released, std::uint64_t start, std::uint64_t end)
    : storage_{std::move(lease.storage)},
      reader_{std::in_place, released.key.view(), lease.tag, lease.row.size, SealedReader::Form::published},
      release_{released.index},
      start_{start},
      end_{end},
      next_{start} {}

Result<Download> Download::open(ipc::Channel& keeper, ipc::Channel& vault, const asks::OpenRead& ask) {
  Lease lease = TRY(lease_read(keeper, ask.file, ask.version));
  const std::uint64_t size = lease.row.size;
  if (ask.offset > size) return fail(Errc::invalid, "the range starts behind the end of the file");
  const std::uint64_t end = ask.offset + std::min(ask.length, size - ask.offset);
  const asks::Release::Reply released = TRY(release_key(vault, lease, asks::Purpose::download));
  return Download{std::move(lease), released, ask.offset, end};
}

Result<asks::Filled> Download::fill(Ring& ring) {
  ENSURE(can_fill());
  const auto slot = static_cast<std::uint32_t>(filled_ % asks::ring_slots);
  const std::uint64_t first = next_ / seal::chunk_size;
  // That a file is empty is authentic only if its one empty chunk is; any other empty part needs no chunk.
  const std::uint64_t behind_last = end_ > next_ ? (end_ - 1) / seal::chunk_size + 1 : first + (end_ == 0 ? 1 : 0);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(behind_last - first, group_chunks));
  if (count > 0) TRY(reader_->load(storage_, first, count));
  std::size_t size = 0;
  for (std::uint64_t index = first; index < first + count; ++index) {
    ByteView plain = TRY(reader_->open(index));
    const std::uint64_t chunk_start = index * seal::chunk_size;
    plain = plain.first(static_cast<std::size_t>(std::min<std::uint64_t>(plain.size(), end_ - chunk_start)));
    plain = plain.subspan(static_cast<std::size_t>(next_ - chunk_start));
    ring.copy_in(slot, size, plain);
    size += plain.size();
    next_ += plain.size();
  }
  last_filled_ = next_ == end_;
  ++filled_;
  return asks::Filled{slot, static_cast<std::uint32_t>(size), last_filled_};
}

bool Download::take_back(const asks::Freed& freed) {
  if (freed_ == filled_ || freed.slot != freed_ % asks::ring_slots) return false;
  ++freed_;
  return true;
}

asks::Sent Download::sent() const {
  asks::Sent sent{release_, {}, last_filled_ && freed_ == filled_};
  if (next_ > start_) sent.ranges.push_back({start_, next_ - start_});
  return sent;
}

}  // namespace bulkhead::porter
