#include "porter/ring.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bulkhead::porter {
namespace {

TEST_CASE("two mappings of one memory see each other's bytes; another size is refused") {
  const Fd memory{::memfd_create("ring", MFD_CLOEXEC)};
  CHECK(Ring::map(memory).error().kind() == Errc::invalid);
  REQUIRE(::ftruncate(memory.get(), asks::ring_size) == 0);
  Ring one = Ring::map(memory).value();
  const Ring two = Ring::map(memory).value();
  one.copy_in(asks::ring_slots - 1, asks::ring_slot_size - 2, Bytes{1, 2});
  Bytes seen(3);
  two.copy_out(seen, asks::ring_slots - 1, asks::ring_slot_size - 3);
  CHECK(seen == Bytes{0, 1, 2});
}

}  // namespace
}  // namespace bulkhead::porter
