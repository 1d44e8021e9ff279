#include "core/ledger/tile.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace bulkhead::ledger {
namespace {

TEST_CASE("paths are those of the specification") {
  CHECK(tile_path({3, 1234067}) == "tile/3/x001/x234/067");
  CHECK(tile_path({0, 273, 112}) == "tile/0/273.p/112");
  CHECK(bundle_path({0, 1000, 1}) == "tile/entries/x001/000.p/1");
  CHECK(tile_path({0, 0}) == "tile/0/000");
}

TEST_CASE("new tiles are exactly those that an older tree has not") {
  std::ifstream file{BULKHEAD_VECTORS "/ledger/tiles.txt"};
  std::multiset<std::string> expected;
  std::multiset<std::string> made;
  int cases = 0;
  for (std::string text; std::getline(file, text);) {
    if (text.starts_with('#')) continue;
    if (!text.starts_with("new ")) {
      expected.insert(text);
      continue;
    }
    CHECK(made == expected);
    expected.clear();
    made.clear();
    std::istringstream line{text.substr(4)};
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    line >> from >> to;
    for (const Tile& each : new_tiles(from, to)) made.insert(tile_path(each));
    ++cases;
  }
  CHECK(made == expected);
  CHECK(cases == 8);
  CHECK(new_tiles(7, 7).empty());
  CHECK(new_tiles(8, 7).empty());
}

TEST_CASE("entry bundles hold exactly their entries") {
  Bytes bundle;
  append_bundle_entry(bundle, as_bytes("one"));
  append_bundle_entry(bundle, {});
  CHECK(bundle == Bytes{0, 3, 'o', 'n', 'e', 0, 0});
  const auto entries = parse_bundle(bundle, 2).value();
  CHECK(as_text(entries[0]) == "one");
  CHECK(entries[1].empty());
  CHECK_FALSE(parse_bundle(bundle, 1).ok());
  CHECK_FALSE(parse_bundle(bundle, 3).ok());
  CHECK_FALSE(parse_bundle(bundle, 0).ok());
  CHECK_FALSE(parse_bundle(ByteView{bundle}.first(4), 1).ok());
}

}  // namespace
}  // namespace bulkhead::ledger
