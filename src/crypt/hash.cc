#include "crypt/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/die.h"

namespace bulkhead::crypt {
namespace {

const EVP_MD* digest_of(HashKind kind) {
  switch (kind) {
    case HashKind::sha1: return EVP_sha1();
    case HashKind::sha256: return EVP_sha256();
    case HashKind::sha384: return EVP_sha384();
    case HashKind::sha512: return EVP_sha512();
    case HashKind::md5: return EVP_md5();
  }
  die("unknown hash kind");
}

}  // namespace

std::size_t hash_size(HashKind kind) { return static_cast<std::size_t>(EVP_MD_get_size(digest_of(kind))); }

void Hash::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
Hash::Hash(HashKind kind) : context_{EVP_MD_CTX_new()} {
  ENSURE(context_ && EVP_DigestInit_ex(context_.get(), digest_of(kind), nullptr) == 1);
}
Hash::~Hash() = default;
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;

Hash& Hash::update(ByteView data) {
  ENSURE(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
  return *this;
}

Bytes Hash::finish() {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  ENSURE(EVP_DigestFinal_ex(context_.get(), out.data(), &size) == 1);
  out.resize(size);
  return out;
}

Sha256 sha256(ByteView data) { return sha256({data}); }

Sha256 sha256(std::initializer_list<ByteView> parts) {
  // One context, fetched once: EVP_sha256() would look the algorithm up for each of the ledger's millions of small hashes.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  ENSURE(algorithm != nullptr && context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
  for (ByteView part : parts) ENSURE(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Sha256 out{};
  ENSURE(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
  return out;
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
  Sha256 out{};
  unsigned size = 0;
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), &size) != nullptr);
  ENSURE(size == out.size());
  return out;
}

}  // namespace bulkhead::crypt
