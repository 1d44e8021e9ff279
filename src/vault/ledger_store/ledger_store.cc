#include "vault/ledger_store/ledger_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/cat.h"
#include "crypt/random.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::ledger {

Result<void> LogDisk::write_at(int fd, ByteView data, std::uint64_t offset) {
  return write_all_at(fd, data, offset);
}
Result<void> LogDisk::sync(int fd) {
  if (::fdatasync(fd) != 0) return fail_errno("sync the ledger");
  return {};
}
Result<void> LogDisk::truncate(int fd, std::uint64_t size) {
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return fail_errno("truncate the ledger");
  return {};
}

void LedgerStore::apply(const Digest& commitment, std::uint64_t offset) {
  if (size() % mark_distance == 0) marks_.push_back(offset);
  const Digest leaf = leaf_hash(tree_entry(commitment));
  tree_.append(leaf);
  tiles_.append(commitment, leaf);
}

Result<std::uint64_t> LedgerStore::append(ByteView body) {
  if (broken_)
    return fail(Errc::io, "the last sync of the ledger failed and what the disk holds is unknown: restart the vault");
  if (body.empty() || body.size() > body_size_max) return fail(Errc::invalid, "a ledger entry has 1 to 4096 bytes");
  if (batch_.size() + record_size_max > batch_size_max)
    return fail(Errc::exhausted, "the ledger batch is full: commit first");
  const std::uint64_t index = size() + buffered_.size();
  if (index >= tree_size_max) return fail(Errc::exhausted, "the ledger is full");
  Salt salt{};
  crypt::fill_random(salt);
  const Digest commitment = commitment_of(salt, body);
  const std::size_t before = batch_.size();
  append_record(batch_, index, commitment, salt, body);
  buffered_.push_back({commitment, batch_.size() - before});
  return index;
}

Result<void> LedgerStore::commit() {
  std::size_t entries_done = 0;
  std::size_t bytes_done = 0;
  Result<void> outcome;
  while (outcome.ok() && entries_done < buffered_.size()) outcome = commit_part(entries_done, bytes_done);
  batch_.clear();
  buffered_.clear();
  return outcome;
}

// The part of the batch that fits into one segment.
Result<void> LedgerStore::commit_part(std::size_t& entries_done, std::size_t& bytes_done) {
  if (!segment_.valid() || size() / segment_entries != segment_number_) {
    const std::uint64_t number = size() / segment_entries;
    Fd fresh = TRY(open_segment(directory_.get(), number, O_RDWR | O_CREAT));
    if (::fsync(log_.get()) != 0) return fail_errno("sync the directory log");
    segment_ = std::move(fresh);
    segment_number_ = number;
    segment_length_ = 0;
  }
  const auto room = static_cast<std::size_t>(segment_entries - size() % segment_entries);
  const std::size_t count = std::min(room, buffered_.size() - entries_done);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) bytes += buffered_[entries_done + i].size;

  Result<void> written = disk_->write_at(segment_.get(), ByteView{batch_}.subspan(bytes_done, bytes), segment_length_);
  if (!written) {
    broken_ = !disk_->truncate(segment_.get(), segment_length_).ok();
    return written;
  }
  Result<void> synced = disk_->sync(segment_.get());
  if (!synced) {
    // After a failed sync the kernel may have dropped the dirty pages and marked them clean: a second sync proves
    // nothing.
    broken_ = true;
    return synced;
  }
  for (std::size_t i = 0; i < count; ++i) {
    apply(buffered_[entries_done + i].commitment, segment_length_);
    segment_length_ += buffered_[entries_done + i].size;
  }
  bytes_done += bytes;
  entries_done += count;
  return {};
}

Result<void> LedgerStore::for_each(const Visit& visit) const {
  for (std::uint64_t number = 0; number * segment_entries < size(); ++number) {
    const Fd file = TRY(open_segment(directory_.get(), number, O_RDONLY));
    SegmentScan scan{file.get(), number};
    const std::uint64_t end = std::min(size(), (number + 1) * segment_entries);
    for (std::uint64_t index = number * segment_entries; index < end; ++index) {
      const SegmentScan::Item item = TRY(scan.next());
      const auto* record = std::get_if<Record>(&item);
      if (record == nullptr) return fail(Errc::corrupt, cat("ledger entry ", index, ": damaged since the start"));
      TRY(visit(index, record->body));
    }
  }
  return {};
}

}  // namespace bulkhead::ledger
