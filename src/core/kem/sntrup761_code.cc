#include "core/kem/sntrup761_code.h"

#include "base/die.h"
#include "core/kem/constant_time.h"

namespace bulkhead::kem {
namespace {

// The low bytes that a number below `product` gives out, and the modulus of what is left.
struct Split {
  explicit constexpr Split(std::uint32_t product) : modulus{product} {
    for (; modulus >= 1U << 14U; ++bytes) modulus = (modulus + 255) >> 8U;
  }
  std::uint32_t modulus;
  std::uint32_t bytes = 0;
};

// One round of pairing. All numbers have the same modulus, but the last may have another.
struct Level {
  std::size_t count;
  std::uint32_t modulus;
  std::uint32_t last;

  constexpr std::size_t pairs() const { return count / 2; }
  constexpr std::uint32_t second_modulus(std::size_t pair) const { return 2 * pair + 2 == count ? last : modulus; }
  constexpr Split split(std::size_t pair) const { return Split{modulus * second_modulus(pair)}; }
  constexpr std::size_t size() const {
    return (pairs() - 1) * std::size_t{Split{modulus * modulus}.bytes} + split(pairs() - 1).bytes;
  }
  constexpr Level next() const {
    return {(count + 1) / 2, Split{modulus * modulus}.modulus, count % 2 == 1 ? last : split(pairs() - 1).modulus};
  }
};

constexpr std::size_t levels_count = 10;  // 761, 381, 191, 96, 48, 24, 12, 6, 3, 2 numbers, and then one
using Levels = std::array<Level, levels_count>;

constexpr Levels levels_of(std::uint32_t modulus) {
  Levels levels{{{sntrup761_p, modulus, modulus}}};
  for (std::size_t i = 1; i < levels_count; ++i) levels[i] = levels[i - 1].next();
  return levels;
}

// Bytes of the one number left.
constexpr std::size_t final_size(std::uint32_t modulus) {
  return modulus <= 1 ? 0 : modulus <= 256 ? 1 : 2;
}

constexpr std::size_t total_size(std::uint32_t modulus) {
  const Levels levels = levels_of(modulus);
  std::size_t size = final_size(levels.back().next().last);
  for (const Level& level : levels) size += level.size();
  return size;
}
static_assert(levels_of(4591).back().count == 2 && total_size(4591) == 1158 && total_size(1531) == 1007);

// Division of any number by a public modulus below 2^14.
class Divisor {
 public:
  explicit Divisor(std::uint32_t modulus)
      : modulus_{modulus}, inverse_{static_cast<std::uint32_t>((std::uint64_t{1} << 32U) / modulus)} {}

  std::uint32_t quotient(std::uint32_t number) const {
    // Too small by at most one, since number * (2^32 / modulus - inverse_) < 2^32.
    const auto low = static_cast<std::uint32_t>(std::uint64_t{number} * inverse_ >> 32U);
    const std::uint32_t rest = number - low * modulus_;
    return low + 1 - hidden((rest - modulus_) >> 31U);
  }
  std::uint32_t remainder(std::uint32_t number) const { return number - quotient(number) * modulus_; }

 private:
  std::uint32_t modulus_;
  std::uint32_t inverse_;
};

std::uint32_t low_bytes(ByteView bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) number |= std::uint32_t{bytes[i]} << (8 * i);
  return number;
}

}  // namespace

std::size_t code_size(std::uint32_t modulus) {
  return total_size(modulus);
}

void encode_numbers(MutableByteView out, CodeNumbers& numbers, std::uint32_t modulus) {
  ENSURE(out.size() == total_size(modulus));
  std::size_t at = 0;
  const auto give_out = [&](std::uint32_t number, std::size_t bytes) {
    for (; bytes > 0; --bytes, number >>= 8U) out[at++] = static_cast<std::uint8_t>(number);
    return static_cast<std::uint16_t>(number);
  };
  const Levels levels = levels_of(modulus);
  for (const Level& level : levels) {
    for (std::size_t i = 0; i < level.pairs(); ++i) {
      numbers[i] = give_out(numbers[2 * i] + numbers[2 * i + 1] * level.modulus, level.split(i).bytes);
    }
    if (level.count % 2 == 1) numbers[level.pairs()] = numbers[level.count - 1];
  }
  give_out(numbers[0], final_size(levels.back().next().last));
}

void decode_numbers(CodeNumbers& numbers, ByteView bytes, std::uint32_t modulus) {
  ENSURE(bytes.size() == total_size(modulus));
  const Levels levels = levels_of(modulus);
  const std::uint32_t final_modulus = levels.back().next().last;
  std::size_t end = bytes.size() - final_size(final_modulus);
  numbers[0] = static_cast<std::uint16_t>(Divisor{final_modulus}.remainder(low_bytes(bytes.subspan(end))));
  for (std::size_t depth = levels_count; depth-- > 0;) {
    const Level& level = levels[depth];
    const Divisor first{level.modulus};
    const Divisor last{level.last};
    const std::size_t stride = Split{level.modulus * level.modulus}.bytes;
    const std::size_t start = end - level.size();
    // Backwards, since two numbers take the place of one.
    if (level.count % 2 == 1) numbers[level.count - 1] = numbers[level.pairs()];
    for (std::size_t i = level.pairs(); i-- > 0;) {
      const std::uint32_t size = level.split(i).bytes;
      const std::uint32_t number = low_bytes(bytes.subspan(start + i * stride, size)) | std::uint32_t{numbers[i]}
                                                                                            << (8 * size);
      const std::uint32_t quotient = first.quotient(number);
      const Divisor& second = 2 * i + 2 == level.count ? last : first;
      numbers[2 * i] = static_cast<std::uint16_t>(number - quotient * level.modulus);
      numbers[2 * i + 1] = static_cast<std::uint16_t>(second.remainder(quotient));
    }
    end = start;
  }
}

}  // namespace bulkhead::kem
