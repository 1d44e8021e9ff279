#pragma once
// Keccak-f[1600] and the functions of FIPS 202 that ML-KEM uses. Pure. Constant time: Keccak has no data-dependent
// branch or index; time depends on the lengths only. Every state is wiped when it goes (what the compiler spills to the
// stack within one permutation is not).
#include <array>

#include "base/bytes.h"

namespace bulkhead::kem {

using Sha3_256 = std::array<std::uint8_t, 32>;

// The permutation of FIPS 202 section 3.3; lane (x, y) is state[x + 5 * y].
void keccak_f1600(std::array<std::uint64_t, 25>& state);

// The sponge of section 4: absorb any number of times, then squeeze any number of times.
class Sponge {
 public:
  Sponge& absorb(ByteView data);
  // The first call pads and ends the input: absorb() after it is a broken promise.
  void squeeze(MutableByteView out);

  ~Sponge();
  Sponge(const Sponge&) = delete;
  Sponge& operator=(const Sponge&) = delete;

 protected:
  // `rate` in bytes, a multiple of 8; `suffix` holds the domain bits and the first bit of the padding.
  Sponge(std::size_t rate, std::uint8_t suffix) : rate_{rate}, suffix_{suffix} {}

 private:
  void mix_in(std::size_t at, std::uint8_t byte) { state_[at / 8] ^= static_cast<std::uint64_t>(byte) << (at % 8 * 8); }

  std::array<std::uint64_t, 25> state_{};
  std::size_t rate_;
  std::size_t at_ = 0;  // bytes of the block taken in, or given out
  std::uint8_t suffix_;
  bool squeezing_ = false;
};

class Shake128 : public Sponge {
 public:
  static constexpr std::size_t rate = 168;
  Shake128() : Sponge{rate, 0x1f} {}
};
class Shake256 : public Sponge {
 public:
  static constexpr std::size_t rate = 136;
  Shake256() : Sponge{rate, 0x1f} {}
};

// Of the concatenated parts; the second into `out`, so that a secret digest has one place.
Sha3_256 sha3_256(std::initializer_list<ByteView> parts);
void sha3_512(std::span<std::uint8_t, 64> out, std::initializer_list<ByteView> parts);

}  // namespace bulkhead::kem
