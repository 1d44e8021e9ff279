#pragma once
// gate -> signet: one handshake per connection. signet signs only content whose form it can check: the TLS 1.3
// CertificateVerify of a server (RFC 8446 section 4.4.3) or the TLS 1.2 ServerKeyExchange parameters (RFC 8422 section 5.4).
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

struct Certificate {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::vector<Bytes> chain;  // DER, leaf first
    static auto fields(auto& m, auto&& f) { return f(m.chain); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

struct SignHandshake {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    Bytes signature;  // ECDSA-Sig-Value, DER
    static auto fields(auto& m, auto&& f) { return f(m.signature); }
  };
  Bytes content;  // exactly what is to be hashed (SHA-256) and signed
  static auto fields(auto& m, auto&& f) { return f(m.content); }
};

inline constexpr std::array signing_asks{
    ipc::Row{Certificate::number, "certificate", ipc::Phase::any, ipc::Times::once, 0},
    ipc::Row{SignHandshake::number, "sign_handshake", ipc::Phase::any, ipc::Times::once, 512},
};
static_assert(ipc::sorted_unique(signing_asks));

}  // namespace bulkhead::asks
