#pragma once
// One file open for reading, from OpenRead or OpenVersion to Sent.
#include "ipc/data_asks.h"
#include "porter/extents.h"
#include "porter/lease.h"
#include "porter/progress.h"
#include "porter/ring.h"

namespace bulkhead::porter {

inline constexpr std::size_t sent_ranges_max = 128;  // of one report; beyond that the smallest gaps count as sent

class Download {
 public:
  // Gets the key of what was leased. `handle`: the number it will have.
  static Result<Download> open(const Context& context, std::uint32_t handle, Lease lease);

  std::uint64_t size() const { return size_; }

  // Opens the chunks concerned and copies what was asked for into the slot. Errc::corrupt, and not a byte of the bad
  // chunk in the slot, when a chunk is not authentic. Slot and size are within the ring.
  Result<asks::ReadBlock::Reply> read(Workspace& space, Ring& ring, const asks::ReadBlock& ask);

  // Tells keeper of it, now and then.
  void report(ipc::Channel& keeper) { progress_.tell(keeper, given_, size_); }
  void report_end(ipc::Channel& keeper, bool complete) const;

  // What the gate was given. This may be more than reached the peer, but never less: it counts before the gate hears of it.
  // `complete`: the gate ended it, and every read succeeded.
  asks::Sent sent(bool complete) const;

 private:
  Download(Lease lease, const asks::Release::Reply& released, std::uint32_t handle);

  Result<void> open_empty(Workspace& space);
  void give(Ring& ring, const asks::ReadBlock& ask, ByteView chunk, std::uint64_t& next, std::uint64_t end);

  Reading reading_;
  Storage storage_;
  SealedReader reader_;
  std::uint32_t handle_;
  std::uint64_t release_;  // index in the ledger
  std::uint64_t size_;
  Extents sent_;
  std::uint64_t given_ = 0;  // bytes, those given twice counted twice
  Progress progress_;
  bool failed_ = false;
};

}  // namespace bulkhead::porter
