#include "porter/ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

namespace bulkhead::porter {

Result<Ring> Ring::map(const Fd& memory) {
  if (::lseek(memory.get(), 0, SEEK_END) != static_cast<off_t>(asks::ring_size)) {
    return fail(Errc::invalid, "the shared memory has another size than agreed");
  }
  void* start = ::mmap(nullptr, asks::ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (start == MAP_FAILED) return fail_errno("map the shared memory");
  return Ring{MutableByteView{static_cast<std::uint8_t*>(start), asks::ring_size}};
}

Ring::Ring(Ring&& other) noexcept : memory_{std::exchange(other.memory_, {})} {}

Ring::~Ring() {
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

void Ring::copy_out(MutableByteView to, std::uint32_t slot, std::size_t offset) const {
  copy_to(to, part(slot, offset, to.size()));
  // Nothing after this line may look at the slot again, not even because the compiler found it to be equal.
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void Ring::copy_in(std::uint32_t slot, std::size_t offset, ByteView from) {
  copy_to(part(slot, offset, from.size()), from);
}

MutableByteView Ring::part(std::uint32_t slot, std::size_t offset, std::size_t size) const {
  ENSURE(slot < asks::ring_slots && offset <= asks::ring_slot_size && size <= asks::ring_slot_size - offset);
  return memory_.subspan(std::size_t{slot} * asks::ring_slot_size + offset, size);
}

}  // namespace bulkhead::porter
