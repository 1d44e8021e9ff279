#include "core/ledger/tile.h"

#include "base/cat.h"
#include "base/reader.h"

namespace bulkhead::ledger {
namespace {

// 1234067 is "x001/x234/067".
std::string index_path(std::uint64_t index) {
  const auto group = [](std::uint64_t value) {
    const std::string digits = cat(value);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string out = group(index % 1000);
  for (index /= 1000; index != 0; index /= 1000) out = cat('x', group(index % 1000), '/', out);
  return out;
}

std::string end_of_path(const Tile& tile) {
  ENSURE(tile.width >= 1 && tile.width <= tile_width);
  return tile.width == tile_width ? index_path(tile.index) : cat(index_path(tile.index), ".p/", tile.width);
}

}  // namespace

std::string tile_path(const Tile& tile) {
  return cat("tile/", tile.level, '/', end_of_path(tile));
}

std::string bundle_path(const Tile& tile) {
  ENSURE(tile.level == 0);
  return cat("tile/entries/", end_of_path(tile));
}

std::vector<Tile> new_tiles(std::uint64_t old_size, std::uint64_t size) {
  std::vector<Tile> out;
  for (unsigned level = 0; size > old_size; ++level, old_size /= tile_width, size /= tile_width) {
    for (std::uint64_t index = old_size / tile_width; index < size / tile_width; ++index) out.push_back({level, index});
    const auto rest = static_cast<unsigned>(size % tile_width);
    if (rest != 0) out.push_back({level, size / tile_width, rest});
  }
  return out;
}

void append_bundle_entry(Bytes& bundle, ByteView entry) {
  ENSURE(entry.size() <= bundle_entry_size_max);
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8U));
  bundle.push_back(static_cast<std::uint8_t>(entry.size() & 0xffU));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<ByteView>> parse_bundle(ByteView bundle, unsigned width) {
  if (width == 0 || width > tile_width) return fail(Errc::invalid, "entry bundle: bad width");
  Reader reader{bundle};
  std::vector<ByteView> out;
  for (unsigned i = 0; i < width; ++i) out.push_back(reader.bytes(reader.u16()));
  TRY(reader.done("entry bundle"));
  return out;
}

}  // namespace bulkhead::ledger
