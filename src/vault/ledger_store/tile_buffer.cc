#include "vault/ledger_store/tile_buffer.h"

#include <algorithm>

#include "core/ledger/record.h"

namespace bulkhead::ledger {

void TileBuffer::append(const Digest& commitment, const Digest& leaf) {
  commitments_.push_back(commitment);
  push(0, leaf);
}

void TileBuffer::push(std::size_t level, const Digest& hash) {
  if (level == levels_.size()) levels_.emplace_back();
  std::vector<Digest>& hashes = levels_[level].hashes;
  hashes.push_back(hash);
  if (hashes.size() % tile_width != 0) return;
  Tree full;
  for (auto each = hashes.end() - tile_width; each != hashes.end(); ++each) full.append(*each);
  drop_written(level);
  push(level + 1, full.root());
}

void TileBuffer::drop_written(std::size_t level) {
  Level& here = levels_[level];
  const std::uint64_t full_on_disk = level >= 7 ? 0 : written_size_ >> (8 * (level + 1));
  if (full_on_disk <= here.first_tile) return;
  const std::uint64_t tiles = std::min<std::uint64_t>(full_on_disk - here.first_tile, here.hashes.size() / tile_width);
  const auto count = static_cast<std::ptrdiff_t>(tiles * tile_width);
  here.hashes.erase(here.hashes.begin(), here.hashes.begin() + count);
  if (level == 0) commitments_.erase(commitments_.begin(), commitments_.begin() + count);
  here.first_tile += tiles;
}

Bytes TileBuffer::tile(const Tile& tile) const {
  ENSURE(tile.level < levels_.size() && tile.index >= levels_[tile.level].first_tile);
  const Level& level = levels_[tile.level];
  const auto start = static_cast<std::size_t>((tile.index - level.first_tile) * tile_width);
  ENSURE(start + tile.width <= level.hashes.size());
  Bytes out;
  out.reserve(tile.width * sizeof(Digest));
  for (std::size_t i = start; i < start + tile.width; ++i)
    out.insert(out.end(), level.hashes[i].begin(), level.hashes[i].end());
  return out;
}

Bytes TileBuffer::bundle(const Tile& tile) const {
  ENSURE(tile.level == 0 && !levels_.empty() && tile.index >= levels_[0].first_tile);
  const auto start = static_cast<std::size_t>((tile.index - levels_[0].first_tile) * tile_width);
  ENSURE(start + tile.width <= commitments_.size());
  Bytes out;
  for (std::size_t i = start; i < start + tile.width; ++i) append_bundle_entry(out, tree_entry(commitments_[i]));
  return out;
}

void TileBuffer::written(std::uint64_t size) {
  written_size_ = size;
  for (std::size_t level = 0; level < levels_.size(); ++level) drop_written(level);
}

}  // namespace bulkhead::ledger
