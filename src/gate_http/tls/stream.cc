#include "gate_http/tls/stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "base/cat.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::size_t read_ahead_size = 8 * (16 * 1024 + 32);
// AES-128 first; a client that prefers ChaCha20, since it has no AES in hardware, gets it.
constexpr const char* tls13_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";
constexpr std::string_view http11 = "\x08http/1.1";

// RFC 7301 section 3.2: with no protocol in common "the server SHALL respond with a fatal no_application_protocol
// alert".
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* out = nullptr;
  const auto* ours = as_bytes(http11).data();
  const int found = SSL_select_next_proto(&out, chosen_size, ours, http11.size(), offered, offered_size);
  *chosen = out;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool configure(SSL_CTX* context) {
  std::string groups = "X25519:P-256";  // not constant: OpenSSL's macros cast that away
  std::string signatures = "ECDSA+SHA256";
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, read_ahead_size);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_max_early_data(context, 0) == 1 && SSL_CTX_set_ciphersuites(context, tls13_ciphers) == 1 &&
         SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1 &&
         SSL_CTX_set1_groups_list(context, groups.data()) == 1 &&
         SSL_CTX_set1_sigalgs_list(context, signatures.data()) == 1;
}

Result<X509*> parse_certificate(const Bytes& der) {
  const std::uint8_t* at = der.data();
  X509* certificate = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  if (certificate == nullptr || at != der.data() + der.size()) {
    X509_free(certificate);
    ERR_clear_error();
    return fail(Errc::invalid, "a certificate of the chain is not DER");
  }
  return certificate;
}

}  // namespace

void TlsContext::FreeContext::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}
void TlsStream::FreeStream::operator()(ssl_st* stream) const {
  SSL_free(stream);
}

Result<TlsContext> TlsContext::make(std::span<const Bytes> chain, SignHandshake sign) {
  TRY(load_provider());
  if (chain.empty()) return fail(Errc::invalid, "an empty certificate chain");
  TlsContext made;
  made.signer_ = std::make_unique<Signer>(Signer{std::move(sign), std::nullopt});
  made.context_.reset(SSL_CTX_new_ex(nullptr, fetch_preference, TLS_server_method()));
  SSL_CTX* context = made.context_.get();
  if (context == nullptr || !configure(context)) return fail(Errc::io, "OpenSSL refuses the settings of this server");

  X509* leaf = TRY(parse_certificate(chain[0]));
  const bool leaf_taken = SSL_CTX_use_certificate(context, leaf) == 1;
  const Result<RemoteKey> key = make_remote_key(*leaf, *made.signer_);
  X509_free(leaf);
  if (!key.ok()) return key.error();
  if (!leaf_taken || SSL_CTX_use_PrivateKey(context, key->get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid, "OpenSSL refuses the certificate");
  }
  for (const Bytes& der : chain.subspan(1)) {
    X509* issuer = TRY(parse_certificate(der));
    if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      ERR_clear_error();
      return fail(Errc::invalid, "OpenSSL refuses a certificate of the chain");
    }
  }
  return made;
}

TlsStream::TlsStream(TlsContext& context, Fd socket, TlsTimes times)
    : signer_{context.signer_.get()},
      times_{times},
      transport_{std::make_unique<Transport>(std::move(socket), times.stall_ms)},
      ssl_{SSL_new(context.context_.get())} {
  ENSURE(ssl_ != nullptr && BIO_up_ref(transport_->bio()) == 1 && BIO_up_ref(transport_->bio()) == 1);
  SSL_set0_rbio(ssl_.get(), transport_->bio());
  SSL_set0_wbio(ssl_.get(), transport_->bio());
  SSL_set_accept_state(ssl_.get());
}

// The reason that came first: the callback's, else what OpenSSL says of the peer, else the socket's. An alert that
// could not be sent any more is none.
Error TlsStream::failure(int returned) {
  const int kind = SSL_get_error(ssl_.get(), returned);
  const unsigned long code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  const std::optional<Error> lost = transport_->take_error();
  if (auto refused = std::exchange(signer_->error, std::nullopt)) return std::move(*refused);
  if (kind != SSL_ERROR_SSL) return lost ? *lost : fail(Errc::io, "TLS: the connection is lost");
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    return fail(Errc::corrupt, "TLS: the peer's data ended without close_notify");
  }
  return fail(Errc::invalid, cat("TLS: ", reason == nullptr ? "the peer broke the protocol" : reason));
}

Result<void> TlsStream::handshake() {
  transport_->set_deadline(monotonic_now_ms() + times_.handshake_ms);
  transport_->set_stall(times_.handshake_ms);
  ERR_clear_error();
  const int done = SSL_accept(ssl_.get());
  if (done != 1) return failure(done);
  transport_->set_deadline(std::nullopt);
  transport_->set_stall(times_.stall_ms);
  return {};
}

Result<std::size_t> TlsStream::read_some(MutableByteView out) {
  ENSURE(!out.empty());
  if (later_) return std::move(*std::exchange(later_, std::nullopt));
  ERR_clear_error();
  std::size_t total = 0;
  const int first = SSL_read_ex(ssl_.get(), out.data(), out.size(), &total);
  if (first != 1) {
    if (SSL_get_error(ssl_.get(), first) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    return failure(first);
  }
  // The other records that came with the same receive.
  transport_->set_reading(false);
  while (total < out.size() && SSL_has_pending(ssl_.get()) == 1) {
    std::size_t more = 0;
    const int next = SSL_read_ex(ssl_.get(), out.data() + total, out.size() - total, &more);
    if (next != 1) {
      const int kind = SSL_get_error(ssl_.get(), next);
      if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_ZERO_RETURN) later_ = failure(next);
      break;
    }
    total += more;
  }
  transport_->set_reading(true);
  return total;
}

Result<void> TlsStream::write_part(ByteView data) {
  if (data.empty()) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int done = SSL_write_ex(ssl_.get(), data.data(), data.size(), &written);
  if (done != 1) return failure(done);
  ENSURE(written == data.size());
  return {};
}

Result<void> TlsStream::write_all(ByteView data) {
  TRY(write_part(data));
  return transport_->flush();
}

Result<void> TlsStream::shutdown(MonotonicMs linger_ms) {
  ERR_clear_error();
  const int done = SSL_shutdown(ssl_.get());
  if (done < 0) return failure(done);
  TRY(transport_->flush());
  if (linger_ms > 0) transport_->drain(linger_ms);
  return {};
}

bool TlsStream::has_pending() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

std::string TlsStream::summary() const {
  return cat(SSL_get_version(ssl_.get()), " ", SSL_get_cipher_name(ssl_.get()));
}

}  // namespace bulkhead::gate_http
