#include "gate_http/ring.h"

#include <algorithm>

namespace bulkhead::gate_http {
namespace {

MutableByteView slot_of(MutableByteView ring, std::uint32_t slot) {
  return ring.subspan(std::size_t{slot} * asks::ring_slot_size, asks::ring_slot_size);
}

Result<ipc::Frame> next_frame(ipc::Channel& porter) {
  std::optional<ipc::Frame> frame = TRY(porter.receive());
  if (!frame) return fail(Errc::io, "the porter is gone");
  return std::move(*frame);
}

Error broken(const ipc::Frame& frame) {
  const Result<asks::Broken> notice = ipc::decode<asks::Broken>(frame.body);
  if (!notice.ok() || notice->errc == 0 || notice->errc > static_cast<std::uint8_t>(errc_max)) return fail(Errc::io, "the porter broke off");
  return fail(static_cast<Errc>(notice->errc), notice->message);
}

}  // namespace

Result<ByteView> RingSource::next() {
  if (held_) TRY(porter_.notify(asks::Freed{*std::exchange(held_, std::nullopt)}));
  if (last_) return ByteView{};
  const ipc::Frame frame = TRY(next_frame(porter_));
  if (frame.number == asks::Broken::number) return broken(frame);
  if (frame.number != asks::Filled::number) return fail(Errc::io, "the porter spoke out of turn");
  const asks::Filled filled = TRY(ipc::decode<asks::Filled>(frame.body));
  if (filled.slot >= asks::ring_slots || filled.size > asks::ring_slot_size) return fail(Errc::io, "the porter named a slot that is none");
  held_ = filled.slot;
  last_ = filled.last;
  if (filled.size == 0) return next();
  return ByteView{slot_of(ring_, filled.slot).first(filled.size)};
}

Result<void> RingSink::write(ByteView data) {
  while (!data.empty()) {
    if (!slot_) TRY(take_slot());
    const std::size_t part = std::min<std::size_t>(data.size(), asks::ring_slot_size - filled_);
    copy_to(slot_of(ring_, *slot_).subspan(filled_), data.first(part));
    filled_ += static_cast<std::uint32_t>(part);
    data = data.subspan(part);
    if (filled_ == asks::ring_slot_size) TRY(give_slot());
  }
  return {};
}

Result<void> RingSink::take_slot() {
  for (;;) {
    const auto found = std::find(free_.begin(), free_.end(), true);
    if (found != free_.end()) {
      *found = false;
      slot_ = static_cast<std::uint32_t>(found - free_.begin());
      filled_ = 0;
      return {};
    }
    const ipc::Frame frame = TRY(next_frame(porter_));
    TRY(take_notice(frame));
  }
}

Result<void> RingSink::give_slot() {
  return porter_.notify(asks::Filled{*std::exchange(slot_, std::nullopt), filled_, false});
}

Result<void> RingSink::take_notice(const ipc::Frame& frame) {
  if (frame.number == asks::Broken::number) return broken(frame);
  if (frame.number != asks::Freed::number) return fail(Errc::io, "the porter spoke out of turn");
  const asks::Freed freed = TRY(ipc::decode<asks::Freed>(frame.body));
  if (freed.slot >= asks::ring_slots || free_[freed.slot]) return fail(Errc::io, "the porter freed a slot that was not filled");
  free_[freed.slot] = true;
  return {};
}

// Like Channel::ask, while notices of the transfer may still be on their way.
template <class Request>
Result<typename Request::Reply> RingSink::ask(const Request& request) {
  constexpr std::uint32_t serial = 0xFFFF'FFFF;
  TRY(porter_.send(ipc::Frame{Request::number, ipc::Kind::ask, serial, ipc::encode(request), {}}));
  for (;;) {
    const ipc::Frame frame = TRY(next_frame(porter_));
    if (frame.kind == ipc::Kind::notice) {
      if (frame.number == asks::Broken::number) continue;  // the answer will say the same
      TRY(take_notice(frame));
      continue;
    }
    if (frame.number != Request::number || frame.serial != serial) return fail(Errc::io, "the porter answered out of turn");
    if (frame.kind == ipc::Kind::refusal) return ipc::parse_refusal(frame.body);
    return ipc::decode<typename Request::Reply>(frame.body, "answer");
  }
}

Result<asks::FileRow> RingSink::finish(const asks::Finish& finish) {
  if (slot_ && filled_ > 0) TRY(give_slot());
  return ask(finish);
}

void RingSink::abort() {
  // If even this fails the porter is gone, and the next ask will say so.
  static_cast<void>(ask(asks::Abort{}));
}

}  // namespace bulkhead::gate_http
