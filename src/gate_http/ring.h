#pragma once
// The gate's side of one open file at its porter: content in shared memory, whose slots the gate hands out with asks that it
// sends ahead (ipc/data_asks.h). While one of these has asks on their way nothing else may be asked of the porter.
#include <deque>

#include "ipc/channel.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_http {

// The asks on their way to the porter; they are answered in order.
class RingAsks {
 public:
  explicit RingAsks(ipc::Channel& porter) : porter_{porter} {}

  std::size_t count() const { return sent_; }
  template <class Request>
  Result<void> send(const Request& request) {
    ++sent_;
    return porter_.send(ipc::Frame{Request::number, ipc::Kind::ask, next_serial_++, ipc::encode(request), {}});
  }
  // The answer to the oldest one. A refusal comes back as its Error; io when the porter is gone or out of turn.
  template <class Request>
  Result<typename Request::Reply> take() {
    const Bytes body = TRY(take_answer(Request::number));
    return ipc::decode<typename Request::Reply>(body, "answer");
  }

 private:
  Result<Bytes> take_answer(std::uint16_t number);

  ipc::Channel& porter_;
  std::size_t sent_ = 0;
  std::uint32_t next_serial_ = 0x8000'0000;  // those of Channel::ask are small
  std::uint32_t expected_ = 0x8000'0000;
};

// Reads a part of a file from front to back.
class RingSource {
 public:
  // The part lies within the file.
  RingSource(ipc::Channel& porter, MutableByteView ring, std::uint32_t handle, std::uint64_t offset, std::uint64_t length)
      : asks_{porter}, ring_{ring}, handle_{handle}, next_{offset}, end_{offset + length} {}

  // The next piece, good until the next call; empty at the end. After an Error close the connection.
  Result<ByteView> next();

 private:
  struct Block {
    std::uint32_t slot = 0;
    std::uint32_t size = 0;
  };
  Result<void> ask_ahead();

  RingAsks asks_;
  MutableByteView ring_;
  std::uint32_t handle_;
  std::uint64_t next_;  // the first byte that was not asked for yet
  std::uint64_t end_;
  std::deque<Block> asked_;
  std::uint32_t next_slot_ = 0;
};

// Writes a file from front to back. After an Error only abort() makes sense.
class RingSink {
 public:
  // `offset`: where the first byte goes.
  RingSink(ipc::Channel& porter, MutableByteView ring, std::uint32_t handle, std::uint64_t offset = 0)
      : porter_{porter}, asks_{porter}, ring_{ring}, handle_{handle}, given_{offset} {}

  Result<void> write(ByteView data);
  // `finish` without its handle. Afterwards the handle has ended, with an Error too.
  Result<asks::FileRow> finish(asks::Finish finish);
  // What was written is at the porter; with an Error something of it was refused. The handle goes on.
  Result<void> settle();
  // Nothing of this file stays.
  void abort();

 private:
  Result<void> give_slot();

  ipc::Channel& porter_;
  RingAsks asks_;
  MutableByteView ring_;
  std::uint32_t handle_;
  std::uint64_t given_ = 0;    // where the next slot goes
  std::uint32_t slot_ = 0;     // being filled
  std::uint32_t filled_ = 0;   // bytes of it
};

}  // namespace bulkhead::gate_http
