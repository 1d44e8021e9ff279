#pragma once
// The byte forms of polynomials over Z/q in Streamlined NTRU Prime: numbers below one modulus are paired into numbers
// below its square, low bytes are given out until the rest is below 2^14, and so on until one number is left
// ("Encode" and "Decode" of the round-3 submission, section 4.3).
//
// Constant time with respect to the numbers and bytes: the moduli, and with them every length and offset, are public;
// quotients are made by a multiplication and a masked correction.
#include <array>

#include "base/bytes.h"

namespace bulkhead::kem {

inline constexpr std::size_t sntrup761_p = 761;
using CodeNumbers = std::array<std::uint16_t, sntrup761_p>;

// Bytes of sntrup761_p numbers below `modulus`.
std::size_t code_size(std::uint32_t modulus);
// `numbers` are below `modulus`, 2 to 2^14 - 1; they are used up. `out` has code_size(modulus) bytes.
void encode_numbers(MutableByteView out, CodeNumbers& numbers, std::uint32_t modulus);
// Any bytes decode: numbers from bytes that no encoding makes are reduced below `modulus`.
void decode_numbers(CodeNumbers& numbers, ByteView bytes, std::uint32_t modulus);

}  // namespace bulkhead::kem
