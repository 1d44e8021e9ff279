#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "base/cat.h"
#include "gate_http/tls/stream.h"

namespace bulkhead::gate_http {
namespace {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* thing) const {
    free_it(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Session = std::unique_ptr<SSL, Free<SSL_free>>;

// Each version and each group once; SSL_CTX_new has fetched every cipher and digest already. A handshake costs a
// millisecond of every connection's start, so no more of them.
struct Kind {
  int version;
  const char* group;
  const char* cipher;
};
constexpr std::array kinds{
    Kind{TLS1_3_VERSION, "X25519", "TLS_AES_256_GCM_SHA384"},
    Kind{TLS1_2_VERSION, "P-256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
};

Result<Bytes> sign_with(EVP_PKEY* key, ByteView content) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  Bytes signature(signature_size_max);
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, content.data(), content.size()) != 1) {
    return fail(Errc::io, "libcrypto did not sign");
  }
  signature.resize(size);
  return signature;
}

Result<Bytes> throw_away_certificate(EVP_PKEY* key) {
  const std::unique_ptr<X509, Free<X509_free>> certificate{X509_new()};
  std::uint8_t* raw = nullptr;
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) == nullptr ||
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 60) == nullptr ||
      X509_set_pubkey(certificate.get(), key) != 1 || X509_sign(certificate.get(), key, EVP_sha256()) <= 0) {
    return fail(Errc::io, "OpenSSL makes no certificate");
  }
  const int size = i2d_X509(certificate.get(), &raw);
  if (size <= 0) return fail(Errc::io, "OpenSSL makes no certificate");
  const Bytes der = to_bytes(ByteView{raw, static_cast<std::size_t>(size)});
  OPENSSL_free(raw);
  return der;
}

bool prepare_client(SSL* client, const Kind& kind) {
  const bool tls13 = kind.version == TLS1_3_VERSION;
  std::string group = kind.group;  // not constant: OpenSSL's macros cast that away
  constexpr std::array<std::uint8_t, 9> protocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_connect_state(client);
  return SSL_set_min_proto_version(client, kind.version) == 1 && SSL_set_max_proto_version(client, kind.version) == 1 &&
         SSL_set1_groups_list(client, group.data()) == 1 &&
         SSL_set_alpn_protos(client, protocols.data(), protocols.size()) == 0 &&
         (tls13 ? SSL_set_ciphersuites(client, kind.cipher) : SSL_set_cipher_list(client, kind.cipher)) == 1;
}

bool connect(SSL* server, SSL* client) {
  BIO* left = nullptr;
  BIO* right = nullptr;
  if (BIO_new_bio_pair(&left, 0, &right, 0) != 1) return false;
  SSL_set_bio(server, left, left);
  SSL_set_bio(client, right, right);
  SSL_set_accept_state(server);
  for (int round = 0; round < 8; ++round) {
    const bool client_done = SSL_do_handshake(client) == 1;
    const bool server_done = SSL_do_handshake(server) == 1;
    if (client_done && server_done) return true;
  }
  return false;
}

bool carry(SSL* from, SSL* to) {
  std::array<std::uint8_t, 64> in{};
  std::size_t size = 0;
  return SSL_write_ex(from, as_bytes("warm").data(), 4, &size) == 1 &&
         SSL_read_ex(to, in.data(), in.size(), &size) == 1 && size == 4;
}

}  // namespace

Result<void> warm_up() {
  TRY(load_provider());
  const Key key{EVP_PKEY_Q_keygen(nullptr, fetch_preference, "EC", "P-256")};
  if (!key) return fail(Errc::io, "OpenSSL makes no key");
  const std::array chain{TRY(throw_away_certificate(key.get()))};
  TlsContext context = TRY(TlsContext::make(chain, [&](ByteView content) { return sign_with(key.get(), content); }));
  const std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> clients{
      SSL_CTX_new_ex(nullptr, fetch_preference, TLS_client_method())};
  ENSURE(clients != nullptr);
  SSL_CTX_set_verify(clients.get(), SSL_VERIFY_NONE, nullptr);
  for (const Kind& kind : kinds) {
    const Session server{SSL_new(context.context_.get())};
    const Session client{SSL_new(clients.get())};
    if (!server || !client || !prepare_client(client.get(), kind) || !connect(server.get(), client.get()) ||
        !carry(client.get(), server.get()) || !carry(server.get(), client.get())) {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      return fail(Errc::io,
                  cat("OpenSSL fails its own handshake with ", kind.cipher, ": ", reason == nullptr ? "?" : reason));
    }
  }
  ERR_clear_error();
  // What happens on errors only: the strings of OpenSSL's messages.
  static_cast<void>(ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH)));
  return {};
}

}  // namespace bulkhead::gate_http
