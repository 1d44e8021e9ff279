#pragma once
// Password hashes of other servers: which ones are taken over, and what it may cost to check one. Pure. A hash is text
// that a stranger may have written: within these limits no check takes longer than about two seconds or more than
// 64 MiB. Which ones: docs/import.md.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::foreign_hash {

inline constexpr std::size_t text_size_max = 512;        // bytes
inline constexpr unsigned bcrypt_cost_max = 14;          // binary logarithm of its rounds
inline constexpr std::uint32_t rounds_max = 1'000'000;   // of sha256-crypt, sha512-crypt and PBKDF2
inline constexpr std::uint32_t memory_kib_max = 65'536;  // of argon2id and yescrypt
inline constexpr std::uint32_t passes_max = 10;          // of argon2id
inline constexpr std::uint32_t lanes_max = 4;
inline constexpr std::size_t salt_size_max = 64;  // bytes
inline constexpr std::size_t tag_size_min = 16;
inline constexpr std::size_t tag_size_max = 64;

enum class Scheme : std::uint8_t { crypt, argon2id, pbkdf2_sha256, pbkdf2_sha512 };

struct Hash {
  Scheme scheme = Scheme::crypt;
  std::string_view name;  // "bcrypt"; of a compile-time text
  // All but Scheme::crypt, whose text libcrypt reads itself:
  Bytes salt;
  Bytes tag;
  std::uint32_t rounds = 0;  // passes of argon2id
  std::uint32_t memory_kib = 0;
  std::uint32_t lanes = 0;
};

// Errc::unsupported for a scheme that is not taken over, Errc::too_large over a limit, Errc::invalid for a text that is
// no hash. The message is for the administrator and repeats nothing of the text.
Result<Hash> parse(std::string_view text);

}  // namespace bulkhead::foreign_hash
