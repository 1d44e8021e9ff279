#pragma once
// The ring of ML-KEM: polynomials of 256 coefficients modulo q = 3329, their number theoretic transform, sampling and
// byte forms. FIPS 203 sections 4.2 and 4.3. A coefficient is always in [0, q).
//
// Constant time: every reduction and compression is a multiplication and a shift, with no correction that would need a
// branch. Only sample_uniform takes time that depends on its seed, which is public.
#include <array>

#include "base/bytes.h"
#include "core/kem/keccak.h"

namespace bulkhead::kem {

inline constexpr std::uint32_t ml_kem_q = 3329;
inline constexpr std::size_t ml_kem_n = 256;
inline constexpr std::size_t ml_kem_k = 3;

using Poly = std::array<std::uint16_t, ml_kem_n>;
using PolyVector = std::array<Poly, ml_kem_k>;
inline constexpr std::size_t poly_size = 384;  // bytes of ByteEncode12

void add_to(Poly& sum, const Poly& term);
void subtract_from(Poly& difference, const Poly& term);

// Algorithms 9 and 10, in place.
void ntt(Poly& poly);
void inverse_ntt(Poly& poly);
// Algorithm 11: sum += left * right, all three transformed.
void multiply_add(Poly& sum, const Poly& left, const Poly& right);

// Algorithm 7: SampleNTT of XOF(rho, column, row).
Poly sample_uniform(ByteView rho, std::uint8_t column, std::uint8_t row);
// Algorithm 8 with eta = 2, of PRF(seed, counter). Secret.
void sample_noise(Poly& out, ByteView seed, std::uint8_t counter);

// ByteEncode12 and its inverse. `bytes` has poly_size bytes. Decoding returns false if a value was not below q (and
// stores it reduced): FIPS 203 section 7.2 refuses it in an encapsulation key.
void encode_poly(MutableByteView bytes, const Poly& poly);
bool decode_poly(Poly& poly, ByteView bytes);

// ByteEncode_d(Compress_d(poly)) and its inverse, for bits = 1, 4 or 10; `bytes` has 32 * bits bytes.
void compress_poly(MutableByteView bytes, const Poly& poly, std::uint32_t bits);
void decompress_poly(Poly& poly, ByteView bytes, std::uint32_t bits);

}  // namespace bulkhead::kem
