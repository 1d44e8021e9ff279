#pragma once
// Tiles and entry bundles (C2SP tlog-tiles v0.1.0): where the hashes of a tree lie as files. Pure.
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::ledger {

inline constexpr unsigned tile_width = 256;  // hashes of a full tile, entries of a full bundle
inline constexpr std::size_t bundle_entry_size_max = 65'535;

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = tile_width;  // 1 to tile_width; below tile_width the tile is partial

  bool operator==(const Tile&) const = default;
};

std::string tile_path(const Tile& tile);    // "tile/1/x001/067" or "tile/0/273.p/112"
std::string bundle_path(const Tile& tile);  // "tile/entries/273.p/112"; the level must be 0

// The tiles that a tree of `size` has and a tree of `old_size` had not, levels ascending. Those of level 0 are also the
// new entry bundles. Empty unless old_size < size.
std::vector<Tile> new_tiles(std::uint64_t old_size, std::uint64_t size);

// A u16 length, then the entry, of at most bundle_entry_size_max bytes.
void append_bundle_entry(Bytes& bundle, ByteView entry);
// Exactly `width` entries, as views into `bundle`.
Result<std::vector<ByteView>> parse_bundle(ByteView bundle, unsigned width);

}  // namespace bulkhead::ledger
