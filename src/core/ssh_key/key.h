#pragma once
// SSH public keys: blobs (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH PROTOCOL.u2f), signatures made with them
// (RFC 8332 for RSA), fingerprints, and lines of authorized_keys. Pure.
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::ssh_key {

inline constexpr std::size_t blob_size_max = 4'096;  // bytes of a plain key: RSA 16384 fits
inline constexpr std::size_t certificate_size_max = 16'384;
inline constexpr std::size_t signature_size_max = 4'096;
inline constexpr unsigned rsa_bits_min = 2'048;
inline constexpr unsigned rsa_bits_max = 16'384;

enum class Kind : std::uint8_t { ed25519, ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa, sk_ed25519, sk_ecdsa_p256 };

// A key that parsed whole: its curve point is on the curve, its modulus in the limits, nothing follows.
class PublicKey {
 public:
  // Errc::invalid for anything else, certificates included.
  static Result<PublicKey> parse(ByteView blob);

  Kind kind() const { return kind_; }
  const Bytes& blob() const { return blob_; }
  // "ssh-ed25519"; of an RSA key "ssh-rsa"
  std::string_view type_name() const;
  // "SHA256:" and base64 without padding, as ssh-keygen -l prints it.
  std::string fingerprint() const;
  // Whether signatures of this key may say `algorithm`: for RSA rsa-sha2-256 and rsa-sha2-512, never ssh-rsa.
  [[nodiscard]] bool signs_with(std::string_view algorithm) const;

  // True only if `signature` is a signature blob of `algorithm`, signs_with() it, and is right for `message`. For sk
  // keys the user must have been present. Every failure inside libcrypto counts as wrong.
  [[nodiscard]] bool verify(std::string_view algorithm, ByteView message, ByteView signature) const;

 private:
  PublicKey(Kind kind, Bytes blob) : kind_{kind}, blob_{std::move(blob)} {}
  Kind kind_;
  Bytes blob_;
};

// One line of authorized_keys or of a .pub file: type, base64, comment. Errc::unsupported for options before the type
// (the message says which command sets such limits here), Errc::invalid otherwise.
struct KeyLine {
  PublicKey key;
  std::string comment;  // printable, at most 255 bytes
};
Result<KeyLine> parse_line(std::string_view text);

}  // namespace bulkhead::ssh_key
