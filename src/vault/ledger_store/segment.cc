#include "vault/ledger_store/segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/cat.h"

namespace bulkhead::ledger {
namespace {

constexpr std::size_t chunk_size = std::size_t{1024} * 1024;
constexpr std::uint64_t sector_size = 512;

}  // namespace

std::string segment_path(std::uint64_t number) {
  const std::string digits = cat(number);
  return cat("log/", std::string(digits.size() < 9 ? 9 - digits.size() : 0, '0'), digits, ".log");
}

Result<Fd> open_segment(int dir_fd, std::uint64_t number, int flags) {
  const std::string path = segment_path(number);
  Fd file{::openat(dir_fd, path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file.valid()) return file;
  if (errno == ENOENT) return fail(Errc::not_found, cat(path, ": no such segment"));
  return fail_errno(cat("open ", path));
}

Result<void> SegmentScan::fill() {
  const auto used = static_cast<std::size_t>(offset_ - buffer_offset_);
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
  buffer_offset_ = offset_;
  while (buffer_.size() < record_size_max && !at_end_) {
    const std::size_t have = buffer_.size();
    buffer_.resize(have + chunk_size);
    const ssize_t got = ::pread(fd_, buffer_.data() + have, chunk_size, static_cast<off_t>(buffer_offset_ + have));
    buffer_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) return fail_errno("read the ledger");
    at_end_ = got == 0;
  }
  return {};
}

Result<SegmentScan::Item> SegmentScan::next() {
  if (current_size_ != 0) {
    offset_ += current_size_;
    ++index_;
  }
  if (offset_ - buffer_offset_ + record_size_max > buffer_.size() && !at_end_) TRY(fill());
  const ByteView rest = ByteView{buffer_}.subspan(static_cast<std::size_t>(offset_ - buffer_offset_));
  if (index_ == end_)
    return rest.empty() ? Item{End{}} : Item{Damaged{"bytes after the last record of a full segment"}};
  if (rest.empty()) return Item{End{}};
  RecordOrNot parsed = parse_record(rest, index_);
  if (const auto* record = std::get_if<Record>(&parsed)) {
    current_size_ = record->size;
    return Item{*record};
  }
  if (const auto* damaged = std::get_if<Damaged>(&parsed)) return Item{*damaged};
  return Item{CutShort{}};
}

Result<bool> is_zero_filled_tail(int fd, std::uint64_t offset) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno("stat a ledger segment");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const std::uint64_t record_end = std::min(size, offset + record_size_max);
  std::uint64_t zeros_from = size;
  Bytes chunk;
  while (zeros_from > offset) {
    const std::uint64_t start = zeros_from - std::min<std::uint64_t>(zeros_from - offset, chunk_size);
    chunk.resize(static_cast<std::size_t>(zeros_from - start));
    TRY(read_exactly_at(fd, chunk, start));
    const auto last = std::find_if(chunk.rbegin(), chunk.rend(), [](std::uint8_t byte) { return byte != 0; });
    zeros_from -= static_cast<std::uint64_t>(last - chunk.rbegin());
    if (last != chunk.rend()) break;
  }
  const std::uint64_t border = (zeros_from + sector_size - 1) / sector_size * sector_size;
  return zeros_from == offset ? size > offset : border < record_end;
}

}  // namespace bulkhead::ledger
