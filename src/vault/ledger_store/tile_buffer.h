#pragma once
// The hashes and entries that are not yet in a full tile on disk, for every level of the tree. Pure.
// Holds at most one partial tile a level and what came since the last written().
#include <vector>

#include "core/ledger/tile.h"
#include "core/ledger/tree.h"

namespace bulkhead::ledger {

class TileBuffer {
 public:
  // Tiles that are full at `written_size` lie on disk and are not kept.
  explicit TileBuffer(std::uint64_t written_size) : written_size_{written_size} {}

  void append(const Digest& commitment, const Digest& leaf);
  // The content of a tile that new_tiles(written size, size) names.
  Bytes tile(const Tile& tile) const;
  Bytes bundle(const Tile& tile) const;
  // All tiles of a tree of `size` are on disk now.
  void written(std::uint64_t size);

 private:
  struct Level {
    std::uint64_t first_tile = 0;  // its first hash is hashes[0]
    std::vector<Digest> hashes;
  };
  void push(std::size_t level, const Digest& hash);
  void drop_written(std::size_t level);

  std::uint64_t written_size_;
  std::vector<Level> levels_;
  std::vector<Digest> commitments_;  // in step with level 0
};

}  // namespace bulkhead::ledger
