#pragma once
// Digests and HMAC over libcrypto. A failure of libcrypto here is an environment that cannot be served: the process dies.
#include <array>
#include <memory>

#include "base/bytes.h"

struct evp_md_ctx_st;
struct evp_md_st;

namespace bulkhead::crypt {

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;

enum class HashKind : std::uint8_t { sha1 = 1, sha256 = 2, sha384 = 3, sha512 = 4, md5 = 5 };
inline constexpr HashKind hash_kind_max = HashKind::md5;  // MD5: for clients that compare, never for trust
std::size_t hash_size(HashKind kind);

// A running digest. finish() may be called once.
class Hash {
 public:
  explicit Hash(HashKind kind);
  ~Hash();
  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  Hash& update(ByteView data);
  Bytes finish();

 private:
  struct Free { void operator()(evp_md_ctx_st* context) const; };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Sha256 sha256(ByteView data);
Sha256 sha256(std::initializer_list<ByteView> parts);
Sha256 hmac_sha256(ByteView key, ByteView data);

}  // namespace bulkhead::crypt
