#pragma once
// CRC-32 as in ZIP (APPNOTE 4.4.7): the reflected polynomial 0xedb88320, eight bytes a step. Guards against a failing
// line, not against a person.
#include "base/bytes.h"

namespace bulkhead::zip {

class Crc32 {
 public:
  void add(ByteView data);
  std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = UINT32_MAX;
};

}  // namespace bulkhead::zip
