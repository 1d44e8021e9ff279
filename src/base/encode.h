#pragma once
// Hex (lower case out, both cases in) and base64 (RFC 4648 section 4 and, as base64url without padding, section 5).
// Decoding is strict: no white space, canonical padding and zero trailing bits, nothing skipped.
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead {

std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view text);
std::string to_base64(ByteView bytes);
std::string to_base64url(ByteView bytes);
Result<Bytes> from_base64(std::string_view text);
Result<Bytes> from_base64url(std::string_view text);

// A decimal number without sign, leading zeros or surroundings; Errc::invalid otherwise or beyond `max`.
Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max = UINT64_MAX);

}  // namespace bulkhead
