#include "gate_ssh/sftp/reply_queue.h"

#include <algorithm>

#include "proto/sftp/replies.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr std::size_t items_max = 512;
constexpr std::size_t packets_size_max = 1U << 20U;  // bytes
constexpr std::size_t pieces_max = 256;              // of one send

}  // namespace

ReplyQueue::Item& ReplyQueue::push(Item item) {
  packets_size_ += item.packet.size();
  return items_.emplace_back(std::move(item));
}

void ReplyQueue::add(Bytes packet) {
  push({std::move(packet), true, 0, {}, {}});
}

ReplyQueue::Ticket ReplyQueue::promise() {
  push({});
  return first_ + items_.size() - 1;
}

void ReplyQueue::fill(Ticket ticket, Bytes packet) {
  if (ticket < first_ || ticket - first_ >= items_.size()) return;
  Item& item = items_[static_cast<std::size_t>(ticket - first_)];
  ENSURE(!item.ready);
  packets_size_ += packet.size();
  item.packet = std::move(packet);
  item.ready = true;
}

void ReplyQueue::add_read(std::uint32_t id, ReadFile& file, const Range& range) {
  push({{}, false, id, FileData{&file, range}, {}});
}

void ReplyQueue::keep(std::unique_ptr<ReadFile> file) {
  push({{}, true, 0, {}, std::move(file)});
}

bool ReplyQueue::full() const {
  return items_.size() >= items_max || packets_size_ >= packets_size_max;
}

bool ReplyQueue::prepare(Item& item) {
  if (item.ready) return true;
  if (!item.data || !item.data->file->ready(item.data->range)) return false;
  const std::optional<Error>& error = item.data->file->error();
  if (error) {
    item.data->file->done(item.data->range);
    item.data.reset();
    item.packet = sftp::status_reply(item.id, sftp::status_of(error->kind()), error->message());
  } else {
    item.packet = to_bytes(sftp::data_head(item.id, item.data->range.size));
  }
  packets_size_ += item.packet.size();
  item.ready = true;
  return true;
}

// Adds what of the item is behind `skip` bytes. False: there was not room for all.
bool ReplyQueue::collect(const Item& item, std::size_t skip, std::size_t& room) {
  const auto add = [&](ByteView view) {
    const std::size_t skipped = std::min(skip, view.size());
    skip -= skipped;
    view = view.subspan(skipped);
    const std::size_t part = std::min(room, view.size());
    room -= part;
    if (part > 0) pieces_.push_back(view.first(part));
    return part == view.size();
  };
  if (!add(item.packet)) return false;
  if (!item.data) return true;
  const Pieces pieces = item.data->file->pieces(item.data->range);
  for (const ByteView view : pieces.all()) {
    if (!add(view)) return false;
  }
  return true;
}

bool ReplyQueue::send() {
  bool moved = false;
  for (;;) {
    const std::size_t room_at_start = outlet_.room();
    std::size_t room = room_at_start;
    std::size_t whole = 0;
    std::size_t part_start = room;
    pieces_.clear();
    while (whole < items_.size() && pieces_.size() < pieces_max && prepare(items_[whole])) {
      part_start = room;
      if (!collect(items_[whole], whole == 0 ? front_sent_ : 0, room)) break;
      part_start = room;
      ++whole;
    }
    if (!pieces_.empty()) outlet_.send(pieces_);
    if (pieces_.empty() && whole == 0) return moved;
    moved = true;
    const std::size_t part = part_start - room;
    front_sent_ = whole == 0 ? front_sent_ + part : part;
    for (std::size_t i = 0; i < whole; ++i) pop();
  }
}

void ReplyQueue::pop() {
  Item& item = items_.front();
  if (item.data) item.data->file->done(item.data->range);
  packets_size_ -= item.packet.size();
  items_.pop_front();
  ++first_;
}

void ReplyQueue::clear() {
  first_ += items_.size();
  items_.clear();
  front_sent_ = packets_size_ = 0;
}

}  // namespace bulkhead::gate_ssh
