#include "gate_ssh/files/read_file.h"

#include <algorithm>

namespace bulkhead::gate_ssh {
namespace {

constexpr std::uint32_t chunk_size =
    64 * 1024;  // of the sealed form: the porter opens whole ones (docs/spec/sealed-file.md)
// Several requests of one reader may overtake each other: as near as this to the place where it goes on is in sequence.
constexpr std::uint64_t near_size = 512 * 1024;

std::uint64_t round_down(std::uint64_t offset) {
  return offset / chunk_size * chunk_size;
}
std::uint64_t round_up(std::uint64_t offset) {
  return round_down(offset + chunk_size - 1);
}
std::uint64_t distance(std::uint64_t left, std::uint64_t right) {
  return left < right ? right - left : left - right;
}

}  // namespace

void ReadFile::open(Porter& porter, const void* owner, std::uint64_t file, std::uint64_t version, Opened then) {
  porter.ask<asks::OpenRead>(owner, {file, version},
                             [&porter, then = std::move(then)](Result<asks::OpenRead::Reply> reply) {
                               if (!reply.ok()) return then(std::move(reply).error());
                               then(std::make_unique<ReadFile>(porter, reply->handle, reply->size));
                             });
}

void ReadFile::open_path(Porter& porter, const void* owner, std::string path,
                         std::function<void(Result<AtPath>)> then) {
  const std::optional<std::uint32_t> slot = porter.free_slots() > slots_kept_free ? porter.take_slot() : std::nullopt;
  const asks::OpenPath ask{std::move(path), slot.value_or(0), slot ? chunk_size : 0};
  porter.ask<asks::OpenPath>(
      owner, ask,
      [&porter, slot, then = std::move(then)](Result<asks::OpenPath::Reply> reply) {
        const bool used = reply.ok() && reply->first > 0;
        if (slot && !used) porter.give_back(*slot);
        if (!reply.ok()) return then(std::move(reply).error());
        auto file = std::make_unique<ReadFile>(porter, reply->handle, reply->size);
        if (used) file->blocks_.push_back({0, reply->first, *slot, 0, true});
        then(AtPath{std::move(file), *reply});
      },
      slot);
}

ReadFile::ReadFile(Porter& porter, std::uint32_t handle, std::uint64_t size)
    : porter_{porter}, handle_{handle}, size_{size} {
  porter_.join(*this);
}

ReadFile::~ReadFile() {
  porter_.leave(*this);
  porter_.forget(this);
  for (const Block& block : blocks_) {
    if (block.there) porter_.give_back(block.slot);
  }
  porter_.ask<asks::Close>(nullptr, {handle_}, {});
}

std::optional<Range> ReadFile::start(std::uint64_t offset, std::uint32_t size) {
  ENSURE(size > 0 && size <= read_size_max && offset < size_ && size <= size_ - offset);
  Range range{offset, size, {}, 0};
  if (error_) return range;
  const std::uint64_t end = offset + size;
  const bool in_sequence = offset == next_ || (run_ > 0 && distance(offset, next_) <= near_size);
  std::uint64_t target = end;
  if (in_sequence) {
    const std::uint64_t ahead = std::min(2 * run_, std::uint64_t{porter_.fair_share()} * asks::ring_slot_size);
    target = std::min(size_, round_up(std::max(end, offset + ahead)));
  }
  wanted_from_ = offset;
  wanted_to_ = end;
  if (!cover(range, target)) return std::nullopt;
  wanted_from_ = wanted_to_ = 0;
  next_ = in_sequence ? std::max(next_, end) : end;
  run_ = in_sequence ? run_ + size : 0;
  if (error_) range.count = 0;  // while it was asked for
  for (std::size_t i = 0; i < range.count; ++i) {
    std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.slot == range.slots[i]; })->holds++;
  }
  read_ahead(end, target);
  return range;
}

// At most four blocks: two that are there by chance, then new ones, of which two hold any range.
bool ReadFile::cover(Range& range, std::uint64_t target) {
  const std::uint64_t end = range.offset + range.size;
  std::uint64_t at = range.offset;
  while (at < end) {
    ENSURE(range.count < range.slots.size());
    const Block* block = furthest_at(at);
    if (block != nullptr && range.count >= 2 && block->end() < end) block = nullptr;
    if (block == nullptr) block = fetch(at, end, target);
    if (block == nullptr) return false;
    range.slots[range.count++] = block->slot;
    at = block->end();
  }
  return true;
}

