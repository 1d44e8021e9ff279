#include "gate_http/ring.h"

#include <algorithm>

namespace bulkhead::gate_http {
namespace {

// Enough that the porter never waits. What was asked for counts as sent, so no more than that.
constexpr std::size_t reads_ahead = 8;
static_assert(reads_ahead < asks::ring_slots);  // beside the slot that the caller looks at

MutableByteView slot_of(MutableByteView ring, std::uint32_t slot) {
  return ring.subspan(std::size_t{slot} * asks::ring_slot_size, asks::ring_slot_size);
}

}  // namespace

Result<Bytes> RingAsks::take_answer(std::uint16_t number) {
  --sent_;
  std::optional<ipc::Frame> frame = TRY(porter_.receive());
  if (!frame) return fail(Errc::io, "the porter is gone");
  if (frame->number != number || frame->serial != expected_++) return fail(Errc::io, "the porter answered out of turn");
  if (frame->kind == ipc::Kind::refusal) return ipc::parse_refusal(frame->body);
  if (frame->kind != ipc::Kind::answer) return fail(Errc::io, "the porter answered out of turn");
  return std::move(frame->body);
}

Result<ByteView> RingSource::next() {
  TRY(ask_ahead());
  if (asked_.empty()) return ByteView{};
  const Block block = asked_.front();
  asked_.pop_front();
  const asks::ReadBlock::Reply reply = TRY(asks_.take<asks::ReadBlock>());
  if (reply.size != block.size) return fail(Errc::io, "the porter read less than there is");
  return ByteView{slot_of(ring_, block.slot).first(block.size)};
}

// In slots used one after the other, so that the one that next() gave out last is not among them.
Result<void> RingSource::ask_ahead() {
  while (next_ < end_ && asked_.size() < reads_ahead) {
    // Up to a border of slots: then the porter opens each chunk once.
    const std::uint64_t size = std::min(asks::ring_slot_size - next_ % asks::ring_slot_size, end_ - next_);
    const Block block{next_slot_, static_cast<std::uint32_t>(size)};
    TRY(asks_.send(asks::ReadBlock{handle_, next_, block.slot, block.size}));
    asked_.push_back(block);
    next_ += size;
    next_slot_ = (next_slot_ + 1) % asks::ring_slots;
  }
  return {};
}

Result<void> RingSink::write(ByteView data) {
  while (!data.empty()) {
    if (filled_ == 0 && asks_.count() == asks::ring_slots) TRY(asks_.take<asks::WriteBlock>());
    const std::size_t part = std::min<std::size_t>(data.size(), asks::ring_slot_size - filled_);
    copy_to(slot_of(ring_, slot_).subspan(filled_), data.first(part));
    filled_ += static_cast<std::uint32_t>(part);
    data = data.subspan(part);
    if (filled_ == asks::ring_slot_size) TRY(give_slot());
  }
  return {};
}

// Slots are used one after the other, and come back in that order.
Result<void> RingSink::give_slot() {
  TRY(asks_.send(asks::WriteBlock{handle_, given_, slot_, filled_}));
  given_ += std::exchange(filled_, 0);
  slot_ = (slot_ + 1) % asks::ring_slots;
  return {};
}

Result<void> RingSink::settle() {
  Result<void> settled;
  if (filled_ > 0) settled = give_slot();
  while (asks_.count() > 0) {
    const Result<ipc::Nothing> written = asks_.take<asks::WriteBlock>();
    if (!written.ok() && settled.ok()) settled = written.error();
  }
  return settled;
}

Result<asks::FileRow> RingSink::finish(asks::Finish finish) {
  TRY(settle());
  finish.handle = handle_;
  return porter_.ask(finish);
}

void RingSink::abort() {
  // If even this fails the porter is gone, and the next ask will say so.
  while (asks_.count() > 0) static_cast<void>(asks_.take<asks::WriteBlock>());
  static_cast<void>(porter_.ask(asks::Close{handle_}));
}

}  // namespace bulkhead::gate_http
