#include "core/kem/sntrup761_ring.h"

#include <algorithm>
#include <bit>

#include "core/kem/constant_time.h"

namespace bulkhead::kem {
namespace {

constexpr std::size_t p = sntrup761_p;
constexpr std::int32_t q = sntrup761_q;

// The representative of `number` closest to zero: number - modulus * round(number / modulus). The scaled inverse is off
// by at most 1/2, so for |number| < 2^20 (modulus 3) or 2^31 (modulus q) the quotient is off by less than 2^-13, and a
// number that is no multiple is at least 1 / (2 q) away from where rounding turns, as the moduli are odd.
template <std::int32_t modulus>
constexpr std::int16_t freeze(std::int32_t number) {
  constexpr std::int64_t one = std::int64_t{1} << 44U;
  constexpr std::int64_t inverse = (one + modulus / 2) / modulus;
  return static_cast<std::int16_t>(number - modulus * ((number * inverse + one / 2) >> 44U));
}
static_assert(freeze<q>(2295) == 2295 && freeze<q>(2296) == -2295 && freeze<q>(-2296) == 2295);
static_assert(freeze<q>(q * 460'000 + 2295) == 2295 && freeze<q>(-q * 460'000 - 2295) == -2295);
static_assert(freeze<3>(2295) == 0 && freeze<3>(-2) == 1 && freeze<3>(3 * 300'000 + 1) == 1);

// 1 / number modulo the modulus, by Fermat; 0 for 0.
template <std::int32_t modulus>
std::int32_t inverse_of(std::int32_t number) {
  std::int32_t power = 1;
  for (std::int32_t i = 0; i < modulus - 2; ++i) power = freeze<modulus>(power * number);
  return power;
}

// The product with rows padded to whole vector registers: the compiler makes one multiply-and-add of eight of it.
constexpr std::size_t padded = 768;
static_assert(padded % 8 == 0 && padded >= p);
constexpr std::size_t product_size = 2 * p - 1;
using LongProduct = std::array<std::int32_t, product_size>;

// The sanitizers would make it fifty times slower, and its bounds are in its types.
#if defined(__clang__)
__attribute__((no_sanitize("address", "undefined", "coverage")))
#endif
std::int32_t
dot(std::span<const std::int16_t, padded> left, std::span<const std::int16_t, padded> right) {
  const std::int16_t* a = left.data();  // pointers: the checks of [] would keep the loop scalar
  const std::int16_t* b = right.data();
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < padded; ++i) sum += a[i] * b[i];
  return sum;
}

// left * right modulo x^p - x - 1, over the integers. |coefficients| of left are at most q / 2: no overflow.
template <class Left>
void multiply_integers(std::array<std::int32_t, p>& out, const Left& left, const Small& right) {
  Wiped<std::array<std::int16_t, padded>> row;
  std::copy(left.begin(), left.end(), row->begin());
  // Coefficient k is the sum of left[i] * right[k - i]: a window of the reversed right, with zeros on both sides.
  Wiped<std::array<std::int16_t, product_size - 1 + padded>> reversed;
  std::reverse_copy(right.begin(), right.end(), reversed->begin() + (p - 1));
  Wiped<LongProduct> product;
  const std::span<const std::int16_t> windows{*reversed};
  for (std::size_t k = 0; k < product_size; ++k) {
    (*product)[k] = dot(*row, windows.subspan(product_size - 1 - k).first<padded>());
  }
  for (std::size_t k = product_size - 1; k >= p; --k) {  // x^p = x + 1
    (*product)[k - p] += (*product)[k];
    (*product)[k - p + 1] += (*product)[k];
  }
  std::copy_n(product->begin(), p, out.begin());
}

// 1 / (scale * in) modulo `modulus`: 2 p - 1 division steps on (f, g) = (the reversed x^p - x - 1, the reversed `in`),
// after Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", section 6. (v, r) hold what f
// and g are multiples of. False if there is no inverse.
template <std::int32_t modulus>
bool reciprocal(Ring& out, const Small& in, std::int32_t scale) {
  using Row = std::array<std::int16_t, p + 1>;
  Wiped<Row> f;
  Wiped<Row> g;
  Wiped<Row> v;
  Wiped<Row> r;
  (*f)[0] = 1;
  (*f)[p - 1] = (*f)[p] = -1;
  std::reverse_copy(in.begin(), in.end(), g->begin());
  (*r)[0] = static_cast<std::int16_t>(inverse_of<modulus>(scale));

  const auto swap_masked = [](Row& left, Row& right, std::uint32_t mask) {
    for (std::size_t i = 0; i <= p; ++i) {
      const auto both = static_cast<std::int16_t>((left[i] ^ right[i]) & static_cast<std::int32_t>(mask));
      left[i] = static_cast<std::int16_t>(left[i] ^ both);
      right[i] = static_cast<std::int16_t>(right[i] ^ both);
    }
  };
  const auto eliminate = [](Row& row, const Row& other, std::int32_t factor, std::int32_t other_factor) {
    for (std::size_t i = 0; i <= p; ++i) row[i] = freeze<modulus>(factor * row[i] - other_factor * other[i]);
  };
  std::int32_t delta = 1;
  for (std::size_t step = 0; step < 2 * p - 1; ++step) {
    std::copy_backward(v->begin(), v->end() - 1, v->end());
    (*v)[0] = 0;
    const std::uint32_t swap = mask_negative(-delta) & mask_nonzero(static_cast<std::uint32_t>((*g)[0]));
    delta = (delta ^ static_cast<std::int32_t>(swap & static_cast<std::uint32_t>(delta ^ -delta))) + 1;
    swap_masked(*f, *g, swap);
    swap_masked(*v, *r, swap);
    const std::int32_t f0 = (*f)[0];
    const std::int32_t g0 = (*g)[0];
    eliminate(*g, *f, f0, g0);
    eliminate(*r, *v, f0, g0);
    std::copy(g->begin() + 1, g->end(), g->begin());
    (*g)[p] = 0;
  }
  const std::int32_t unit = inverse_of<modulus>((*f)[0]);
  for (std::size_t i = 0; i < p; ++i) out[i] = freeze<modulus>(unit * (*v)[p - 1 - i]);
  return delta == 0;
}

void exchange(std::uint32_t& low, std::uint32_t& high) {
  const auto borrow = static_cast<std::uint32_t>((std::uint64_t{high} - low) >> 63U);
  const std::uint32_t swap = (low ^ high) & (0U - hidden(borrow));
  low ^= swap;
  high ^= swap;
}

}  // namespace

void multiply(Ring& product, const Ring& left, const Small& right) {
  Wiped<std::array<std::int32_t, p>> integers;
  multiply_integers(*integers, left, right);
  std::transform(integers->begin(), integers->end(), product.begin(), freeze<q>);
}

void multiply_mod3(Small& product, const Small& left, const Small& right) {
  Wiped<std::array<std::int32_t, p>> integers;
  multiply_integers(*integers, left, right);
  for (std::size_t i = 0; i < p; ++i) product[i] = static_cast<std::int8_t>(freeze<3>((*integers)[i]));
}

void triple_mod3(Small& out, const Ring& in) {
  for (std::size_t i = 0; i < p; ++i) out[i] = static_cast<std::int8_t>(freeze<3>(freeze<q>(3 * in[i])));
}

void round_to_multiples(Ring& ring) {
  for (std::int16_t& coefficient : ring) coefficient = static_cast<std::int16_t>(coefficient - freeze<3>(coefficient));
}

void reciprocal_of_triple(Ring& out, const Small& in) {
  static_cast<void>(reciprocal<q>(out, in, 3));
}

bool reciprocal_mod3(Small& out, const Small& in) {
  Wiped<Ring> wide;
  const bool found = reciprocal<3>(*wide, in, 1);
  std::transform(wide->begin(), wide->end(), out.begin(), [](std::int16_t c) { return static_cast<std::int8_t>(c); });
  return found;
}

std::uint32_t mask_wrong_weight(const Small& small) {
  std::uint32_t weight = 0;
  for (const std::int8_t coefficient : small) weight += static_cast<std::uint32_t>(coefficient) & 1U;
  return mask_nonzero(weight - sntrup761_w);
}

// Batcher's merge exchange: Knuth, volume 3, section 5.2.2, algorithm M.
void sort(SortNumbers& numbers) {
  constexpr std::size_t top = std::bit_ceil(p) / 2;
  for (std::size_t stride = top; stride > 0; stride /= 2) {
    std::size_t offset = 0;
    std::size_t distance = stride;
    for (std::size_t block = top;; block /= 2) {
      for (std::size_t i = 0; i + distance < p; ++i) {
        if ((i & stride) == offset) exchange(numbers[i], numbers[i + distance]);
      }
      if (block == stride) break;
      distance = block - stride;
      offset = stride;
    }
  }
}

}  // namespace bulkhead::kem