const ReadFile::Block* ReadFile::furthest_at(std::uint64_t offset) const {
  const Block* best = nullptr;
  for (const Block& block : blocks_) {
    if (block.offset <= offset && offset < block.end() && (best == nullptr || block.end() > best->end())) best = &block;
  }
  return best;
}

// A block that begins at `offset` and reaches as far towards `target` as a slot does, to the end of a chunk. Null: no
// slot.
const ReadFile::Block* ReadFile::fetch(std::uint64_t offset, std::uint64_t end, std::uint64_t target) {
  const std::optional<std::uint32_t> slot = porter_.take_slot();
  if (!slot) return nullptr;
  std::uint64_t block_end = std::max(end, target);
  if (block_end - offset > asks::ring_slot_size) block_end = round_down(offset + asks::ring_slot_size);
  const auto size = static_cast<std::uint32_t>(block_end - offset);
  blocks_.push_back({offset, size, *slot});
  porter_.ask<asks::ReadBlock>(
      this, {handle_, offset, *slot, size},
      [this, slot = *slot](Result<asks::ReadBlock::Reply> reply) { answered(slot, reply); }, *slot);
  return &block_in(*slot);
}

const ReadFile::Block& ReadFile::block_in(std::uint32_t slot) const {
  const auto found =
      std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& block) { return block.slot == slot; });
  ENSURE(found != blocks_.end());
  return *found;
}

void ReadFile::read_ahead(std::uint64_t from, std::uint64_t target) {
  while (from < target && !error_) {
    if (const Block* block = furthest_at(from)) {
      from = block->end();
      continue;
    }
    // Only what nobody else has, nor will want at once.
    if (porter_.free_slots() <= 2 || blocks_.size() >= porter_.fair_share()) return;
    const Block* fetched = fetch(from, target, target);
    if (fetched == nullptr) return;
    from = fetched->end();
  }
}

void ReadFile::answered(std::uint32_t slot, const Result<asks::ReadBlock::Reply>& reply) {
  const auto block = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.slot == slot; });
  ENSURE(block != blocks_.end() && !block->there);
  block->there = true;
  if (error_) return;
  if (!reply.ok()) {
    error_ = reply.error();
  } else if (reply->size != block->size) {
    error_ = fail(Errc::io, "the file process gave less than the file holds");
  }
}

bool ReadFile::ready(const Range& range) const {
  if (error_) return true;
  return std::all_of(range.slots.begin(), range.slots.begin() + static_cast<std::ptrdiff_t>(range.count),
                     [&](std::uint32_t slot) { return block_in(slot).there; });
}

Pieces ReadFile::pieces(const Range& range) const {
  Pieces pieces;
  std::uint64_t at = range.offset;
  const std::uint64_t end = range.offset + range.size;
  for (std::size_t i = 0; i < range.count; ++i) {
    const Block& block = block_in(range.slots[i]);
    const ByteView bytes = porter_.bytes_of(block.slot).first(block.size);
    const std::uint64_t part = std::min(end, block.end()) - at;
    pieces.views[pieces.count++] =
        bytes.subspan(static_cast<std::size_t>(at - block.offset), static_cast<std::size_t>(part));
    at += part;
  }
  return pieces;
}

void ReadFile::done(const Range& range) {
  for (std::size_t i = 0; i < range.count; ++i) {
    const auto block =
        std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.slot == range.slots[i]; });
    ENSURE(block != blocks_.end() && block->holds > 0);
    --block->holds;
  }
  drop_used();
}

// What the reader has gone past. If it comes back, it asks again.
void ReadFile::drop_used() {
  std::erase_if(blocks_, [&](const Block& block) {
    const bool wanted = block.offset < wanted_to_ && wanted_from_ < block.end();
    if (!block.there || block.holds > 0 || wanted || block.end() > next_) return false;
    porter_.give_back(block.slot);
    return true;
  });
}

SlotHolder::Yield ReadFile::yield_slot() {
  auto furthest = blocks_.end();
  for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
    const bool wanted = block->offset < wanted_to_ && wanted_from_ < block->end();
    if (!block->there || block->holds > 0 || wanted) continue;
    if (furthest == blocks_.end() || block->offset > furthest->offset) furthest = block;
  }
  if (furthest == blocks_.end()) return Yield::nothing;
  porter_.give_back(furthest->slot);
  blocks_.erase(furthest);
  return Yield::now;
}

}  // namespace bulkhead::gate_ssh
