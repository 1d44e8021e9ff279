#include "proto/sftp/intake.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::sftp {
namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t write_prefix_size = length_size + 1 + 4 + 4;  // up to the length of the handle
constexpr std::size_t write_rest_size = 8 + 4;                      // offset, length of the data
constexpr std::size_t buffer_kept_max = 4'096;

std::uint32_t number_at(ByteView bytes, std::size_t at) {
  return Reader{bytes.subspan(at)}.u32();
}

}  // namespace

bool Intake::gather(ByteView& data, std::size_t size) {
  if (buffer_.size() >= size) return true;
  const std::size_t part = std::min(size - buffer_.size(), data.size());
  buffer_.insert(buffer_.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(part));
  data = data.subspan(part);
  return buffer_.size() == size;
}

Result<bool> Intake::feed(ByteView& data) {
  if (whole_) return true;
  if (!gather(data, length_size + 1)) return false;
  const std::uint32_t size = number_at(buffer_, 0);
  if (size < 5 || size > packet_size_max)
    return fail(Errc::invalid, "packet: shorter than a request, or over the limit");
  std::size_t wanted = length_size + size;
  if (static_cast<Type>(buffer_[length_size]) == Type::write) {
    const std::size_t packet_end = wanted;
    wanted = std::min(packet_end, write_prefix_size);
    if (!gather(data, wanted)) return false;
    if (wanted == write_prefix_size) {
      const std::size_t handle_size = number_at(buffer_, write_prefix_size - 4);
      // A handle over the limit leaves a head that parse_write_head() refuses.
      if (handle_size <= handle_text_max)
        wanted = std::min(packet_end, write_prefix_size + handle_size + write_rest_size);
    }
  }
  whole_ = gather(data, wanted);
  return whole_;
}

Result<Intake::Item> Intake::item() const {
  ENSURE(whole_);
  const ByteView packet = ByteView{buffer_}.subspan(length_size);
  if (static_cast<Type>(packet.front()) != Type::write) return Item{TRY(parse_request(packet))};
  const std::uint32_t size = number_at(buffer_, 0);
  Result<WriteHead> head = parse_write_head(packet, size);
  if (head.ok()) return Item{*head};
  return Item{Skip{number_at(packet, 1), static_cast<std::uint32_t>(size - packet.size()), std::move(head).error()}};
}

void Intake::pop() {
  ENSURE(whole_);
  whole_ = false;
  buffer_.clear();
  if (buffer_.capacity() > buffer_kept_max) buffer_.shrink_to_fit();
}

}  // namespace bulkhead::sftp
