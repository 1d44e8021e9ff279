// Erasing: the indexes are made durable first, so that an interrupted erasing is told from damage and finished.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/cat.h"
#include "base/reader.h"
#include "base/writer.h"
#include "vault/ledger_store/ledger_store.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::ledger {
namespace {

constexpr std::size_t intent_size_max = 8 * erase_batch_max + 4;

}  // namespace

Result<void> LedgerStore::erase(std::span<const std::uint64_t> indexes) {
  if (broken_) return fail(Errc::io, "the last sync of the ledger failed: restart the vault");
  if (indexes.size() > erase_batch_max) return fail(Errc::invalid, "too many ledger entries to erase at once");
  Writer intent;
  for (std::uint64_t index : indexes) {
    if (index >= size()) return fail(Errc::invalid, cat("ledger entry ", index, " does not exist"));
    intent.u64(index);
  }
  intent.u32(crc32(intent.view()));
  TRY(replace_file(log_.get(), "erasing", intent.view(), 0600));
  return finish_erasing();
}

Result<void> LedgerStore::finish_erasing() {
  if (::faccessat(log_.get(), "erasing", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("look for log/erasing");
  }
  const Bytes intent = TRY(read_file(log_.get(), "erasing", intent_size_max));
  const std::size_t list_size = intent.size() < 4 ? 0 : intent.size() - 4;
  const ByteView list = ByteView{intent}.first(list_size);
  if (list_size % 8 != 0 || Reader{ByteView{intent}.subspan(list_size)}.u32() != crc32(list)) {
    return fail(Errc::corrupt,
                "log/erasing is damaged: see which entries were to be erased, delete it, and erase them again");
  }
  for (Reader reader{list}; reader.remaining() != 0;) TRY(zero_entry(reader.u64()));
  if (::unlinkat(log_.get(), "erasing", 0) != 0) return fail_errno("delete log/erasing");
  if (::fsync(log_.get()) != 0) return fail_errno("sync the directory log");
  return {};
}

// Walks by the heads alone: a body on the way may be half zeroed by the erasing that is finished here.
Result<void> LedgerStore::zero_entry(std::uint64_t index) {
  const std::uint64_t number = index / segment_entries;
  const Fd file = TRY(open_segment(directory_.get(), number, O_RDWR));
  std::uint64_t offset = 0;
  for (std::uint64_t each = number * segment_entries;; ++each) {
    std::array<std::uint8_t, record_head_size> head{};
    TRY(read_exactly_at(file.get(), head, offset));
    const auto body_size = parse_record_head(head, each);
    if (!body_size)
      return fail(Errc::corrupt,
                  cat("ledger entry ", each, ": its head is damaged, so entry ", index, " is not found"));
    if (each == index) {
      const Bytes zeros(salt_size + *body_size);
      TRY(disk_->write_at(file.get(), zeros, offset + record_head_size));
      return disk_->sync(file.get());
    }
    offset += record_head_size + salt_size + *body_size;
  }
}

}  // namespace bulkhead::ledger
