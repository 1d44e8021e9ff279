#pragma once
// The rings of sntrup761: R/q = (Z/4591)[x] / (x^761 - x - 1) and R/3. A coefficient is the representative closest to
// zero. Streamlined NTRU Prime, round-3 submission, section 3.
//
// Constant time: multiplication is schoolbook over all coefficients, reduction a multiplication and a shift, inversion
// a fixed number of division steps with masked swaps, sorting a fixed network of masked exchanges.
#include <array>

#include "base/bytes.h"
#include "core/kem/sntrup761_code.h"

namespace bulkhead::kem {

inline constexpr std::int32_t sntrup761_q = 4591;
inline constexpr std::uint32_t sntrup761_w = 286;  // weight of a short polynomial

using Ring = std::array<std::int16_t, sntrup761_p>;  // coefficients of R/q
using Small = std::array<std::int8_t, sntrup761_p>;  // -1, 0 or 1: R/3, and the small ones of R/q
using SortNumbers = std::array<std::uint32_t, sntrup761_p>;

// left * right modulo q, or modulo 3.
void multiply(Ring& product, const Ring& left, const Small& right);
void multiply_mod3(Small& product, const Small& left, const Small& right);
// 3 * in modulo q, then modulo 3.
void triple_mod3(Small& out, const Ring& in);
// Each coefficient to the nearest multiple of 3.
void round_to_multiples(Ring& ring);

// 1 / (3 in) in R/q, which is a field.
void reciprocal_of_triple(Ring& out, const Small& in);
// 1 / in in R/3; false if there is none.
bool reciprocal_mod3(Small& out, const Small& in);

// All ones unless exactly sntrup761_w coefficients are odd (not zero).
std::uint32_t mask_wrong_weight(const Small& small);

// Ascending.
void sort(SortNumbers& numbers);

}  // namespace bulkhead::kem
