// Reading the ledger back at start: what must be there, what a crash may have left, and what is damage.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/cat.h"
#include "base/log.h"
#include "vault/ledger_store/ledger_store.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::ledger {
namespace {

Error damage_at(std::uint64_t index, std::string_view what) {
  return fail(Errc::corrupt, cat("ledger entry ", index, ": ", what,
                                 "; keep this directory as evidence and restore the ledger from a verified copy"));
}

}  // namespace

Result<LedgerStore> LedgerStore::open(Fd directory, VerifierKey key, LogDisk& disk) {
  if (::mkdirat(directory.get(), "log", 0700) == 0) {
    if (::fsync(directory.get()) != 0) return fail_errno("sync the ledger directory");
  } else if (errno != EEXIST) {
    return fail_errno("create the directory log");
  }
  Fd log = TRY(open_directory(directory.get(), "log"));
  if (::flock(log.get(), LOCK_EX | LOCK_NB) != 0) return fail(Errc::conflict, "another process has this ledger open");
  LedgerStore store{std::move(directory), std::move(log), std::move(key), disk};
  TRY(store.read_checkpoint());
  TRY(store.finish_erasing());
  TRY(store.read_log());
  return store;
}

Result<void> LedgerStore::read_checkpoint() {
  if (::faccessat(directory_.get(), "checkpoint", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("look for the checkpoint");
  }
  const Bytes raw = TRY(read_file(directory_.get(), "checkpoint", note_size_max));
  checkpoint_ = TRY(open_checkpoint(as_text(raw), key_));
  if (checkpoint_->size == 0 && checkpoint_->root != root())
    return fail(Errc::corrupt, "checkpoint: not the root of no entries");
  tiles_ = TileBuffer{checkpoint_->size};
  return {};
}

Result<void> LedgerStore::read_log() {
  for (std::uint64_t number = 0;; ++number) {
    Result<Fd> file = open_segment(directory_.get(), number, O_RDWR);
    if (!file && file.error().kind() != Errc::not_found) return file.error();
    if (!file) {
      // One segment that is gone would leave a hole, which must not look like the end.
      if (open_segment(directory_.get(), number + 1, O_RDONLY))
        return damage_at(size(), "missing, though a later segment exists");
      break;
    }
    if (size() != number * segment_entries) return damage_at(size(), "missing, though a later segment exists");
    TRY(read_segment(file->get(), number));
    segment_ = std::move(*file);
    segment_number_ = number;
  }
  if (size() < checkpoint_size()) {
    return damage_at(size(), cat("missing, though the checkpoint covers ", checkpoint_size(), " entries"));
  }
  return {};
}

Result<void> LedgerStore::read_segment(int fd, std::uint64_t number) {
  SegmentScan scan{fd, number};
  while (true) {
    const SegmentScan::Item item = TRY(scan.next());
    segment_length_ = scan.offset();
    if (std::holds_alternative<SegmentScan::End>(item)) return {};
    if (const auto* record = std::get_if<Record>(&item)) {
      apply(record->commitment, scan.offset());
      if (checkpoint_ && size() == checkpoint_->size && root() != checkpoint_->root) {
        return fail(Errc::corrupt,
                    cat("ledger: the first ", size(), " entries do not hash to the root of the checkpoint; ",
                        "compare their entry bundles with the log by bulkhead-verify"));
      }
      continue;
    }
    const auto* damaged = std::get_if<Damaged>(&item);
    return cut_off(fd, number, scan.offset(), damaged == nullptr ? std::string_view{} : damaged->what);
  }
}

// A record that ends with the file, or in zero bytes that a power cut left, was never acknowledged, since its sync had
// not returned. Anything else in its place was once whole.
Result<void> LedgerStore::cut_off(int fd, std::uint64_t number, std::uint64_t offset, std::string_view damage) {
  const std::uint64_t index = size();
  if (!damage.empty()) {
    const bool torn = TRY(is_zero_filled_tail(fd, offset));
    if (!torn || index < checkpoint_size()) return damage_at(index, damage);
  }
  if (index < checkpoint_size()) return damage_at(index, "cut short");
  if (open_segment(directory_.get(), number + 1, O_RDONLY))
    return damage_at(index, "cut short, though a later segment exists");
  log(Level::warning, "ledger_tail_cut", {{"entries", cat(index)}});
  TRY(disk_->truncate(fd, offset));
  return disk_->sync(fd);
}

}  // namespace bulkhead::ledger
