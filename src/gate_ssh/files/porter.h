#pragma once
// Porter: the gate's end of data_asks (ipc/data_asks.h). Sends asks ahead, takes the answers in their order, and hands
// out the slots of the shared memory. Never waits, but for settle().
//
// Slots: a file takes one when it needs one, and is then bound to give one up when another file needs it (SlotHolder):
// what lies there read ahead is dropped, what was gathered for writing is sent off. So no file can keep the others from
// going on.
#include <deque>
#include <functional>
#include <optional>

#include "ipc/channel.h"
#include "ipc/data_asks.h"

namespace bulkhead::gate_ssh {

// What is read ahead leaves as many: the others must not have to ask for theirs each time.
inline constexpr std::uint32_t slots_kept_free = 2;

class SlotHolder {
 public:
  enum class Yield {
    nothing,  // none that could be given up
    soon,     // one is on its way to the porter and comes back with the answer
    now,      // one was given back
  };
  virtual Yield yield_slot() = 0;

 protected:
  ~SlotHolder() = default;
};

class Porter {
 public:
  // `channel` is non-blocking and, as `ring`, outlives this. The first ask makes the porter adopt `capability`.
  Porter(ipc::Channel& channel, MutableByteView ring, Bytes capability);

  // A later capability of the same principal.
  void renew(Bytes capability);

  int fd() const { return channel_.fd(); }
  // Takes the answers that are there, and calls whoever waits for them. False: the porter is gone, and every ask is
  // answered with Errc::io from now on.
  bool on_readable();
  // Waits until everything that was asked is answered, at most `timeout_ms`. For the end of a connection: what was
  // written is in the draft then. False: the porter is gone, or time is up.
  bool settle(int timeout_ms);

  // `then` gets the answer, maybe before ask() returns (a porter that is gone, a field that is too long). `owner` is
  // who may forget it. `slot`, if given, is one that was taken: it is the porter's until the answer, and still the
  // asker's then, but it is given back if the owner has forgotten the ask.
  template <class Request>
  void ask(const void* owner, const Request& request, std::function<void(Result<typename Request::Reply>)> then,
           std::optional<std::uint32_t> slot = {}) {
    post(owner, Request::number, ipc::encode(request), slot, [then = std::move(then)](Result<ByteView> body) {
      if (!body.ok()) return then(std::move(body).error());
      then(ipc::decode<typename Request::Reply>(*body, "answer"));
    });
  }
  // The owner's answers find nobody from now on. A file that is opened for nobody is closed again, a draft kept.
  void forget(const void* owner);
  std::size_t pending() const { return pending_.size(); }

  // A slot, if one is free or another holder can give one up at once. Empty: try again after the next answers.
  std::optional<std::uint32_t> take_slot();
  void give_back(std::uint32_t slot);
  MutableByteView bytes_of(std::uint32_t slot) const;
  std::uint32_t free_slots() const { return free_count_; }
  // Slots that one holder may have in hand without a need, such as for reading ahead. At least 1.
  std::uint32_t fair_share() const;

  void join(SlotHolder& holder) { holders_.push_back(&holder); }
  void leave(SlotHolder& holder);

 private:
  enum class Adopted { no, asked, yes };
  struct Pending {
    std::uint32_t serial;
    std::uint16_t number;
    const void* owner;  // null: forgotten
    std::optional<std::uint32_t> slot;
    std::function<void(Result<ByteView>)> then;
  };

  void post(const void* owner, std::uint16_t number, Bytes body, std::optional<std::uint32_t> slot,
            std::function<void(Result<ByteView>)> then);
  void adopt();
  void flush();
  bool take(const ipc::Frame& frame);
  void close_orphan(const Pending& asked, ByteView body);
  void answer(Pending asked, Result<ByteView> body);
  void end(std::string_view why);

  ipc::Channel& channel_;
  MutableByteView ring_;
  Bytes capability_;
  Adopted adopted_ = Adopted::no;
  bool gone_ = false;
  std::uint32_t next_serial_ = 1;
  std::deque<ipc::Frame> outbox_;  // waits for the adoption, or for room in the socket
  std::deque<Pending> pending_;    // in the order of the answers
  std::array<bool, asks::ring_slots> free_{};
  std::uint32_t free_count_ = asks::ring_slots;
  std::vector<SlotHolder*> holders_;
  std::size_t next_holder_ = 0;  // asked first for a slot, so that it is not always the same
};

}  // namespace bulkhead::gate_ssh
