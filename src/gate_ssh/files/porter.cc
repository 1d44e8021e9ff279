#include "gate_ssh/files/porter.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/cat.h"
#include "base/clock.h"
#include "base/log.h"

namespace bulkhead::gate_ssh {

Porter::Porter(ipc::Channel& channel, MutableByteView ring, Bytes capability)
    : channel_{channel}, ring_{ring}, capability_{std::move(capability)} {
  ENSURE(ring_.size() == asks::ring_size);
  free_.fill(true);
}

void Porter::renew(Bytes capability) {
  capability_ = std::move(capability);
  if (adopted_ == Adopted::yes) adopt();
}

// The asks that follow the first adoption stay here until it is answered: unbound, the porter would take them for a
// violation.
void Porter::adopt() {
  if (adopted_ == Adopted::no) adopted_ = Adopted::asked;
  const std::uint32_t serial = next_serial_++;
  pending_.push_back({serial, asks::Adopt::number, this, {}, [this](const Result<ByteView>& answer) {
                        if (answer.ok()) {
                          adopted_ = Adopted::yes;
                          return flush();
                        }
                        if (adopted_ == Adopted::yes)
                          return;  // a renewal: the old one still holds, or the asks will say so
                        adopted_ = Adopted::no;
                        outbox_.clear();
                        for (Pending& asked : std::exchange(pending_, {}))
                          this->answer(std::move(asked), answer.error());
                      }});
  outbox_.push_back({asks::Adopt::number, ipc::Kind::ask, serial, ipc::encode(asks::Adopt{capability_}), {}});
  flush();
}

void Porter::post(const void* owner, std::uint16_t number, Bytes body, std::optional<std::uint32_t> slot,
                  std::function<void(Result<ByteView>)> then) {
  Pending asked{0, number, owner, slot, std::move(then)};
  if (gone_) return answer(std::move(asked), fail(Errc::io, "the server's file process is gone; connect again"));
  const ipc::Row* row = ipc::find_row(asks::data_asks, number);
  ENSURE(row != nullptr);
  if (body.size() > row->size_max)
    return answer(std::move(asked), fail(Errc::too_large, "a text of the request is too long"));
  if (adopted_ == Adopted::no) adopt();
  asked.serial = next_serial_++;
  outbox_.push_back({number, ipc::Kind::ask, asked.serial, std::move(body), {}});
  pending_.push_back(std::move(asked));
  flush();
}

// What does not fit into the socket goes with the next answer: a full socket means that answers are to come.
void Porter::flush() {
  while (!outbox_.empty()) {
    if (adopted_ != Adopted::yes && outbox_.front().number != asks::Adopt::number) return;
    const Result<void> sent = channel_.send(outbox_.front());
    if (!sent.ok()) return;  // full; or gone, which on_readable() sees next
    outbox_.pop_front();
  }
}

bool Porter::on_readable() {
  while (!gone_) {
    const Result<std::optional<ipc::Frame>> frame = channel_.receive();
    if (!frame.ok() && frame.error().kind() == Errc::exhausted) break;
    if (!frame.ok()) {
      end(frame.error().message());
    } else if (!frame->has_value()) {
      end("it closed the channel");
    } else if (!take(**frame)) {
      end("it answered out of turn");
    }
  }
  flush();
  return !gone_;
}

bool Porter::take(const ipc::Frame& frame) {
  if (pending_.empty() || pending_.front().serial != frame.serial || pending_.front().number != frame.number)
    return false;
  if (frame.kind != ipc::Kind::answer && frame.kind != ipc::Kind::refusal) return false;
  if (!frame.descriptors.empty()) return false;
  Pending asked = std::move(pending_.front());
  pending_.pop_front();
  if (frame.kind == ipc::Kind::refusal) {
    answer(std::move(asked), ipc::parse_refusal(frame.body));
  } else if (asked.owner == nullptr) {
    close_orphan(asked, frame.body);
    answer(std::move(asked), ByteView{frame.body});
  } else {
    answer(std::move(asked), ByteView{frame.body});
  }
  return true;
}

void Porter::answer(Pending asked, Result<ByteView> body) {
  if (asked.owner != nullptr) return asked.then(std::move(body));
  if (asked.slot) give_back(*asked.slot);
}

void Porter::close_orphan(const Pending& asked, ByteView body) {
  if (asked.number == asks::OpenRead::number) {
    const Result<asks::OpenRead::Reply> opened = ipc::decode<asks::OpenRead::Reply>(body);
    if (opened.ok()) ask<asks::Close>(nullptr, {opened->handle}, {});
  }
  if (asked.number == asks::OpenPath::number) {
    const Result<asks::OpenPath::Reply> opened = ipc::decode<asks::OpenPath::Reply>(body);
    if (opened.ok()) ask<asks::Close>(nullptr, {opened->handle}, {});
  }
  if (asked.number == asks::OpenWrite::number) {
    const Result<asks::OpenWrite::Reply> opened = ipc::decode<asks::OpenWrite::Reply>(body);
    if (opened.ok()) ask<asks::Keep>(nullptr, {opened->handle}, {});
  }
}

void Porter::forget(const void* owner) {
  for (Pending& asked : pending_) {
    if (asked.owner == owner) asked.owner = nullptr;
  }
}

void Porter::end(std::string_view why) {
  log(Level::error, "porter_gone", {{"why", why}});
  gone_ = true;
  outbox_.clear();
  for (Pending& asked : std::exchange(pending_, {})) {
    answer(std::move(asked), fail(Errc::io, "the server's file process is gone; connect again"));
  }
}

bool Porter::settle(int timeout_ms) {
  const MonotonicMs until = monotonic_now_ms() + timeout_ms;
  while (!pending_.empty() && !gone_) {
    const MonotonicMs left = until - monotonic_now_ms();
    if (left <= 0) return false;
    pollfd state{channel_.fd(), POLLIN, 0};
    if (::poll(&state, 1, static_cast<int>(left)) < 0) ENSURE(errno == EINTR);
    on_readable();
  }
  return !gone_;
}

std::optional<std::uint32_t> Porter::take_slot() {
  for (std::size_t i = 0; i < holders_.size() && free_count_ == 0; ++i) {
    next_holder_ = (next_holder_ + 1) % holders_.size();
    if (holders_[next_holder_]->yield_slot() == SlotHolder::Yield::soon) return std::nullopt;
  }
  const auto found = std::find(free_.begin(), free_.end(), true);
  if (found == free_.end()) return std::nullopt;
  *found = false;
  --free_count_;
  return static_cast<std::uint32_t>(found - free_.begin());
}

void Porter::give_back(std::uint32_t slot) {
  ENSURE(slot < asks::ring_slots && !free_[slot]);
  free_[slot] = true;
  ++free_count_;
}

MutableByteView Porter::bytes_of(std::uint32_t slot) const {
  ENSURE(slot < asks::ring_slots && !free_[slot]);
  return ring_.subspan(std::size_t{slot} * asks::ring_slot_size, asks::ring_slot_size);
}

std::uint32_t Porter::fair_share() const {
  const auto holders = static_cast<std::uint32_t>(std::clamp<std::size_t>(holders_.size(), 1, asks::ring_slots));
  return std::max<std::uint32_t>(1, (asks::ring_slots - slots_kept_free) / holders);
}

void Porter::leave(SlotHolder& holder) {
  std::erase(holders_, &holder);
  next_holder_ = 0;
}

}  // namespace bulkhead::gate_ssh
