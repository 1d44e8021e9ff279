#include "crypt/verify.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <bit>
#include <memory>

#include "base/die.h"

namespace bulkhead::crypt {
namespace {

template <auto free>
struct Free {
  void operator()(auto* object) const { free(object); }
};
void free_bytes(unsigned char* bytes) {
  OPENSSL_free(bytes);
}

using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Der = std::unique_ptr<unsigned char, Free<free_bytes>>;

// What a refused signature leaves in libcrypto's queue is nobody's error later on.
struct ForgetErrors {
  ForgetErrors() = default;
  ForgetErrors(const ForgetErrors&) = delete;
  ForgetErrors& operator=(const ForgetErrors&) = delete;
  ~ForgetErrors() { ERR_clear_error(); }
};

const char* group_name(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return "P-256";
    case Curve::p384:
      return "P-384";
    case Curve::p521:
      return "P-521";
  }
  die("unknown curve");
}

const EVP_MD* digest_of(HashKind hash) {
  switch (hash) {
    case HashKind::sha1:
    case HashKind::md5:
      break;  // never for signatures
    case HashKind::sha256:
      return EVP_sha256();
    case HashKind::sha384:
      return EVP_sha384();
    case HashKind::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

Number number_of(ByteView bytes) {
  return Number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
}

Key key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters{OSSL_PARAM_BLD_to_param(builder)};
  const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return {};
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    EVP_PKEY_free(made);
    return {};
  }
  return Key{made};
}

// Null unless the point is one: libcrypto would take compressed ones too.
Key ec_key(Curve curve, ByteView point) {
  if (point.size() != 1 + 2 * curve_size(curve) || point.front() != POINT_CONVERSION_UNCOMPRESSED) return {};
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group_name(curve), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return {};
  }
  Key key = key_of("EC", builder.get());
  if (!key) return {};
  const KeyContext context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  if (!context || EVP_PKEY_public_check(context.get()) != 1) return {};
  return key;
}

bool signature_is_right(EVP_PKEY* key, HashKind hash, ByteView message, ByteView signature, bool pkcs1) {
  const EVP_MD* const digest = digest_of(hash);
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* inner = nullptr;  // the context's own
  if (digest == nullptr || !context || EVP_DigestVerifyInit(context.get(), &inner, digest, nullptr, key) != 1)
    return false;
  if (pkcs1 && EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PADDING) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace

std::size_t curve_size(Curve curve) {
  switch (curve) {
    case Curve::p256:
      return 32;
    case Curve::p384:
      return 48;
    case Curve::p521:
      return 66;
  }
  die("unknown curve");
}

bool ec_point_is_on(Curve curve, ByteView point) {
  const ForgetErrors forget;
  return ec_key(curve, point) != nullptr;
}

bool ecdsa_verify(Curve curve, HashKind hash, ByteView point, ByteView message, ByteView r, ByteView s) {
  const ForgetErrors forget;
  if (r.empty() || s.empty() || r.size() > curve_size(curve) || s.size() > curve_size(curve)) return false;
  const Key key = ec_key(curve, point);
  Number r_number = number_of(r);
  Number s_number = number_of(s);
  const Signature pair{ECDSA_SIG_new()};
  if (!key || !r_number || !s_number || !pair) return false;
  if (ECDSA_SIG_set0(pair.get(), r_number.get(), s_number.get()) != 1) return false;
  static_cast<void>(r_number.release());  // the pair's now
  static_cast<void>(s_number.release());
  // libcrypto wants the pair in DER; that 0 < r, s < order it checks itself.
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &encoded);
  const Der der{encoded};
  if (size <= 0 || !der) return false;
  return signature_is_right(key.get(), hash, message, {der.get(), static_cast<std::size_t>(size)}, false);
}

bool rsa_key_is_usable(ByteView modulus, ByteView exponent) {
  if (modulus.empty() || modulus.front() == 0 || exponent.empty() || exponent.front() == 0) return false;
  if (modulus.size() > rsa_modulus_bits_max / 8 || exponent.size() > rsa_exponent_size_max) return false;
  const std::size_t bits = 8 * (modulus.size() - 1) + static_cast<std::size_t>(std::bit_width(modulus.front()));
  if (bits < rsa_modulus_bits_min) return false;
  const bool both_odd = modulus.back() % 2 == 1 && exponent.back() % 2 == 1;
  return both_odd && (exponent.size() > 1 || exponent.front() >= 3);
}

bool rsa_verify(HashKind hash, ByteView modulus, ByteView exponent, ByteView message, ByteView signature) {
  const ForgetErrors forget;
  if (!rsa_key_is_usable(modulus, exponent) || signature.size() != modulus.size()) return false;
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  const Builder builder{OSSL_PARAM_BLD_new()};
  if (!n || !e || !builder) return false;
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return false;
  }
  const Key key = key_of("RSA", builder.get());
  return key && signature_is_right(key.get(), hash, message, signature, true);
}

}  // namespace bulkhead::crypt
