#pragma once
// The memory that a porter shares with its gate: the slots of ipc/data_asks.h. What is in a slot is hostile and may
// change at any time. So this class copies, every byte once, and never lends a view of a slot.
#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "ipc/data_asks.h"

namespace bulkhead::porter {

class Ring {
 public:
  // `memory` has ring_size bytes and cannot shrink; it may be closed afterwards. Errc::io if it cannot be mapped,
  // Errc::invalid for another size.
  static Result<Ring> map(const Fd& memory);
  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&&) = delete;
  ~Ring();

  // The callers see to it that slot and bytes lie in the ring; anything else ends the process.
  void copy_out(MutableByteView to, std::uint32_t slot, std::size_t offset) const;
  void copy_in(std::uint32_t slot, std::size_t offset, ByteView from);

 private:
  explicit Ring(MutableByteView memory) : memory_{memory} {}
  MutableByteView part(std::uint32_t slot, std::size_t offset, std::size_t size) const;

  MutableByteView memory_;
};

}  // namespace bulkhead::porter
