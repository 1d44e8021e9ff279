#pragma once
// The session capability: who is on a connection, as the warden found, signed by it with Ed25519. Gates carry it; the
// keeper and the vault act only on one that they verified themselves. Spec: docs/spec/capability.md.
#include <array>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "core/capability/scopes.h"
#include "crypt/ed25519.h"

namespace bulkhead::capability {

inline constexpr std::size_t signed_size_max = 1'024;  // bytes, signature included
inline constexpr std::size_t username_size_max = 255;  // bytes
inline constexpr UnixMs lifetime_max_ms = UnixMs{24} * 3'600 * 1'000;
inline constexpr UnixMs clock_skew_max_ms = 5 * 60'000;  // between the signing and a verifying host

// The numbers are in signed bytes: never reuse one. They are no order of power.
enum class Role : std::uint8_t {
  anonymous = 1,
  temporary_user = 2,
  user = 3,
  audit_user = 4,
  file_admin = 5,
  admin = 6,
  sys_admin = 7,
};
inline constexpr Role role_max = Role::sys_admin;

// How the principal proved who it is.
enum class Method : std::uint8_t {
  password = 1,
  refresh = 2,
  token = 3,  // of a session
  ssh_key = 4,
  admin_socket = 5,
  api_token = 6,
  acting = 7,  // a SysAdmin who acts as the Admin of an organisation
};
inline constexpr Method method_max = Method::acting;

using PrincipalId = std::array<char, 16>;  // lower-case base 36: 0-9 and a-z
using SessionId = std::array<std::uint8_t, 16>;

struct Capability {
  PrincipalId principal{};
  std::uint32_t tenant = 0;
  std::string username;  // 1 to username_size_max bytes, no NUL; for the record, never for a decision
  Role role = Role::anonymous;
  Method method = Method::password;
  Scopes scopes;                 // never none
  std::uint64_t connection = 0;  // given by the supervisor; good only on the channels of that connection
  UnixMs issued = 0;             // 0 or later
  UnixMs expires = 0;            // the first moment at which it is no longer good; at most lifetime_max_ms on
  SessionId session{};

  bool operator==(const Capability&) const = default;
};

// Whether every field is within the limits above.
[[nodiscard]] bool well_formed(const Capability& capability);

// `capability` is well_formed(). `seed` is the warden's private key, crypt::ed25519_seed_size bytes.
Bytes sign(ByteView seed, const Capability& capability);

// A capability whose signature, connection and time were checked. Only verify() makes one.
class VerifiedCapability {
 public:
  const Capability& operator*() const { return capability_; }
  const Capability* operator->() const { return &capability_; }

 private:
  friend Result<VerifiedCapability> verify(const crypt::Ed25519Public& key, ByteView signed_bytes,
                                           std::uint64_t connection, UnixMs now);
  explicit VerifiedCapability(Capability capability) : capability_{std::move(capability)} {}

  Capability capability_;
};

// `connection` is the one of the channel that `signed_bytes` came in on. It was good at `now` only: whoever keeps a
// VerifiedCapability compares `expires` again at each use. Errc::expired when that is all that is wrong with it, else
// Errc::unauthenticated, with the same message whatever it is.
Result<VerifiedCapability> verify(const crypt::Ed25519Public& key, ByteView signed_bytes, std::uint64_t connection,
                                  UnixMs now);

}  // namespace bulkhead::capability
