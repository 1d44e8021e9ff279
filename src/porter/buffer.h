#pragma once
// Private memory for the content of one transfer. Pages that were never used cost nothing; what was used is wiped when
// it goes.
#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/die.h"
#include "base/secret.h"

namespace bulkhead::porter {

class Buffer {
 public:
  explicit Buffer(std::size_t size) : bytes_{std::make_unique_for_overwrite<std::uint8_t[]>(size)}, size_{size} {}
  Buffer(Buffer&&) noexcept = default;
  Buffer& operator=(Buffer&&) = delete;
  ~Buffer() {
    if (bytes_) wipe({bytes_.get(), used_});
  }

  // To write to. The bytes are whatever they were before.
  MutableByteView part(std::size_t offset, std::size_t size) {
    ENSURE(offset <= size_ && size <= size_ - offset);
    used_ = std::max(used_, offset + size);
    return MutableByteView{bytes_.get(), size_}.subspan(offset, size);
  }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
  std::size_t used_ = 0;  // up to here it is wiped
};

}  // namespace bulkhead::porter
