#pragma once
// The TLS server side of one accepted socket, blocking, with time-outs. TLS 1.3 and 1.2; only ECDHE over X25519 or
// P-256 with AEAD ciphers; no renegotiation, compression, tickets, session cache, early data or client certificates.
// ALPN: http/1.1, or none at all (RFC 7301 section 3.2). The private key is a callback (provider.h).
#include <memory>

#include "gate_http/tls/provider.h"
#include "gate_http/tls/transport.h"

struct ssl_ctx_st;
struct ssl_st;

namespace bulkhead::gate_http {

// Loads providers and runs whole handshakes in memory with a throw-away key, so that whatever OpenSSL fetches,
// allocates or seeds lazily is there before the sandbox closes. First thing of a process: OPENSSL_CONF is not read
// after it.
Result<void> warm_up();

// Made once per process, before the socket comes.
class TlsContext {
 public:
  // `chain`: DER, leaf first (asks::Certificate). `sign` is called once per handshake.
  static Result<TlsContext> make(std::span<const Bytes> chain, SignHandshake sign);

 private:
  friend class TlsStream;
  friend Result<void> warm_up();
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };

  std::unique_ptr<Signer> signer_;  // at a fixed address, ahead of what points to it
  std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

struct TlsTimes {
  MonotonicMs handshake_ms;  // for the whole handshake
  MonotonicMs stall_ms;      // for any one wait, later
};

// After an error the stream is lost: nothing may be called but the destructor. Kinds of errors: Errc::expired for a
// time-out, io for a socket that failed, corrupt for an end without close_notify (truncation), invalid for a peer that
// breaks TLS (a tampered record among it), and in a handshake the error of `sign`.
class TlsStream {
 public:
  TlsStream(TlsContext& context, Fd socket, TlsTimes times);

  Result<void> handshake();
  // Waits for at least one byte, then takes what has arrived. 0: the peer ended its side properly (close_notify).
  // `out` is best a multiple of 16 KiB; it may not be empty.
  Result<std::size_t> read_some(MutableByteView out);
  // All of `data`, on its way when this returns.
  Result<void> write_all(ByteView data);
  // The same, but the end of it may wait for the next write_all: for a head whose body follows.
  Result<void> write_part(ByteView data);
  // Sends close_notify; then, so that a peer still sending does not lose our last bytes to a reset, reads and drops for
  // at most `linger_ms` until it hangs up.
  Result<void> shutdown(MonotonicMs linger_ms);

  // From now on, e.g. while idle between two requests.
  void set_stall(MonotonicMs stall_ms) { transport_->set_stall(stall_ms); }
  // Decrypted or undecrypted bytes are already here: the next read_some will probably not wait.
  bool has_pending() const;
  // For the log, such as "TLSv1.3 TLS_AES_128_GCM_SHA256".
  std::string summary() const;

 private:
  struct FreeStream {
    void operator()(ssl_st* stream) const;
  };
  Error failure(int returned);

  Signer* signer_;
  TlsTimes times_;
  std::unique_ptr<Transport> transport_;  // at a fixed address: OpenSSL points to it
  std::unique_ptr<ssl_st, FreeStream> ssl_;
  std::optional<Error> later_;  // met behind bytes that were still good: the next read tells
};

}  // namespace bulkhead::gate_http
