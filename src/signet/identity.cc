#include "signet/identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/cat.h"
#include "base/fd.h"
#include "crypt/random.h"
#include "signet/pem.h"

namespace bulkhead::signet {
namespace {

constexpr const char* key_path = "tls.key";
constexpr const char* certificate_path = "tls.crt";
constexpr std::int64_t clock_slack_s = 3600;  // a client whose clock is a little late trusts a new certificate
constexpr std::int64_t day_s = 86'400;

using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

UnixMs unix_ms(const ASN1_TIME* time) {
  tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<UnixMs>(::timegm(&parts)) * 1000 : 0;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view{group.data()} == "prime256v1";
}

Result<std::vector<Certificate>> parse_chain(ByteView pem) {
  std::vector<Certificate> chain;
  const Bio bio = reading(pem);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    chain.emplace_back(next);
    if (chain.size() > chain_max) return fail(Errc::too_large, cat("tls.crt: more than ", chain_max, " certificates"));
  }
  // The end of the file is the only way out of the loop that is no mistake.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return fail(Errc::invalid, cat("tls.crt: certificate ", chain.size() + 1, " cannot be read"));
  if (chain.empty()) return fail(Errc::invalid, "tls.crt: holds no PEM certificate");
  return chain;
}

Result<Bytes> der_of(X509* certificate) {
  std::uint8_t* raw = nullptr;
  const int size = i2d_X509(certificate, &raw);
  if (size <= 0) return fail(Errc::invalid, "tls.crt: a certificate cannot be written as DER");
  Bytes der = to_bytes(ByteView{raw, static_cast<std::size_t>(size)});
  OPENSSL_free(raw);
  return der;
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill_random_serial(X509* certificate) {
  std::array<std::uint8_t, 16> raw{};
  crypt::fill_random(raw);
  raw[0] = static_cast<std::uint8_t>((raw[0] & 0x7fU) | 0x40U);  // RFC 5280 section 4.1.2.2: positive
  const std::unique_ptr<BIGNUM, Free<BN_free>> number{BN_bin2bn(raw.data(), raw.size(), nullptr)};
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool fill_self_signed(X509* certificate, EVP_PKEY* key, std::int64_t now_s) {
  constexpr std::string_view common_name = "bulkhead.localdomain";
  const std::int64_t from = now_s - clock_slack_s;
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* raw_name = as_bytes(common_name).data();
  return X509_set_version(certificate, X509_VERSION_3) == 1 && fill_random_serial(certificate) &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), from + self_signed_days * day_s) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, raw_name, static_cast<int>(common_name.size()), -1, 0) ==
             1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

void Identity::FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<Identity::Key> Identity::read_key(int dir_fd) {
  Key key{TRY(read_private_key(dir_fd, key_path)).release()};
  if (!is_p256(key.get())) {
    return fail(Errc::unsupported,
                "tls.key: only ECDSA P-256 keys are served; make one with "
                "'openssl ecparam -name prime256v1 -genkey -noout' and have it certified");
  }
  return key;
}

Result<void> Identity::make_key(int dir_fd) {
  return write_private_key(dir_fd, key_path, PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")});
}

Result<void> Identity::make_certificate(int dir_fd, UnixMs now) {
  const Key key = TRY(read_key(dir_fd));
  const Certificate certificate{X509_new()};
  const Bio out{BIO_new(BIO_s_mem())};
  ENSURE(certificate && out && fill_self_signed(certificate.get(), key.get(), now / 1000));
  ENSURE(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  return replace_file(dir_fd, certificate_path, written(out), 0644);
}

Result<Identity> Identity::load(int dir_fd) {
  if (!exists(dir_fd, key_path)) return fail(Errc::not_found, "tls.key: not there");
  Identity identity;
  identity.key_ = TRY(read_key(dir_fd));
  const Bytes pem = TRY(read_file(dir_fd, certificate_path, pem_size_max));
  const std::vector<Certificate> chain = TRY(parse_chain(pem));
  if (X509_check_private_key(chain[0].get(), identity.key_.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid, "tls.crt: its first certificate is not for the key in tls.key");
  }
  std::size_t size = 0;
  for (const Certificate& certificate : chain) {
    size += identity.chain_.emplace_back(TRY(der_of(certificate.get()))).size();
  }
  if (size > chain_size_max)
    return fail(Errc::too_large, cat("tls.crt: larger than ", chain_size_max, " bytes as DER"));
  identity.not_before_ = unix_ms(X509_get0_notBefore(chain[0].get()));
  identity.not_after_ = unix_ms(X509_get0_notAfter(chain[0].get()));
  return identity;
}

Result<Identity> Identity::load_or_make(int dir_fd, UnixMs now) {
  const bool has_certificate = exists(dir_fd, certificate_path);
  if (!exists(dir_fd, key_path)) {
    if (has_certificate)
      return fail(Errc::invalid, "tls.crt is there without tls.key: put its key beside it, or remove it");
    TRY(make_key(dir_fd));
  }
  if (!has_certificate) TRY(make_certificate(dir_fd, now));  // also after a crash between the two
  return load(dir_fd);
}

Result<Bytes> Identity::sign(ByteView content) const {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, content.data(), content.size()) != 1) {
    ERR_clear_error();
    return fail(Errc::io, "libcrypto did not sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace bulkhead::signet
