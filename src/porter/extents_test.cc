#include "porter/extents.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace bulkhead::porter {
namespace {

TEST_CASE("ranges against one flag a byte") {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    Extents extents;
    std::vector<bool> bytes(64);
    for (int step = 0; step < 30; ++step) {
      const std::uint64_t start = random() % 64;
      const std::uint64_t end = start + random() % (65 - start);
      const bool adds = random() % 3 != 0;
      adds ? extents.add(start, end) : extents.remove(start, end);
      for (std::uint64_t i = start; i < end; ++i) bytes[i] = adds;
      std::size_t parts = 0;
      std::size_t prefix = 0;
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] && (i == 0 || !bytes[i - 1])) ++parts;
        if (bytes[i] && prefix == i) ++prefix;
      }
      CHECK(extents.count() == parts);
      CHECK(extents.prefix() == prefix);
      const std::uint64_t from = random() % 64;
      const std::uint64_t to = from + 1 + random() % (64 - from);
      bool any = false;
      bool all = true;
      for (std::uint64_t i = from; i < to; ++i) {
        any = any || bytes[i];
        all = all && bytes[i];
      }
      CHECK(extents.meets(from, to) == any);
      CHECK(extents.covers(from, to) == all);
    }
  }
}

TEST_CASE("the smallest gap goes first, and nothing is lost") {
  Extents extents;
  extents.add(0, 10);
  extents.add(20, 30);
  extents.add(33, 40);
  extents.add(100, UINT64_MAX);
  extents.join_closest();
  CHECK(extents.ranges() == std::map<std::uint64_t, std::uint64_t>{{0, 10}, {20, 40}, {100, UINT64_MAX}});
  extents.join_closest();
  CHECK(extents.ranges() == std::map<std::uint64_t, std::uint64_t>{{0, 40}, {100, UINT64_MAX}});
}

}  // namespace
}  // namespace bulkhead::porter
