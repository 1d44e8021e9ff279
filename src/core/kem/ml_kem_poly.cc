#include "core/kem/ml_kem_poly.h"

#include "base/die.h"
#include "core/kem/constant_time.h"

namespace bulkhead::kem {
namespace {

constexpr std::uint32_t q = ml_kem_q;

// floor(number / q), exact for number < 2^28: the multiplier exceeds 2^40 / q by less than one, so the product,
// shifted, exceeds number / q by less than 2^-12, and a quotient that is no whole number is at least 1 / q > 2^-12
// below the next.
constexpr std::uint32_t divide_by_q(std::uint32_t number) {
  constexpr std::uint64_t multiplier = ((std::uint64_t{1} << 40U) + q - 1) / q;
  return static_cast<std::uint32_t>(number * multiplier >> 40U);
}
constexpr std::uint32_t reduce(std::uint32_t number) {
  return number - q * divide_by_q(number);
}
static_assert(reduce(q) == 0 && reduce(q - 1) == q - 1 && reduce(q * q - 1) == q - 1 &&
              reduce(q * 80'000 - 1) == q - 1);

constexpr std::uint16_t narrow(std::uint32_t coefficient) {
  return static_cast<std::uint16_t>(coefficient);
}

// A sum or a difference of two coefficients (plus q): below 2 q.
constexpr std::uint16_t reduce_once(std::uint32_t number) {
  const std::uint32_t less = number - q;
  return narrow(less + (q & (0U - (less >> 31U))));
}

// zeta^BitRev7(i) and zeta^(2 BitRev7(i) + 1) with zeta = 17: the tables of FIPS 203 appendix A.
struct Zetas {
  std::array<std::uint16_t, 128> ntt{};
  std::array<std::uint16_t, 128> multiply{};
};

constexpr Zetas make_zetas() {
  Zetas zetas;
  std::array<std::uint32_t, 256> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 17 % q;
  for (std::size_t i = 0; i < 128; ++i) {
    std::size_t reversed = 0;
    for (std::size_t bit = 0; bit < 7; ++bit) reversed |= (i >> bit & 1U) << (6 - bit);
    zetas.ntt[i] = narrow(powers[reversed]);
    zetas.multiply[i] = narrow(powers[2 * reversed + 1]);
  }
  return zetas;
}
constexpr Zetas zetas = make_zetas();
static_assert(zetas.ntt[1] == 1729 && zetas.ntt[127] == 2154 && zetas.multiply[1] == q - 17);

}  // namespace

void add_to(Poly& sum, const Poly& term) {
  for (std::size_t i = 0; i < ml_kem_n; ++i) sum[i] = reduce_once(std::uint32_t{sum[i]} + term[i]);
}

void subtract_from(Poly& difference, const Poly& term) {
  for (std::size_t i = 0; i < ml_kem_n; ++i) difference[i] = reduce_once(difference[i] + q - term[i]);
}

void ntt(Poly& poly) {
  std::size_t k = 1;
  for (std::size_t length = 128; length >= 2; length /= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const std::uint32_t zeta = zetas.ntt[k++];
      std::uint16_t* const low = poly.data() + start;  // pointers: the checks of [] take a third of the time
      std::uint16_t* const high = low + length;
      for (std::size_t j = 0; j < length; ++j) {
        const std::uint32_t t = reduce(zeta * high[j]);
        high[j] = reduce_once(low[j] + q - t);
        low[j] = reduce_once(low[j] + t);
      }
    }
  }
}

void inverse_ntt(Poly& poly) {
  std::size_t k = 127;
  for (std::size_t length = 2; length <= 128; length *= 2) {
    for (std::size_t start = 0; start < ml_kem_n; start += 2 * length) {
      const std::uint32_t zeta = zetas.ntt[k--];
      std::uint16_t* const low = poly.data() + start;
      std::uint16_t* const high = low + length;
      for (std::size_t j = 0; j < length; ++j) {
        const std::uint32_t t = low[j];
        low[j] = reduce_once(t + high[j]);
        high[j] = narrow(reduce(zeta * (high[j] + q - t)));
      }
    }
  }
  constexpr std::uint32_t inverse_of_128 = 3303;
  static_assert(inverse_of_128 * 128 % q == 1);
  for (std::uint16_t& coefficient : poly) coefficient = narrow(reduce(coefficient * inverse_of_128));
}

void multiply_add(Poly& sum, const Poly& left, const Poly& right) {
  for (std::size_t i = 0; i < ml_kem_n; i += 2) {
    const std::uint32_t a0 = left[i];
    const std::uint32_t a1 = left[i + 1];
    const std::uint32_t b0 = right[i];
    const std::uint32_t b1 = right[i + 1];
    const std::uint32_t zeta = zetas.multiply[i / 2];
    sum[i] = narrow(reduce(sum[i] + a0 * b0 + reduce(a1 * b1) * zeta));
    sum[i + 1] = narrow(reduce(sum[i + 1] + a0 * b1 + a1 * b0));
  }
}

Poly sample_uniform(ByteView rho, std::uint8_t column, std::uint8_t row) {
  const std::array<std::uint8_t, 2> position{column, row};
  Shake128 xof;
  xof.absorb(rho).absorb(position);
  Poly poly{};
  std::array<std::uint8_t, Shake128::rate> block{};
  std::size_t filled = 0;
  while (filled < ml_kem_n) {
    xof.squeeze(block);
    for (std::size_t i = 0; i < block.size() && filled < ml_kem_n; i += 3) {
      const std::uint32_t both = block[i] | std::uint32_t{block[i + 1]} << 8U | std::uint32_t{block[i + 2]} << 16U;
      const std::uint32_t low = both & 0xfffU;
      const std::uint32_t high = both >> 12U;
      // Without a branch on the values: a fifth of them is refused, which no processor predicts.
      poly[filled] = narrow(low);
      filled += low < q ? 1U : 0U;
      if (filled == ml_kem_n) break;
      poly[filled] = narrow(high);
      filled += high < q ? 1U : 0U;
    }
  }
  return poly;
}

void sample_noise(Poly& out, ByteView seed, std::uint8_t counter) {
  Shake256 prf;
  prf.absorb(seed).absorb({&counter, 1});
  Wiped<std::array<std::uint8_t, ml_kem_n / 2>> bytes;
  prf.squeeze(*bytes);
  for (std::size_t i = 0; i < ml_kem_n; i += 2) {
    const std::uint32_t byte = (*bytes)[i / 2];
    const std::uint32_t pairs = (byte & 0x55U) + (byte >> 1U & 0x55U);  // each two bits: a sum of two random bits
    out[i] = reduce_once(q + (pairs & 3U) - (pairs >> 2U & 3U));
    out[i + 1] = reduce_once(q + (pairs >> 4U & 3U) - (pairs >> 6U));
  }
}

void encode_poly(MutableByteView bytes, const Poly& poly) {
  for (std::size_t i = 0; i < ml_kem_n / 2; ++i) {
    const std::uint32_t both = poly[2 * i] | std::uint32_t{poly[2 * i + 1]} << 12U;
    bytes[3 * i] = static_cast<std::uint8_t>(both);
    bytes[3 * i + 1] = static_cast<std::uint8_t>(both >> 8U);
    bytes[3 * i + 2] = static_cast<std::uint8_t>(both >> 16U);
  }
}

bool decode_poly(Poly& poly, ByteView bytes) {
  std::uint32_t quotients = 0;
  for (std::size_t i = 0; i < ml_kem_n / 2; ++i) {
    const std::uint32_t both =
        bytes[3 * i] | std::uint32_t{bytes[3 * i + 1]} << 8U | std::uint32_t{bytes[3 * i + 2]} << 16U;
    const std::uint32_t low = both & 0xfffU;
    const std::uint32_t high = both >> 12U;
    quotients |= divide_by_q(low) | divide_by_q(high);
    poly[2 * i] = narrow(reduce(low));
    poly[2 * i + 1] = narrow(reduce(high));
  }
  return quotients == 0;
}

void compress_poly(MutableByteView bytes, const Poly& poly, std::uint32_t bits) {
  ENSURE(bytes.size() == 32 * std::size_t{bits});
  std::uint32_t waiting = 0;
  std::uint32_t waiting_bits = 0;
  std::size_t at = 0;
  for (const std::uint16_t coefficient : poly) {
    // Compress_d: round(2^d / q * x) mod 2^d. q is odd, so there are no ties.
    const std::uint32_t compressed = divide_by_q((std::uint32_t{coefficient} << bits) + q / 2) & ((1U << bits) - 1);
    waiting |= compressed << waiting_bits;
    for (waiting_bits += bits; waiting_bits >= 8; waiting_bits -= 8) {
      bytes[at++] = static_cast<std::uint8_t>(waiting);
      waiting >>= 8U;
    }
  }
}

void decompress_poly(Poly& poly, ByteView bytes, std::uint32_t bits) {
  ENSURE(bytes.size() == 32 * std::size_t{bits});
  std::uint32_t waiting = 0;
  std::uint32_t waiting_bits = 0;
  std::size_t at = 0;
  for (std::uint16_t& coefficient : poly) {
    for (; waiting_bits < bits; waiting_bits += 8) waiting |= std::uint32_t{bytes[at++]} << waiting_bits;
    // Hidden: for one bit the compiler would see a choice between two values, and may branch on the message.
    const std::uint32_t compressed = hidden(waiting & ((1U << bits) - 1));
    coefficient = narrow((compressed * q + (1U << (bits - 1))) >> bits);
    waiting >>= bits;
    waiting_bits -= bits;
  }
}

}  // namespace bulkhead::kem
