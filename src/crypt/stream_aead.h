#pragma once
// The ciphers of a byte stream of packets over libcrypto: sealed from several pieces in one pass, opened in place, one
// context reused under one key. A failure of libcrypto is Errc::io, and then what was written must not be used.
#include <array>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace bulkhead::crypt {

enum class Direction : std::uint8_t { seal, open };

struct CipherContextFree {
  void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, CipherContextFree>;
struct MacContextFree {
  void operator()(evp_mac_ctx_st* context) const;
};
using MacContext = std::unique_ptr<evp_mac_ctx_st, MacContextFree>;

// AES-GCM (NIST SP 800-38D) with a nonce of 12 and a tag of 16 bytes.
class StreamGcm {
 public:
  static constexpr std::size_t nonce_size = 12;
  static constexpr std::size_t tag_size = 16;

  // `key` has 16 or 32 bytes; Errc::invalid otherwise.
  static Result<StreamGcm> make(ByteView key, Direction direction);
  // `out` has the size of all pieces and the tag. A piece is the very bytes of `out` that it goes to, or apart from
  // `out`.
  Result<void> seal(MutableByteView out, ByteView nonce, ByteView associated, std::span<const ByteView> pieces);
  // `sealed`: ciphertext, which becomes the plaintext, and the tag. Errc::corrupt, and `sealed` wiped, unless the tag
  // is right.
  Result<void> open(MutableByteView sealed, ByteView nonce, ByteView associated);

 private:
  explicit StreamGcm(CipherContext context) : context_{std::move(context)} {}
  CipherContext context_;
};

// ChaCha20 with a counter and a nonce of 64 bits each, as it was first published.
class ChaCha20 {
 public:
  // `key` has 32 bytes; Errc::invalid otherwise.
  static Result<ChaCha20> make(ByteView key);
  // Starts the key stream at block `counter` (little-endian in the input block) with `nonce` (big-endian: the sequence
  // number of chacha20-poly1305@openssh.com).
  Result<void> start(std::uint64_t counter, std::uint64_t nonce);
  // `out` has at least the size of all pieces; a piece may be the bytes of `out` that it goes to.
  Result<void> apply(MutableByteView out, std::span<const ByteView> pieces);

 private:
  explicit ChaCha20(CipherContext context) : context_{std::move(context)} {}
  CipherContext context_;
};

// AES in counter mode (RFC 4344 section 4); the key stream runs on from call to call.
class StreamCtr {
 public:
  // `key` has 16 or 32 bytes, `counter` 16; Errc::invalid otherwise.
  static Result<StreamCtr> make(ByteView key, ByteView counter);
  Result<void> apply(MutableByteView out, std::span<const ByteView> pieces);

 private:
  explicit StreamCtr(CipherContext context) : context_{std::move(context)} {}
  CipherContext context_;
};

// Poly1305 (RFC 8439 section 2.5): every key of 32 bytes is good for one message.
class Poly1305 {
 public:
  static constexpr std::size_t tag_size = 16;
  using Tag = std::array<std::uint8_t, tag_size>;

  static Result<Poly1305> make();
  Result<Tag> tag(ByteView key, ByteView message);

 private:
  explicit Poly1305(MacContext context) : context_{std::move(context)} {}
  MacContext context_;
};

// HMAC (RFC 2104) with SHA-256 or SHA-512, tags not cut.
class StreamHmac {
 public:
  static constexpr std::size_t tag_size_max = 64;

  // `size` of the tag: 32 or 64 bytes; Errc::invalid otherwise, and for an empty key.
  static Result<StreamHmac> make(std::size_t size, ByteView key);
  std::size_t tag_size() const { return size_; }
  // `out` has tag_size() bytes.
  Result<void> tag(MutableByteView out, std::span<const ByteView> parts);
  Result<void> tag(MutableByteView out, std::initializer_list<ByteView> parts) {
    return tag(out, std::span{parts.begin(), parts.size()});
  }

 private:
  StreamHmac(MacContext context, std::size_t size) : context_{std::move(context)}, size_{size} {}
  MacContext context_;
  std::size_t size_;
};

}  // namespace bulkhead::crypt
