#pragma once
// The session statement: signet says which SSH session identifier it signed on which connection, with which host key.
// Warden verifies user signatures over that identifier and over nothing that a gate tells it. Spec:
// docs/spec/ssh-session.md.
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/ed25519.h"

namespace bulkhead::ssh_session {

inline constexpr std::size_t statement_size_max = 900;  // bytes, signature included
inline constexpr std::size_t session_id_size_max = 64;  // bytes: 32, 48 or 64
inline constexpr std::size_t host_key_size_max = 600;   // bytes: an RSA 4096 public key blob fits

struct Statement {
  std::uint64_t connection = 0;
  Bytes session_id;
  Bytes host_key;  // public key blob
  bool operator==(const Statement&) const = default;
};

// `seed` is signet's, made anew at each start. `statement` is within the limits above.
Bytes sign(ByteView seed, const Statement& statement);
// Errc::unauthenticated, always with the same message, unless signed by `key` for `connection`.
Result<Statement> verify(const crypt::Ed25519Public& key, ByteView signed_bytes, std::uint64_t connection);

}  // namespace bulkhead::ssh_session
