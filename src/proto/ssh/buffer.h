#pragma once
// A byte queue in one piece of memory: bytes come in at the end and go at the front. Grows by doubling, moves what is
// left to the front only when the end is reached, and never fills memory that it does not hand out.
#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/die.h"
#include "base/secret.h"

namespace bulkhead::ssh {

class Buffer {
 public:
  explicit Buffer(std::size_t capacity)
      : memory_{std::make_unique_for_overwrite<std::uint8_t[]>(capacity)}, capacity_{capacity} {}
  ~Buffer() { wipe(all()); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::size_t size() const { return end_ - start_; }
  std::size_t capacity() const { return capacity_; }
  ByteView view() const { return {memory_.get() + start_, size()}; }
  MutableByteView mutable_view() { return {memory_.get() + start_, size()}; }

  // All of the room after the last byte: at least `size` bytes. Views that were given out before are void.
  MutableByteView space(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    return {memory_.get() + end_, capacity_ - end_};
  }
  // The first `size` bytes of space() are now content.
  void commit(std::size_t size) {
    ENSURE(size <= capacity_ - end_);
    end_ += size;
  }
  void consume(std::size_t size) {
    ENSURE(size <= this->size());
    start_ += size;
    if (start_ == end_) start_ = end_ = 0;
  }

 private:
  MutableByteView all() { return {memory_.get(), capacity_}; }
  void make_room(std::size_t size) {
    const std::size_t held = this->size();
    // Moving pays off only when at least as much was consumed as is moved.
    if (held + size <= capacity_ && held <= start_) {
      std::memmove(memory_.get(), memory_.get() + start_, held);
    } else {
      std::size_t capacity = capacity_;
      while (capacity < held + size) capacity *= 2;
      Buffer larger{capacity};
      copy_to(larger.all(), view());
      std::swap(memory_, larger.memory_);
      std::swap(capacity_, larger.capacity_);
    }
    start_ = 0;
    end_ = held;
  }

  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t capacity_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

}  // namespace bulkhead::ssh
