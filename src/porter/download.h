#pragma once
// One read, from OpenRead to Sent. Keeps up to ring_slots slots filled ahead of the gate.
#include "ipc/data_asks.h"
#include "porter/lease.h"
#include "porter/ring.h"

namespace bulkhead::porter {

class Download {
 public:
  // Leases the content and gets its key. The part asked for ends at the end of the file, wherever `ask` puts it;
  // Errc::invalid, before anything is released, when it starts behind that.
  static Result<Download> open(ipc::Channel& keeper, ipc::Channel& vault, const asks::OpenRead& ask);

  std::uint64_t length() const { return end_ - start_; }

  // A slot is free, and something is left to put into it. An empty part is one empty slot, too.
  bool can_fill() const { return reader_ && !last_filled_ && filled_ - freed_ < asks::ring_slots; }
  // Opens the next group of chunks into the next slot. Errc::corrupt, and not a byte of the bad chunk in the slot, when
  // a chunk is not authentic.
  Result<asks::Filled> fill(Ring& ring);
  // False when that slot is not the one whose turn it is.
  bool take_back(const asks::Freed& freed);

  // Fills nothing more and forgets the key. What is in the ring may still be on its way.
  void give_up() { reader_.reset(); }
  bool given_up() const { return !reader_.has_value(); }
  // Nothing is in the ring, and nothing more comes.
  bool settled() const { return freed_ == filled_ && (last_filled_ || given_up()); }

  // What the gate was given so far. Of a transfer that was cut this may be more than reached the peer, by a ring at most,
  // but never less: a gate that dies has sent part of a slot that it did not free, and a hostile one frees none.
  asks::Sent sent() const;

 private:
  Download(Lease lease, const asks::Release::Reply& released, std::uint64_t start, std::uint64_t end);

  Storage storage_;
  std::optional<SealedReader> reader_;
  std::uint64_t release_;  // index in the ledger
  std::uint64_t start_;    // bytes of the file: the part asked for
  std::uint64_t end_;
  std::uint64_t next_;        // the first byte that is not in a slot yet
  std::uint64_t filled_ = 0;  // slots, ever
  std::uint64_t freed_ = 0;
  bool last_filled_ = false;
};

}  // namespace bulkhead::porter
