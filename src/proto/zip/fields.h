#pragma once
// The fields of ZIP records: integers are little-endian (APPNOTE 4.4.1.1), and the two ways to write a time.
#include <concepts>

#include "base/bytes.h"
#include "base/clock.h"

namespace bulkhead::zip {

class Fields {
 public:
  Fields& u16(std::uint16_t value) { return number(value); }
  Fields& u32(std::uint32_t value) { return number(value); }
  Fields& u64(std::uint64_t value) { return number(value); }
  Fields& bytes(ByteView raw) {
    out_.insert(out_.end(), raw.begin(), raw.end());
    return *this;
  }
  std::size_t size() const { return out_.size(); }
  const Bytes& view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  template <std::unsigned_integral N>
  Fields& number(N value) {
    for (std::size_t i = 0; i < sizeof(N); ++i)
      out_.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> (8U * i)));
    return *this;
  }
  Bytes out_;
};

// APPNOTE 4.4.6: time, then date, in UTC. Before 1980 and after 2107: the nearest there is.
void put_dos_time(Fields& out, UnixMs time);
// The extra field "UT" of Info-ZIP: seconds since 1970, 32 bits signed. Nothing when the time does not fit.
void put_time_extra(Fields& out, UnixMs time);

}  // namespace bulkhead::zip
