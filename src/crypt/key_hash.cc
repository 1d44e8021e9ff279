#include "crypt/key_hash.h"

#include <openssl/evp.h>

namespace bulkhead::crypt {
namespace {

const EVP_MD* key_digest(HashKind kind) {
  switch (kind) {
    case HashKind::sha256:
      return EVP_sha256();
    case HashKind::sha384:
      return EVP_sha384();
    case HashKind::sha512:
      return EVP_sha512();
    case HashKind::sha1:
    case HashKind::md5:
      break;
  }
  return nullptr;
}

}  // namespace

Result<Secret> key_hash(HashKind kind, std::initializer_list<ByteView> parts) {
  const EVP_MD* algorithm = key_digest(kind);
  ENSURE(algorithm != nullptr);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  bool good = context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1;
  for (ByteView part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  Secret out = Secret::zeroed(hash_size(kind));
  if (!good || EVP_DigestFinal_ex(context.get(), out.mutable_view().data(), nullptr) != 1) {
    return fail(Errc::io, "libcrypto failed: digest of a key");
  }
  return out;
}

}  // namespace bulkhead::crypt
