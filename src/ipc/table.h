#pragma once
// What one process may ask of another, as data. One constexpr table per channel (I4): number, name, phase, how often,
// largest size, descriptors. A frame that no row admits ends the asker and is counted.
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bulkhead::ipc {

// The life of a channel. It moves forward only, by the answering side.
enum class Phase : std::uint8_t {
  any,       // in both
  before,    // no principal yet
  bound,     // a principal is bound to this channel
};

enum class Times : std::uint8_t {
  once,      // a second time ends the asker
  limited,   // at most limited_times over the life of the channel
  unlimited,
};
inline constexpr std::uint32_t limited_times = 64;

struct Row {
  std::uint16_t number;
  std::string_view name;
  Phase phase;
  Times times;
  std::uint32_t size_max;            // of the body, in bytes
  std::uint8_t descriptors = 0;      // exactly that many arrive with it
  std::uint8_t reply_descriptors_max = 0;
};

using Table = std::span<const Row>;

template <std::size_t N>
consteval bool sorted_unique(const std::array<Row, N>& rows) {
  for (std::size_t i = 0; i < N; ++i) {
    if (rows[i].number == 0) return false;
    if (i > 0 && rows[i - 1].number >= rows[i].number) return false;
  }
  return true;
}

constexpr const Row* find_row(Table table, std::uint16_t number) {
  for (const Row& row : table) {
    if (row.number == number) return &row;
  }
  return nullptr;
}

// How far one channel has come in its table.
class Admission {
 public:
  explicit Admission(Table table) : table_{table}, seen_(table.size(), 0) {}

  // The row that admits this frame now, or null: end the asker.
  const Row* admit(std::uint16_t number, std::size_t size, std::size_t descriptors) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const Row& row = table_[i];
      if (row.number != number) continue;
      if (size > row.size_max || descriptors != row.descriptors) return nullptr;
      if (row.phase != Phase::any && row.phase != phase_) return nullptr;
      if (row.times == Times::once && seen_[i] >= 1) return nullptr;
      if (row.times == Times::limited && seen_[i] >= limited_times) return nullptr;
      if (seen_[i] < UINT32_MAX) ++seen_[i];
      return &row;
    }
    return nullptr;
  }
  void bind() { phase_ = Phase::bound; }
  Phase phase() const { return phase_; }

 private:
  Table table_;
  std::vector<std::uint32_t> seen_;
  Phase phase_ = Phase::before;
};

}  // namespace bulkhead::ipc
