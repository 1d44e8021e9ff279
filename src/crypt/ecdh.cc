#include "crypt/ecdh.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>

namespace bulkhead::crypt {
namespace {

using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

Error failed(std::string_view what) {
  return fail(Errc::io, std::string{"libcrypto failed: "}.append(what));
}

const char* group_of(Curve curve) {
  return curve == Curve::p256 ? "prime256v1" : "secp384r1";
}

// One of the two may be empty.
EVP_PKEY* import_point(Curve curve, ByteView private_key, ByteView share) {
  std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder{OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free};
  std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> number{nullptr, BN_clear_free};
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group_of(curve), 0) != 1)
    return nullptr;
  if (!share.empty() &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, share.data(), share.size()) != 1) {
    return nullptr;
  }
  if (!private_key.empty()) {
    number.reset(BN_bin2bn(private_key.data(), static_cast<int>(private_key.size()), nullptr));
    if (!number || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) != 1) return nullptr;
  }
  std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters{OSSL_PARAM_BLD_to_param(builder.get()),
                                                                     OSSL_PARAM_free};
  Context context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free};
  EVP_PKEY* key = nullptr;
  const int selection = private_key.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) {
    return nullptr;
  }
  return key;
}

bool all_zero(ByteView bytes) {
  std::uint8_t any = 0;
  for (std::uint8_t byte : bytes) any = static_cast<std::uint8_t>(any | byte);
  return any == 0;
}

}  // namespace

std::size_t share_size(Curve curve) {
  return curve == Curve::x25519 ? 32 : 1 + 2 * shared_secret_size(curve);
}
std::size_t shared_secret_size(Curve curve) {
  return curve == Curve::p384 ? 48 : 32;
}

void EphemeralKey::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<EphemeralKey> EphemeralKey::generate(Curve curve) {
  Key key{curve == Curve::x25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group_of(curve))};
  if (!key) return failed("a key was not made");
  Bytes share(share_size(curve));
  std::size_t size = share.size();
  const bool known = curve == Curve::x25519 ? EVP_PKEY_get_raw_public_key(key.get(), share.data(), &size) == 1
                                            : EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                                              share.data(), share.size(), &size) == 1;
  if (!known || size != share.size()) return failed("a public key was not given");
  return EphemeralKey{curve, std::move(key), std::move(share)};
}

Result<EphemeralKey> EphemeralKey::from_pair(Curve curve, ByteView private_key, ByteView public_share) {
  Key key{curve == Curve::x25519
              ? EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.data(), private_key.size())
              : import_point(curve, private_key, public_share)};
  if (!key) return fail(Errc::invalid, "not a pair of keys");
  return EphemeralKey{curve, std::move(key), to_bytes(public_share)};
}

Result<EphemeralKey::Key> EphemeralKey::import_public(Curve curve, ByteView share) {
  if (share.size() != share_size(curve)) return fail(Errc::invalid, "key share has the wrong length");
  if (curve == Curve::x25519) {
    Key key{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, share.data(), share.size())};
    if (!key) return failed("a public key was not taken");
    return key;
  }
  // RFC 5656 section 4: the point must be validated. The compressed and hybrid forms have no use here.
  if (share.front() != 4) return fail(Errc::invalid, "key share is not an uncompressed point");
  Key key{import_point(curve, {}, share)};
  if (!key) return fail(Errc::invalid, "key share is not a point of the curve");
  Context check{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), EVP_PKEY_CTX_free};
  if (!check || EVP_PKEY_public_check(check.get()) != 1)
    return fail(Errc::invalid, "key share is not a point of the curve");
  return key;
}

Result<Secret> EphemeralKey::agree(ByteView peer_share) const {
  const Key peer = TRY(import_public(curve_, peer_share));
  Context context{EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr), EVP_PKEY_CTX_free};
  Secret shared = Secret::zeroed(shared_secret_size(curve_));
  std::size_t size = shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1) {
    return failed("a shared secret was not prepared");
  }
  // libcrypto refuses an all-zero X25519 result itself; then nothing was written. An x coordinate may be zero.
  if (EVP_PKEY_derive(context.get(), shared.mutable_view().data(), &size) != 1 ||
      (curve_ == Curve::x25519 && all_zero(shared.view()))) {
    return fail(Errc::invalid, "no shared secret: the share is a point of low order");
  }
  if (size != shared.size()) return failed("a shared secret has the wrong length");
  return shared;
}

}  // namespace bulkhead::crypt
