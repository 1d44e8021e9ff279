#pragma once
// ReadFile: a file that is read, through blocks that the porter puts into slots. Sequential readers find what they need
// read ahead: twice as far with each step, up to a fair share of the slots. Others cost the chunks they asked for.
//   file.start(offset, size)   empty: no slot yet, again after the next answers; else the range is held
//   file.ready(range)          every byte is there, or the file has failed: see error()
//   file.pieces(range)         views straight into the slots, good until done()
//   file.done(range)           exactly once for each range
#include <array>
#include <memory>
#include <vector>

#include "gate_ssh/files/porter.h"

namespace bulkhead::gate_ssh {

inline constexpr std::uint32_t read_size_max = asks::ring_slot_size;  // of one start(), in bytes

// A part of a file that is held in slots until done().
struct Range {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::array<std::uint32_t, 4> slots{};
  std::size_t count = 0;  // of the slots
};

struct Pieces {
  std::array<ByteView, 4> views;
  std::size_t count = 0;
  std::span<const ByteView> all() const& { return std::span{views}.first(count); }
  std::span<const ByteView> all() && = delete;
};

class ReadFile final : public SlotHolder {
 public:
  using Opened = std::function<void(Result<std::unique_ptr<ReadFile>>)>;
  // From here on the ledger says that the file was released. `owner` as in Porter::ask.
  static void open(Porter& porter, const void* owner, std::uint64_t file, std::uint64_t version, Opened then);

  // The same by path, with the beginning read ahead if a slot is to spare.
  struct AtPath {
    std::unique_ptr<ReadFile> file;
    asks::OpenPath::Reply found;
  };
  static void open_path(Porter& porter, const void* owner, std::string path, std::function<void(Result<AtPath>)> then);

  ReadFile(Porter& porter, std::uint32_t handle, std::uint64_t size);
  // Closes the handle; what was read is reported.
  ~ReadFile();
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;

  std::uint64_t size() const { return size_; }
  const std::optional<Error>& error() const { return error_; }

  // The range lies within the file, and is not empty nor longer than read_size_max.
  std::optional<Range> start(std::uint64_t offset, std::uint32_t size);
  bool ready(const Range& range) const;
  Pieces pieces(const Range& range) const;
  void done(const Range& range);

  Yield yield_slot() override;

 private:
  struct Block {
    std::uint64_t offset;
    std::uint32_t size;
    std::uint32_t slot;
    std::uint32_t holds = 0;  // ranges that were started and are not done
    bool there = false;
    std::uint64_t end() const { return offset + size; }
  };

  const Block* furthest_at(std::uint64_t offset) const;
  const Block& block_in(std::uint32_t slot) const;
  const Block* fetch(std::uint64_t offset, std::uint64_t end, std::uint64_t target);
  bool cover(Range& range, std::uint64_t target);
  void read_ahead(std::uint64_t from, std::uint64_t target);
  void answered(std::uint32_t slot, const Result<asks::ReadBlock::Reply>& reply);
  void drop_used();

  Porter& porter_;
  std::uint32_t handle_;
  std::uint64_t size_;
  std::vector<Block> blocks_;
  std::uint64_t next_ = 0;         // where a sequential reader goes on
  std::uint64_t run_ = 0;          // bytes it has asked for in a row
  std::uint64_t wanted_from_ = 0;  // the range of the start() in hand: not given up
  std::uint64_t wanted_to_ = 0;
  std::optional<Error> error_;
};

}  // namespace bulkhead::gate_ssh
