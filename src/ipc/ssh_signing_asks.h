#pragma once
// gate_ssh -> signet: the host keys' one use. signet is never given a hash or a blob to sign: it is given the parts of the
// exchange (RFC 4253 section 8), checks each, builds the exchange hash itself and signs that.
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

// What the first exchange begins with. `cookie` is signet's part of that exchange (RFC 4253 section 7.1), made for this
// channel alone: so no two connections have the same session identifier, even if their gates agree on all the rest.
struct HostKeys {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::vector<Bytes> keys;  // blobs (RFC 4253 section 6.6) in the order of preference: ssh-ed25519, ecdsa, ssh-rsa
    Bytes cookie;             // of our first KEXINIT: 16 bytes
    static auto fields(auto& m, auto&& f) { return f(m.keys, m.cookie); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// One for the first exchange and one for each rekey; exhausted when they come faster than any honest peer needs.
// The host key and method are what both KEXINIT messages negotiate to; anything else is invalid.
struct SignExchange {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    Bytes signature;      // blob: algorithm name, signature
    Bytes exchange_hash;  // H
    Bytes statement;      // first exchange only: core/ssh_session, for warden
    static auto fields(auto& m, auto&& f) { return f(m.signature, m.exchange_hash, m.statement); }
  };
  std::string client_version;      // V_C, without CR LF. V_S is ssh::server_version
  Bytes client_kexinit;            // I_C, the payload
  Bytes server_kexinit;            // I_S; the first one with the cookie of HostKeys
  std::string method;              // key exchange method agreed
  std::string host_key_algorithm;  // agreed
  Bytes client_share;              // Q_C, C_INIT: the octets within the string
  Bytes server_share;              // Q_S, S_REPLY
  Secret shared_secret;            // K as it is hashed: an mpint or a string, with its length
  static auto fields(auto& m, auto&& f) {
    return f(m.client_version, m.client_kexinit, m.server_kexinit, m.method, m.host_key_algorithm, m.client_share,
             m.server_share, m.shared_secret);
  }
};

// hostkeys-prove-00@openssh.com (OpenSSH PROTOCOL section 2.5): signs label, session identifier of this channel and key.
struct ProveHostKey {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    Bytes signature;  // blob
    static auto fields(auto& m, auto&& f) { return f(m.signature); }
  };
  Bytes key;         // one of HostKeys
  bool rsa_sha512 = false;  // for the RSA key: rsa-sha2-512, otherwise rsa-sha2-256
  static auto fields(auto& m, auto&& f) { return f(m.key, m.rsa_sha512); }
};

inline constexpr std::array ssh_signing_asks{
    ipc::Row{HostKeys::number, "host_keys", ipc::Phase::any, ipc::Times::once, 0},
    ipc::Row{SignExchange::number, "sign_exchange", ipc::Phase::any, ipc::Times::unlimited, 48'000},
    ipc::Row{ProveHostKey::number, "prove_host_key", ipc::Phase::any, ipc::Times::limited, 4'096},
};
static_assert(ipc::sorted_unique(ssh_signing_asks));

}  // namespace bulkhead::asks
