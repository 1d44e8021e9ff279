#pragma once
// An OpenSSL provider named "bulkhead" whose one kind of key, ECDSA P-256, has its private half elsewhere: signing is a
// callback (in the gate: signet over its channel). So the process that speaks with strangers has no private key to
// lose. The provider signs with DigestSign only, so the callback gets the whole content, never a bare digest, and the
// other side can check what it signs. Everything else of the TLS library (ephemeral ECDHE keys, ciphers, hashes) stays
// with OpenSSL's default provider: load_provider() makes "?provider=default" the preference of the process.
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

struct evp_pkey_st;
struct x509_st;

namespace bulkhead::gate_http {

// The ECDSA-Sig-Value (DER, at most signature_size_max bytes) over SHA-256 of `content`.
using SignHandshake = std::function<Result<Bytes>(ByteView content)>;
inline constexpr std::size_t signature_size_max = 72;

// The property query under which libssl must fetch: prefers the default provider, admits the key of ours.
inline constexpr const char* fetch_preference = "?provider=default";

// Initialises OpenSSL without any configuration file and loads both providers. Once per process, later calls do
// nothing.
Result<void> load_provider();

// What signs, and the error of the last time that it did not. Outlives every key made with it.
struct Signer {
  SignHandshake sign;
  std::optional<Error> error;
};

struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using RemoteKey = std::unique_ptr<evp_pkey_st, FreeKey>;

// The key of `certificate`, signing by `signer`. Errc::unsupported unless it is an ECDSA P-256 key.
Result<RemoteKey> make_remote_key(const x509_st& certificate, Signer& signer);

}  // namespace bulkhead::gate_http
