#pragma once
// AES-256-GCM (NIST SP 800-38D) over libcrypto, one context reused over many messages under one key.
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

struct evp_cipher_ctx_st;

namespace bulkhead::crypt {

inline constexpr std::size_t aead_key_size = 32;
inline constexpr std::size_t aead_nonce_size = 12;
inline constexpr std::size_t aead_tag_size = 16;

class Aead {
 public:
  // `key` has aead_key_size bytes.
  explicit Aead(ByteView key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;

  // `out` has plaintext.size() + aead_tag_size bytes: ciphertext, then tag. May not overlap with `plaintext`.
  void seal(MutableByteView out, ByteView nonce, ByteView associated, ByteView plaintext);
  // `out` has sealed.size() - aead_tag_size bytes. Errc::corrupt, and `out` wiped, unless the tag is right.
  Result<void> open(MutableByteView out, ByteView nonce, ByteView associated, ByteView sealed);

 private:
  struct Free { void operator()(evp_cipher_ctx_st* context) const; };
  std::unique_ptr<evp_cipher_ctx_st, Free> seal_;
  std::unique_ptr<evp_cipher_ctx_st, Free> open_;
};

}  // namespace bulkhead::crypt
