#include "proto/zip/crc32.h"

#include <array>

namespace bulkhead::zip {
namespace {

constexpr std::size_t lanes = 8;
using Table = std::array<std::array<std::uint32_t, 256>, lanes>;

// tables[k][b]: what the byte b does to the state with k more bytes behind it.
consteval Table make_tables() {
  Table tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1U) ^ ((state & 1U) != 0 ? 0xedb88320U : 0U);
    tables[0][byte] = state;
  }
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[lane - 1][byte];
      tables[lane][byte] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}
constexpr Table tables = make_tables();

}  // namespace

void Crc32::add(ByteView data) {
  std::uint32_t state = state_;
  while (data.size() >= lanes) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::uint32_t mixed = i < 4 ? data[i] ^ ((state >> (8U * i)) & 0xFFU) : data[i];
      next ^= tables[lanes - 1 - i][mixed];
    }
    state = next;
    data = data.subspan(lanes);
  }
  for (const std::uint8_t byte : data) state = (state >> 8U) ^ tables[0][(state ^ byte) & 0xFFU];
  state_ = state;
}

}  // namespace bulkhead::zip
