#pragma once
// The gate's side of one transfer with its porter: content in shared memory, slots handed over by notices (ipc/data_asks.h).
#include <array>

#include "ipc/channel.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_http {

// Takes what the porter fills, in order.
class RingSource {
 public:
  RingSource(ipc::Channel& porter, MutableByteView ring) : porter_{porter}, ring_{ring} {}

  // The next part, good until the next call; empty at the end. corrupt or io: the transfer broke, close the connection.
  Result<ByteView> next();

 private:
  ipc::Channel& porter_;
  MutableByteView ring_;
  std::optional<std::uint32_t> held_;
  bool last_ = false;
};

// Gives content to the porter. After an Error only abort() makes sense.
class RingSink {
 public:
  RingSink(ipc::Channel& porter, MutableByteView ring) : porter_{porter}, ring_{ring} { free_.fill(true); }

  Result<void> write(ByteView data);
  Result<asks::FileRow> finish(const asks::Finish& finish);
  // Nothing of this transfer stays.
  void abort();

 private:
  Result<void> take_slot();
  Result<void> give_slot();
  Result<void> take_notice(const ipc::Frame& frame);
  template <class Request>
  Result<typename Request::Reply> ask(const Request& request);

  ipc::Channel& porter_;
  MutableByteView ring_;
  std::array<bool, asks::ring_slots> free_{};
  std::optional<std::uint32_t> slot_;  // being filled
  std::uint32_t filled_ = 0;
};

}  // namespace bulkhead::gate_http
