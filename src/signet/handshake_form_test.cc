#include "signet/handshake_form.h"

#include <doctest/doctest.h>

#include <initializer_list>

#include "base/writer.h"

namespace bulkhead::signet {
namespace {

Bytes certificate_verify(std::size_t hash_size, std::string_view context = "TLS 1.3, server CertificateVerify") {
  Writer out;
  out.bytes(Bytes(64, 0x20)).bytes(as_bytes(context)).u8(0).bytes(Bytes(hash_size, 0xA5));
  return out.take();
}

Bytes key_exchange(std::uint16_t curve, std::size_t size, std::uint8_t curve_type = 3, std::uint8_t first = 4) {
  Writer out;
  out.bytes(Bytes(64, 0x11)).u8(curve_type).u16(curve).u8(static_cast<std::uint8_t>(size));
  if (size > 0) out.u8(first).bytes(Bytes(size - 1, 0x22));
  return out.take();
}

TEST_CASE("a TLS 1.3 server CertificateVerify is admitted with the hashes of TLS 1.3 only") {
  for (const std::size_t size : {32U, 48U}) {
    CHECK(handshake_form(certificate_verify(size)).value() == HandshakeForm::certificate_verify);
  }
  for (const std::size_t size : {0U, 20U, 28U, 31U, 33U, 47U, 49U, 64U})
    CHECK_FALSE(handshake_form(certificate_verify(size)).ok());
}

TEST_CASE("every byte before the hash counts") {
  const Bytes good = certificate_verify(32);
  for (std::size_t i = 0; i < good.size() - 32; ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    CHECK_MESSAGE(!handshake_form(bad).ok(), i);
  }
  Bytes other_hash = good;
  other_hash.back() ^= 1;
  CHECK(handshake_form(other_hash).ok());
}

TEST_CASE("a client's CertificateVerify and other contexts are refused") {
  CHECK_FALSE(handshake_form(certificate_verify(32, "TLS 1.3, client CertificateVerify")).ok());
  CHECK_FALSE(handshake_form(certificate_verify(32, "TLS 1.3, server CertificateVerifz")).ok());
  CHECK_FALSE(handshake_form(certificate_verify(32, "")).ok());
}

TEST_CASE("TLS 1.2 ServerKeyExchange parameters are admitted with the length of their curve only") {
  struct Case {
    std::uint16_t curve;
    std::size_t size;
  };
  for (const Case& c : {Case{23, 65}, Case{24, 97}, Case{29, 32}}) {
    CHECK(handshake_form(key_exchange(c.curve, c.size)).value() == HandshakeForm::server_key_exchange);
    for (const std::size_t size : {std::size_t{0}, c.size - 1, c.size + 1, std::size_t{255}}) {
      CHECK_FALSE(handshake_form(key_exchange(c.curve, size)).ok());
    }
    Bytes longer = key_exchange(c.curve, c.size);
    longer.push_back(0);
    CHECK_FALSE(handshake_form(longer).ok());
  }
  CHECK_FALSE(handshake_form(key_exchange(23, 32)).ok());
  CHECK_FALSE(handshake_form(key_exchange(25, 133)).ok());       // secp521r1 is not offered
  CHECK_FALSE(handshake_form(key_exchange(23, 65, 1)).ok());     // explicit prime
  CHECK_FALSE(handshake_form(key_exchange(23, 65, 3, 2)).ok());  // compressed point
  CHECK_FALSE(handshake_form(key_exchange(29, 32, 2)).ok());
}

TEST_CASE("whatever is short, or another protocol's, is refused") {
  CHECK_FALSE(handshake_form({}).ok());
  for (std::size_t size = 0; size < 200; ++size) {
    CHECK_FALSE(handshake_form(Bytes(size, 0x20)).ok());
    CHECK_FALSE(handshake_form(Bytes(size, 0)).ok());
  }
  CHECK_FALSE(handshake_form(as_bytes("SSH-2.0-partner")).ok());
  const Bytes good = key_exchange(23, 65);
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(handshake_form(ByteView{good}.first(size)).ok());
}

}  // namespace
}  // namespace bulkhead::signet
