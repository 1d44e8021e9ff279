// Single entries and their proofs, while the ledger grows. What is read here was checked at the start; it is checked
// again, for the disk may have failed since.
#include <fcntl.h>

#include <map>

#include "base/cat.h"
#include "vault/ledger_store/ledger_store.h"
#include "vault/ledger_store/segment.h"

namespace bulkhead::ledger {
namespace {

constexpr unsigned tile_height = 8;  // 256 hashes

Error damaged(std::uint64_t index) {
  return fail(Errc::corrupt, cat("ledger entry ", index, ": damaged since the start"));
}

}  // namespace

// From the mark before it on by the heads, at most mark_distance of them.
Result<StoredEntry> LedgerStore::read(std::uint64_t index) const {
  if (index >= size()) return fail(Errc::not_found, "no such ledger entry");
  const Fd file = TRY(open_segment(directory_.get(), index / segment_entries, O_RDONLY));
  std::uint64_t offset = marks_.at(index / mark_distance);
  std::size_t body_size = 0;
  for (std::uint64_t each = index - index % mark_distance;; ++each) {
    std::array<std::uint8_t, record_head_size> head{};
    TRY(read_exactly_at(file.get(), head, offset));
    const auto found = parse_record_head(head, each);
    if (!found) return damaged(each);
    body_size = *found;
    if (each == index) break;
    offset += record_head_size + salt_size + body_size;
  }
  Bytes raw(record_head_size + salt_size + body_size);
  TRY(read_exactly_at(file.get(), raw, offset));
  const RecordOrNot parsed = parse_record(raw, index);
  const auto* record = std::get_if<Record>(&parsed);
  if (record == nullptr) return damaged(index);
  if (!record->body) return fail(Errc::not_found, "this ledger entry was erased");
  StoredEntry entry;
  copy_to(entry.salt, ByteView{raw}.subspan(record_head_size, salt_size));
  entry.body = to_bytes(*record->body);
  return entry;
}

Result<std::uint64_t> LedgerStore::read_from(std::uint64_t from, std::size_t size_max, const Visit& visit) const {
  if (from >= size()) return size();
  const Fd file = TRY(open_segment(directory_.get(), from / segment_entries, O_RDONLY));
  std::uint64_t offset = marks_.at(from / mark_distance);
  const std::uint64_t end = std::min(size(), (from / segment_entries + 1) * segment_entries);
  std::size_t taken = 0;
  for (std::uint64_t each = from - from % mark_distance; each < end; ++each) {
    std::array<std::uint8_t, record_head_size> head{};
    TRY(read_exactly_at(file.get(), head, offset));
    const auto body_size = parse_record_head(head, each);
    if (!body_size) return damaged(each);
    const std::size_t record_size = record_head_size + salt_size + *body_size;
    if (each >= from) {
      if (taken > 0 && taken + *body_size > size_max) return each;
      taken += *body_size;
      Bytes raw(record_size);
      TRY(read_exactly_at(file.get(), raw, offset));
      const RecordOrNot parsed = parse_record(raw, each);
      const auto* record = std::get_if<Record>(&parsed);
      if (record == nullptr) return damaged(each);
      TRY(visit(each, record->body));
    }
    offset += record_size;
  }
  return end;
}

Result<Bytes> LedgerStore::read_tile(const Tile& tile) const {
  const unsigned shift = tile_height * tile.level;
  const std::uint64_t hashes = shift < 64 ? checkpoint_size() >> shift : 0;  // of that level
  const std::uint64_t tiles = hashes / tile_width;
  const bool full = tile.width == tile_width && tile.index < tiles;
  const bool last = tile.index == tiles && tile.width > 0 && tile.width == hashes % tile_width;
  if (!full && !last) return fail(Errc::not_found, "no such tile");
  Bytes content = TRY(read_file(directory_.get(), tile_path(tile).c_str(), std::size_t{tile_width} * sizeof(Digest)));
  if (content.size() != tile.width * sizeof(Digest))
    return fail(Errc::corrupt, "a tile of the ledger has a wrong size");
  return content;
}

Result<Proof> LedgerStore::inclusion(std::uint64_t index) const {
  std::map<std::pair<unsigned, std::uint64_t>, Bytes> tiles;
  const auto subtree = [&](unsigned level, std::uint64_t at) -> Result<Digest> {
    const unsigned tile_level = level / tile_height;
    const std::uint64_t count = std::uint64_t{1} << (level % tile_height);
    const std::uint64_t first = at * count;  // hash of the tile's level
    const std::uint64_t place = first / tile_width;
    const auto [found, is_new] = tiles.try_emplace({tile_level, place});
    if (is_new) {
      const std::uint64_t rest = (checkpoint_size() >> (tile_height * tile_level)) - place * tile_width;
      found->second =
          TRY(read_tile({tile_level, place, static_cast<unsigned>(std::min<std::uint64_t>(rest, tile_width))}));
    }
    std::vector<Digest> hashes(count);
    for (std::size_t i = 0; i < count; ++i) {
      copy_to(hashes[i], ByteView{found->second}.subspan((first % tile_width + i) * sizeof(Digest), sizeof(Digest)));
    }
    for (std::size_t left = count; left > 1; left /= 2) {
      for (std::size_t i = 0; i < left / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
    }
    return hashes.front();
  };
  return inclusion_proof(index, checkpoint_size(), subtree);
}

}  // namespace bulkhead::ledger
