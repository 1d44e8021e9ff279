#include "signet/handshake_form.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::signet {
namespace {

constexpr std::size_t padding_size = 64;
constexpr std::string_view server_context = "TLS 1.3, server CertificateVerify";
constexpr std::size_t random_size = 32;
constexpr std::uint8_t named_curve = 3;  // RFC 8422 section 5.4: ECCurveType
constexpr std::uint8_t uncompressed_point = 4;

struct Curve {
  std::uint16_t number;  // RFC 8422 section 5.1.1: NamedCurve
  std::size_t public_size;
  bool is_point;  // starts with the point format octet
};
constexpr Curve curves[] = {{23, 65, true}, {24, 97, true}, {29, 32, false}};

// RFC 8446 section 4.4.3: "A string that consists of octet 32 (0x20) repeated 64 times; the context string; a single 0
// byte which serves as the separator; the content to be signed", which is a transcript hash.
bool is_certificate_verify(ByteView content) {
  Reader reader{content};
  const ByteView padding = reader.bytes(padding_size);
  const ByteView context = reader.bytes(server_context.size());
  const std::uint8_t separator = reader.u8();
  if (!reader.ok() || separator != 0 || as_text(context) != server_context) return false;
  if (!std::ranges::all_of(padding, [](std::uint8_t byte) { return byte == 0x20; })) return false;
  return reader.remaining() == 32 || reader.remaining() == 48;  // SHA-256, SHA-384
}

// RFC 8422 section 5.4: client_random, server_random, then ServerECDHParams: curve type, curve, public key.
bool is_server_key_exchange(ByteView content) {
  Reader reader{content};
  reader.bytes(2 * random_size);
  const std::uint8_t curve_type = reader.u8();
  const std::uint16_t number = reader.u16();
  const ByteView key = reader.bytes(reader.u8());
  if (!reader.ok() || reader.remaining() != 0 || curve_type != named_curve) return false;
  const auto* curve = std::ranges::find(curves, number, &Curve::number);
  if (curve == std::end(curves) || key.size() != curve->public_size) return false;
  return !curve->is_point || key[0] == uncompressed_point;
}

}  // namespace

Result<HandshakeForm> handshake_form(ByteView content) {
  if (is_certificate_verify(content)) return HandshakeForm::certificate_verify;
  if (is_server_key_exchange(content)) return HandshakeForm::server_key_exchange;
  return fail(Errc::invalid, "what was to be signed is no TLS server handshake");
}

}  // namespace bulkhead::signet
