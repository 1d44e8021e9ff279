#include "core/capability/capability.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::capability {
namespace {

constexpr std::string_view label = "bulkhead capability v2";
constexpr std::size_t signature_size = sizeof(crypt::Ed25519Signature);

bool is_base36(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z');
}

template <class Array>
void take(Reader& reader, Array& out) {
  const ByteView raw = reader.bytes(out.size());
  std::ranges::copy(raw, out.begin());
}

// A time that does not fit comes out negative, which is not well_formed().
UnixMs take_time(Reader& reader) {
  return static_cast<UnixMs>(reader.u64());
}

Result<Capability> parse(ByteView body) {
  Reader reader{body};
  Capability out;
  if (as_text(reader.bytes(label.size())) != label) reader.fail();
  take(reader, out.principal);
  out.tenant = reader.u32();
  out.role = static_cast<Role>(reader.u8());
  out.method = static_cast<Method>(reader.u8());
  const std::uint8_t scopes = reader.u8();
  out.scopes = Scopes::from_bits(scopes);
  out.connection = reader.u64();
  out.issued = take_time(reader);
  out.expires = take_time(reader);
  take(reader, out.session);
  out.username = to_text(reader.string(username_size_max));
  TRY(reader.done("capability"));
  if (!well_formed(out) || out.scopes.bits() != scopes)
    return fail(Errc::invalid, "capability: a field is over its limits");
  return out;
}

Error unauthenticated() {
  return fail(Errc::unauthenticated, "this session is not valid: sign in again");
}

}  // namespace

bool well_formed(const Capability& capability) {
  const auto role = static_cast<std::uint8_t>(capability.role);
  const auto method = static_cast<std::uint8_t>(capability.method);
  const std::string& name = capability.username;
  return std::ranges::all_of(capability.principal, is_base36) &&                                       //
         role >= 1 && role <= static_cast<std::uint8_t>(role_max) &&                                   //
         method >= 1 && method <= static_cast<std::uint8_t>(method_max) &&                             //
         !capability.scopes.empty() &&                                                                 //
         !name.empty() && name.size() <= username_size_max && name.find('\0') == std::string::npos &&  //
         capability.issued >= 0 && capability.expires > capability.issued &&                           //
         capability.expires - capability.issued <= lifetime_max_ms;
}

Bytes sign(ByteView seed, const Capability& capability) {
  ENSURE(well_formed(capability));
  Writer writer;
  writer.bytes(as_bytes(label))
      .bytes(as_bytes({capability.principal.data(), capability.principal.size()}))
      .u32(capability.tenant)
      .u8(static_cast<std::uint8_t>(capability.role))
      .u8(static_cast<std::uint8_t>(capability.method))
      .u8(capability.scopes.bits())
      .u64(capability.connection)
      .u64(static_cast<std::uint64_t>(capability.issued))
      .u64(static_cast<std::uint64_t>(capability.expires))
      .bytes(capability.session)
      .string(as_bytes(capability.username));
  writer.bytes(crypt::ed25519_sign(seed, writer.view()));
  return writer.take();
}

Result<VerifiedCapability> verify(const crypt::Ed25519Public& key, ByteView signed_bytes, std::uint64_t connection,
                                  UnixMs now) {
  if (signed_bytes.size() < signature_size || signed_bytes.size() > signed_size_max) return unauthenticated();
  const ByteView body = signed_bytes.first(signed_bytes.size() - signature_size);
  if (!crypt::ed25519_verify(key, body, signed_bytes.last(signature_size))) return unauthenticated();
  auto capability = parse(body);
  if (!capability.ok() || capability->connection != connection) return unauthenticated();
  if (capability->issued > clock_skew_max_ms && now < capability->issued - clock_skew_max_ms) return unauthenticated();
  if (now >= capability->expires) return fail(Errc::expired, "this session has expired: sign in again");
  return VerifiedCapability{std::move(*capability)};
}

}  // namespace bulkhead::capability
