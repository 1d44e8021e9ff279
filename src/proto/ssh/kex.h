#pragma once
// The server's half of a key exchange method, and the keys that come of it. Every failure is an Error that ends the
// connection before a byte is sent under new keys.
#include "crypt/ecdh.h"
#include "proto/ssh/packet_cipher.h"

namespace bulkhead::ssh {

struct Answer {
  Bytes share;           // Q_S or S_REPLY: the octets within the string
  Secret shared_secret;  // K as it is hashed: an mpint or a string, with its length
};
// Errc::invalid for a share of another length, a point that is not on its curve or of low order, and an ML-KEM key that
// is not reduced. RFC 8731, RFC 5656 section 4, RFC 9941, draft-ietf-sshm-mlkem-hybrid-kex.
Result<Answer> answer_exchange(const ExchangeRow& exchange, ByteView client_share);

// K as it is hashed.
Secret encode_shared_secret(const ExchangeRow& exchange, ByteView secret);
// K of a hybrid, not yet encoded: the digest of both secrets.
Result<Secret> combine_secrets(const ExchangeRow& exchange, ByteView post_quantum, ByteView classical);
// The curve of a method, or of the classical half of a hybrid.
crypt::Curve curve_of(Exchange exchange);

// RFC 4253 section 7.2.
struct KeySource {
  crypt::HashKind hash;
  ByteView shared_secret;  // as it is hashed
  ByteView exchange_hash;
  ByteView session_id;
};
// `letter`: 'A' to 'F'.
Result<Secret> derive_key(const KeySource& source, char letter, std::size_t size);
// The cipher of one direction. `mac` is null with an AEAD.
Result<PacketCipher> derive_cipher(const KeySource& source, const CipherRow& cipher, const MacRow* mac,
                                   bool client_to_server, crypt::Direction direction);

}  // namespace bulkhead::ssh
