#include "proto/zip/fields.h"

#include <algorithm>
#include <chrono>

namespace bulkhead::zip {
namespace {

constexpr UnixMs dos_first_ms = UnixMs{315'532'800} * 1'000;   // 1980-01-01
constexpr UnixMs dos_last_ms = UnixMs{4'354'819'198} * 1'000;  // 2107-12-31T23:59:58

}  // namespace

void put_dos_time(Fields& out, UnixMs time) {
  using namespace std::chrono;
  const sys_seconds at{seconds{std::clamp(time, dos_first_ms, dos_last_ms) / 1'000}};
  const sys_days day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  const auto seconds_half = static_cast<unsigned>(clock.seconds().count()) / 2;
  const auto minutes = static_cast<unsigned>(clock.minutes().count());
  const auto hours = static_cast<unsigned>(clock.hours().count());
  const auto years = static_cast<unsigned>(static_cast<int>(date.year()) - 1980);
  out.u16(static_cast<std::uint16_t>((hours << 11U) | (minutes << 5U) | seconds_half));
  out.u16(static_cast<std::uint16_t>((years << 9U) | (static_cast<unsigned>(date.month()) << 5U) |
                                     static_cast<unsigned>(date.day())));
}

void put_time_extra(Fields& out, UnixMs time) {
  if (time < 0 || time / 1'000 > INT32_MAX) return;
  out.u16(0x5455).u16(5).bytes(Bytes{1}).u32(static_cast<std::uint32_t>(time / 1'000));
}

}  // namespace bulkhead::zip
