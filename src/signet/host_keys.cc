#include "signet/host_keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "base/writer.h"
#include "crypt/hash.h"
#include "signet/pem.h"

namespace bulkhead::signet {
namespace {

using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

constexpr int rsa_bits_made = 3'072;
constexpr int rsa_bits_max = 4'096;

struct Row {
  const char* path;
  std::string_view type;  // in the blob
  PrivateKey (*make)();
  bool (*fits)(const EVP_PKEY*);
  Bytes (*blob)(const EVP_PKEY*);
  const char* remedy;
};

// RFC 4251 section 5: no byte more than needed, and a zero byte ahead of a set sign bit.
void put_mpint(Writer& out, const BIGNUM* number) {
  Bytes raw(static_cast<std::size_t>(BN_num_bytes(number)) + 1);
  ENSURE(BN_bn2binpad(number, raw.data(), static_cast<int>(raw.size())) >= 0);
  const bool sign_bit = raw.size() > 1 && (raw[1] & 0x80U) != 0;
  out.string(ByteView{raw}.subspan(sign_bit ? 0 : 1));
}

PrivateKey make_ed25519() { return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}; }
PrivateKey make_ecdsa() { return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}; }
PrivateKey make_rsa() { return PrivateKey{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{rsa_bits_made})}; }

bool is_ed25519(const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "ED25519") == 1; }
bool is_ecdsa(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view{group.data()} == "prime256v1";
}
bool is_rsa(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= rsa_bits_made && bits <= rsa_bits_max;
}

Bytes ed25519_blob(const EVP_PKEY* key) {
  std::array<std::uint8_t, 32> raw{};
  std::size_t size = raw.size();
  ENSURE(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1 && size == raw.size());
  return Writer{}.string(as_bytes("ssh-ed25519")).string(raw).take();
}
Bytes ecdsa_blob(const EVP_PKEY* key) {
  const auto number = [key](const char* name) {
    BIGNUM* raw = nullptr;
    ENSURE(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
    return Number{raw};
  };
  std::array<std::uint8_t, 65> point{4};  // uncompressed: SEC 1 section 2.3.3
  ENSURE(BN_bn2binpad(number(OSSL_PKEY_PARAM_EC_PUB_X).get(), point.data() + 1, 32) == 32);
  ENSURE(BN_bn2binpad(number(OSSL_PKEY_PARAM_EC_PUB_Y).get(), point.data() + 33, 32) == 32);
  return Writer{}.string(as_bytes("ecdsa-sha2-nistp256")).string(as_bytes("nistp256")).string(point).take();
}
Bytes rsa_blob(const EVP_PKEY* key) {
  Writer out;
  out.string(as_bytes("ssh-rsa"));
  for (const char* name : {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N}) {
    BIGNUM* raw = nullptr;
    ENSURE(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
    const Number number{raw};
    put_mpint(out, number.get());
  }
  return out.take();
}

constexpr std::array rows{
    Row{"ssh_ed25519.key", "ssh-ed25519", make_ed25519, is_ed25519, ed25519_blob, "an Ed25519 key"},
    Row{"ssh_ecdsa.key", "ecdsa-sha2-nistp256", make_ecdsa, is_ecdsa, ecdsa_blob, "an ECDSA key on P-256"},
    Row{"ssh_rsa.key", "ssh-rsa", make_rsa, is_rsa, rsa_blob, "an RSA key of 3072 to 4096 bits"},
};

// How each algorithm of ssh::host_key_algorithms signs.
struct Algorithm {
  std::string_view name;
  std::size_t row;
  const EVP_MD* (*digest)();  // null: the algorithm hashes by itself
};
constexpr std::array algorithms{
    Algorithm{"ssh-ed25519", 0, nullptr},
    Algorithm{"ecdsa-sha2-nistp256", 1, EVP_sha256},
    Algorithm{"rsa-sha2-512", 2, EVP_sha512},
    Algorithm{"rsa-sha2-256", 2, EVP_sha256},
};
const Algorithm* find_algorithm(std::string_view name) {
  const auto* const found = std::ranges::find(algorithms, name, &Algorithm::name);
  return found == algorithms.end() ? nullptr : found;
}

Result<Bytes> raw_signature(EVP_PKEY* key, const EVP_MD* digest, ByteView content) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, content.data(), content.size()) != 1) {
    ERR_clear_error();
    return fail(Errc::io, "libcrypto did not sign");
  }
  signature.resize(size);
  return signature;
}

// RFC 5656 section 3.1.2: r and s, from libcrypto's DER.
Bytes ecdsa_form(ByteView der) {
  const std::uint8_t* at = der.data();
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> parts{
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  ENSURE(parts != nullptr);
  Writer out;
  put_mpint(out, ECDSA_SIG_get0_r(parts.get()));
  put_mpint(out, ECDSA_SIG_get0_s(parts.get()));
  return out.take();
}

}  // namespace

void HostKeys::FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Result<HostKeys::HostKey> HostKeys::load(int dir_fd, std::size_t which) {
  const Row& row = rows[which];
  if (!exists(dir_fd, row.path)) TRY(write_private_key(dir_fd, row.path, row.make()));
  PrivateKey key = TRY(read_private_key(dir_fd, row.path));
  if (!row.fits(key.get())) {
    return fail(Errc::unsupported, cat(row.path, ": this must be ", row.remedy, "; remove the file to have one made"));
  }
  HostKey out;
  out.blob = row.blob(key.get());
  out.key.reset(key.release());
  return out;
}

Result<HostKeys> HostKeys::load_or_make(int dir_fd) {
  HostKeys out;
  for (std::size_t i = 0; i < rows.size(); ++i) out.keys_[i] = TRY(load(dir_fd, i));
  return out;
}

std::vector<Bytes> HostKeys::blobs() const {
  std::vector<Bytes> out;
  for (const HostKey& key : keys_) out.push_back(key.blob);
  return out;
}

std::vector<std::string> HostKeys::fingerprints() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string digest = to_base64(crypt::sha256(keys_[i].blob));
    digest.resize(digest.find_last_not_of('=') + 1);
    out.push_back(cat(rows[i].type, " SHA256:", digest));
  }
  return out;
}

const HostKeys::HostKey* HostKeys::find(std::string_view algorithm) const {
  const Algorithm* const found = find_algorithm(algorithm);
  return found == nullptr ? nullptr : &keys_[found->row];
}

ByteView HostKeys::blob_for(std::string_view algorithm) const {
  const HostKey* const key = find(algorithm);
  return key == nullptr ? ByteView{} : ByteView{key->blob};
}

Result<Bytes> HostKeys::sign(std::string_view algorithm, ByteView content) const {
  const Algorithm* const found = find_algorithm(algorithm);
  if (found == nullptr) return fail(Errc::unsupported, "no host key signs with this algorithm");
  const HostKey& key = keys_[found->row];
  Bytes raw = TRY(raw_signature(key.key.get(), found->digest == nullptr ? nullptr : found->digest(), content));
  if (found->row == 1) raw = ecdsa_form(raw);
  return Writer{}.string(as_bytes(algorithm)).string(raw).take();
}

}  // namespace bulkhead::signet
