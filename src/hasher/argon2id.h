#pragma once
// argon2id, version 1.3, one lane, 32-byte tag (RFC 9106), within fixed limits. Pure: password and costs in, tag out.
#include "ipc/hash_asks.h"

namespace bulkhead::hasher {

inline constexpr std::uint32_t memory_kib_min = 8;  // RFC 9106 section 3.1: 8 * lanes
inline constexpr std::uint32_t memory_kib_max = 64 * 1024;
inline constexpr std::uint32_t passes_max = 10;
inline constexpr std::size_t password_size_max = 1024;  // bytes
inline constexpr std::size_t salt_size_min = 8;         // bytes; RFC 9106 section 3.1

// `password` is wiped by the computation. Errc::invalid over a limit, Errc::exhausted without the memory.
Result<std::array<std::uint8_t, 32>> argon2id(MutableByteView password, ByteView salt, std::uint32_t memory_kib,
                                              std::uint32_t passes);

Result<asks::HashPassword::Reply> answer(asks::HashPassword& ask);

}  // namespace bulkhead::hasher
