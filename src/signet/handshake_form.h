#pragma once
// The two contents that a TLS server's certificate key may ever sign. Pure: no I/O, no key. A taken gate asks signet
// for a signature over bytes of its choice; these forms leave it nothing but handshakes (breach class of R-145). The
// two forms have different lengths, so no content is both.
#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::signet {

enum class HandshakeForm : std::uint8_t {
  certificate_verify,   // TLS 1.3: RFC 8446 section 4.4.3
  server_key_exchange,  // TLS 1.2 with ECDHE: RFC 8422 section 5.4
};

// Which form `content` has, to the last byte; Errc::invalid for everything else.
Result<HandshakeForm> handshake_form(ByteView content);

}  // namespace bulkhead::signet
