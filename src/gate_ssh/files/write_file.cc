#include "gate_ssh/files/write_file.h"

#include <algorithm>

namespace bulkhead::gate_ssh {
namespace {

constexpr std::uint64_t chunk_size = 64 * 1024;  // of the sealed form (docs/spec/sealed-file.md)

Result<void> without_value(Result<ipc::Nothing> answer) {
  if (!answer.ok()) return std::move(answer).error();
  return {};
}

}  // namespace

void WriteFile::open(Porter& porter, const void* owner, const asks::OpenWrite& ask, Opened then) {
  porter.ask<asks::OpenWrite>(owner, ask, [&porter, then = std::move(then)](Result<asks::OpenWrite::Reply> reply) {
    if (!reply.ok()) return then(std::move(reply).error());
    then(std::make_unique<WriteFile>(porter, reply->handle, reply->size));
  });
}

WriteFile::WriteFile(Porter& porter, std::uint32_t handle, std::uint64_t size)
    : porter_{porter}, handle_{handle}, size_{size} {
  porter_.join(*this);
}

WriteFile::~WriteFile() {
  if (!ended_) {
    flush();
    porter_.ask<asks::Keep>(nullptr, {handle_}, {});
  }
  porter_.leave(*this);
  porter_.forget(this);
}

bool WriteFile::gathers_at(std::uint64_t offset) const {
  return slot_ && offset == slot_offset_ + slot_size_;
}

std::size_t WriteFile::write(std::uint64_t offset, ByteView data) {
  ENSURE(!ended_ && offset <= INT64_MAX && data.size() <= INT64_MAX - offset);
  written_ = true;
  std::size_t taken = 0;
  while (taken < data.size() && !error_) {
    const std::uint64_t at = offset + taken;
    if (slot_ && !gathers_at(at)) flush();
    if (!slot_) {
      slot_ = porter_.take_slot();
      if (!slot_) return taken;
      slot_offset_ = at;
      slot_size_ = 0;
      slot_room_ = static_cast<std::uint32_t>(asks::ring_slot_size - at % chunk_size);
    }
    const std::size_t part = std::min<std::size_t>(data.size() - taken, slot_room_ - slot_size_);
    copy_to(porter_.bytes_of(*slot_).subspan(slot_size_), data.subspan(taken, part));
    slot_size_ += static_cast<std::uint32_t>(part);
    taken += part;
    size_ = std::max(size_, at + part);
    if (slot_size_ == slot_room_) flush();
  }
  return data.size();
}

void WriteFile::flush() {
  if (!slot_) return;
  const std::uint32_t slot = *std::exchange(slot_, std::nullopt);
  if (slot_size_ == 0) return porter_.give_back(slot);
  porter_.ask<asks::WriteBlock>(
      this, {handle_, slot_offset_, slot, slot_size_},
      [this, slot](Result<ipc::Nothing> answer) {
        porter_.give_back(slot);
        if (!answer.ok() && !error_) error_ = std::move(answer).error();
      },
      slot);
}

void WriteFile::truncate(std::uint64_t size, Answered then) {
  ENSURE(!ended_);
  flush();
  written_ = true;
  size_ = size;
  porter_.ask<asks::Truncate>(this, {handle_, size}, [this, then = std::move(then)](Result<ipc::Nothing> answer) {
    if (!answer.ok() && !error_) error_ = answer.error();
    then(without_value(std::move(answer)));
  });
}

void WriteFile::sync(Answered then) {
  ENSURE(!ended_);
  flush();
  porter_.ask<asks::Sync>(this, {handle_}, [then = std::move(then)](Result<ipc::Nothing> answer) {
    then(without_value(std::move(answer)));
  });
}

void WriteFile::finish(const void* owner, std::optional<std::int64_t> modified_ms, Finished then) {
  ENSURE(!ended_);
  flush();
  ended_ = true;
  porter_.ask<asks::Finish>(owner, {handle_, 0, {}, {}, modified_ms}, std::move(then));
}

void WriteFile::drop() {
  ENSURE(!ended_);
  if (slot_) porter_.give_back(*std::exchange(slot_, std::nullopt));
  ended_ = true;
  porter_.ask<asks::Close>(nullptr, {handle_}, {});
}

SlotHolder::Yield WriteFile::yield_slot() {
  if (!slot_) return Yield::nothing;
  flush();
  return Yield::soon;
}

}  // namespace bulkhead::gate_ssh
