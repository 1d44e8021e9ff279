#pragma once
// Segments: the files log/000000000.log, log/000000001.log, ... of segment_entries records each, the last one growing.
#include <string>
#include <variant>

#include "base/fd.h"
#include "core/ledger/record.h"

namespace bulkhead::ledger {

inline constexpr std::uint64_t segment_entries = 65'536;

std::string segment_path(std::uint64_t number);  // "log/000000012.log"
// Errc::not_found when there is no such file.
Result<Fd> open_segment(int dir_fd, std::uint64_t number, int flags);

// Reads one segment from its start, checking each record. The file must not change meanwhile.
class SegmentScan {
 public:
  struct End {};  // the file ends after a complete record, or the segment is full
  using Item = std::variant<Record, CutShort, Damaged, End>;

  SegmentScan(int fd, std::uint64_t number)
      : fd_{fd}, index_{number * segment_entries}, end_{index_ + segment_entries} {}

  // The next record; its body is a view that lasts until the next call. Errors are those of reading.
  Result<Item> next();
  // Of the item last returned: where it starts in the file, and its index in the ledger.
  std::uint64_t offset() const { return offset_; }
  std::uint64_t index() const { return index_; }

 private:
  Result<void> fill();

  int fd_;
  std::uint64_t index_;
  std::uint64_t end_;
  std::uint64_t offset_ = 0;      // of the current item
  std::size_t current_size_ = 0;  // of the current item, 0 before the first
  std::uint64_t buffer_offset_ = 0;
  Bytes buffer_;
  bool at_end_ = false;  // buffer_ reaches to the end of the file
};

// True if the file from some sector border inside the record at `offset` on is nothing but zero bytes: a power cut came
// after the file grew and before its data was written.
Result<bool> is_zero_filled_tail(int fd, std::uint64_t offset);

}  // namespace bulkhead::ledger
