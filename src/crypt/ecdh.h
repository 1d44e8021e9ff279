#pragma once
// Elliptic curve Diffie-Hellman over libcrypto with keys that are used once: X25519 (RFC 7748) and ECDH over P-256 and
// P-384 (SEC 1). What a peer sent is checked before it is used; every failure of libcrypto is an Error, and then there
// is no secret.
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

struct evp_pkey_st;

namespace bulkhead::crypt {

enum class Curve : std::uint8_t { x25519, p256, p384 };

// Bytes of a public share: 32, or an uncompressed point (0x04, x, y).
std::size_t share_size(Curve curve);
// Bytes of a shared secret: 32, or the x coordinate with its leading zeros.
std::size_t shared_secret_size(Curve curve);

class EphemeralKey {
 public:
  // Errc::io when libcrypto fails.
  static Result<EphemeralKey> generate(Curve curve);
  // A pair that is known, for vectors; `public_share` may be empty where only agree() is called. Errc::invalid when it
  // is not one.
  static Result<EphemeralKey> from_pair(Curve curve, ByteView private_key, ByteView public_share);

  ByteView public_share() const { return public_share_; }
  // Errc::invalid for a share of another length, a point that is not on the curve or is infinity, and for a point of
  // low order, whose X25519 result is all zeros (RFC 7748 section 6.1, RFC 8731 section 3).
  Result<Secret> agree(ByteView peer_share) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, Free>;

  EphemeralKey(Curve curve, Key key, Bytes public_share)
      : curve_{curve}, key_{std::move(key)}, public_share_{std::move(public_share)} {}
  static Result<Key> import_public(Curve curve, ByteView share);

  Curve curve_;
  Key key_;
  Bytes public_share_;
};

}  // namespace bulkhead::crypt
