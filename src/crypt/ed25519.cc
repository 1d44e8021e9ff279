#include "crypt/ed25519.h"

#include <openssl/evp.h>

#include <memory>

namespace bulkhead::crypt {
namespace {

struct FreeKey { void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); } };
struct FreeContext { void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); } };
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Key private_key(ByteView seed) {
  ENSURE(seed.size() == ed25519_seed_size);
  Key key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())};
  ENSURE(key != nullptr);
  return key;
}

}  // namespace

Ed25519Public ed25519_public(ByteView seed) {
  const Key key = private_key(seed);
  Ed25519Public out{};
  std::size_t size = out.size();
  ENSURE(EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

Ed25519Signature ed25519_sign(ByteView seed, ByteView message) {
  const Key key = private_key(seed);
  const Context context{EVP_MD_CTX_new()};
  Ed25519Signature out{};
  std::size_t size = out.size();
  ENSURE(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  ENSURE(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1 && size == out.size());
  return out;
}

bool ed25519_verify(const Ed25519Public& key, ByteView message, ByteView signature) {
  if (signature.size() != sizeof(Ed25519Signature)) return false;
  const Key loaded{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const Context context{EVP_MD_CTX_new()};
  if (!loaded || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace bulkhead::crypt
