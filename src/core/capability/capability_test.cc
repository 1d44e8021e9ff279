#include "core/capability/capability.h"

#include <doctest/doctest.h>

#include <type_traits>

#include "base/encode.h"
#include "base/writer.h"

namespace bulkhead::capability {
namespace {

constexpr UnixMs issued = 1'795'000'000'000;
constexpr UnixMs hour_ms = 3'600'000;
constexpr std::uint64_t connection = 0x0102030405060708;
const Bytes seed =
    from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value();  // RFC 8032, 7.1
const crypt::Ed25519Public key = crypt::ed25519_public(seed);

Capability example() {
  Capability out;
  constexpr std::string_view id = "0a1b2c3d4e5f6g7z";
  std::copy(id.begin(), id.end(), out.principal.begin());
  out.tenant = 42;
  out.username = "partner@example.org";
  out.role = Role::user;
  out.method = Method::ssh_key;
  out.scopes = {Scope::read, Scope::write};
  out.connection = connection;
  out.issued = issued;
  out.expires = issued + hour_ms;
  out.session = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  return out;
}

void check_refused(ByteView signed_bytes, Errc kind = Errc::unauthenticated, UnixMs now = issued) {
  const auto verified = verify(key, signed_bytes, connection, now);
  REQUIRE_FALSE(verified.ok());
  CHECK(verified.error().kind() == kind);
}

// Rightly signed, whatever the body is.
Bytes signed_body(Bytes body) {
  const auto signature = crypt::ed25519_sign(seed, body);
  body.insert(body.end(), signature.begin(), signature.end());
  return body;
}
Bytes body_of(const Capability& capability) {
  Bytes out = sign(seed, capability);
  out.resize(out.size() - 64);
  return out;
}

static_assert(!std::is_default_constructible_v<VerifiedCapability>);
static_assert(!std::is_constructible_v<VerifiedCapability, Capability>);

TEST_CASE("a signed capability verifies to itself") {
  const auto verified = verify(key, sign(seed, example()), connection, issued);
  REQUIRE(verified.ok());
  CHECK(**verified == example());

  Capability widest = example();
  widest.username = std::string(username_size_max, 'n');
  widest.role = role_max;
  widest.method = method_max;
  widest.scopes = Scopes::all();
  widest.expires = issued + lifetime_max_ms;
  const Bytes bytes = sign(seed, widest);
  CHECK(bytes.size() <= signed_size_max);
  CHECK(*verify(key, bytes, connection, issued).value() == widest);
}

TEST_CASE("the signed bytes are those of the specification") {
  CHECK(to_hex(body_of(example())) ==
        "62756c6b68656164206361706162696c697479207632"  // label
        "3061316232633364346535663667377a"              // principal
        "0000002a030403"                                // tenant, role, method, scopes
        "0102030405060708"                              // connection
        "000001a1ee565e00"                              // issued
        "000001a1ee8d4c80"                              // expires
        "0102030405060708090a0b0c0d0e0f10"              // session
        "00000013706172746e6572406578616d706c652e6f7267");
}

TEST_CASE("flipping any bit refuses") {
  const Bytes good = sign(seed, example());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    check_refused(flipped);
  }
}

TEST_CASE("cut, extended and oversized bytes refuse") {
  const Bytes good = sign(seed, example());
  for (std::size_t size = 0; size < good.size(); ++size) check_refused(ByteView{good}.first(size));
  Bytes longer = good;
  longer.push_back(0);
  check_refused(longer);
  // Rightly signed, and still with bytes that no field takes.
  Bytes trailing = body_of(example());
  trailing.push_back(0);
  check_refused(signed_body(trailing));
  trailing.resize(signed_size_max + 1 - 64);
  check_refused(signed_body(trailing));
}

TEST_CASE("another key, connection or label refuses") {
  const Bytes good = sign(seed, example());
  const auto other_key = crypt::ed25519_public(Bytes(32, 7));
  CHECK(verify(other_key, good, connection, issued).error().kind() == Errc::unauthenticated);
  for (const std::uint64_t other : {std::uint64_t{0}, connection - 1, connection + 1, connection << 32U}) {
    CHECK(verify(key, good, other, issued).error().kind() == Errc::unauthenticated);
  }
  Bytes relabelled = body_of(example());
  relabelled[21] = '1';
  check_refused(signed_body(relabelled));
}

TEST_CASE("it is good from its issue, less the skew of clocks, until before its expiry") {
  const Bytes good = sign(seed, example());
  const auto good_at = [&](UnixMs now) { return verify(key, good, connection, now).ok(); };
  CHECK(good_at(issued - clock_skew_max_ms));
  CHECK(good_at(issued + hour_ms - 1));
  check_refused(good, Errc::expired, issued + hour_ms);
  check_refused(good, Errc::expired, INT64_MAX);
  check_refused(good, Errc::unauthenticated, issued - clock_skew_max_ms - 1);
  check_refused(good, Errc::unauthenticated, INT64_MIN);
  // Expired is said only of what is right otherwise.
  CHECK(verify(key, good, connection + 1, INT64_MAX).error().kind() == Errc::unauthenticated);
}

TEST_CASE("rightly signed fields outside their limits refuse") {
  constexpr std::size_t principal_at = 22;
  constexpr std::size_t role_at = 42;
  constexpr std::size_t issued_at = 53;
  constexpr std::size_t expires_at = 61;
  constexpr std::size_t name_size_at = 85;
  const auto with = [&](std::size_t at, ByteView raw) {
    Bytes body = body_of(example());
    copy_to(MutableByteView{body}.subspan(at), raw);
    return signed_body(std::move(body));
  };
  // The offsets are right: the same bytes put back verify.
  CHECK(verify(key, with(role_at, Bytes{3, 4}), connection, issued).ok());
  for (const char letter : {'A', 'Z', '-', '/', ':', '`', '{', '\0', ' '}) {
    check_refused(with(principal_at + 3, Bytes{static_cast<std::uint8_t>(letter)}));
  }
  for (const unsigned role : {0U, 8U, 255U}) check_refused(with(role_at, Bytes{static_cast<std::uint8_t>(role)}));
  for (const unsigned method : {0U, 8U, 255U})
    check_refused(with(role_at + 1, Bytes{static_cast<std::uint8_t>(method)}));
  for (const unsigned scopes : {0U, 32U, 255U}) {
    check_refused(with(role_at + 2, Bytes{static_cast<std::uint8_t>(scopes)}));
  }
  check_refused(with(issued_at, Bytes(8, 0xff)));
  check_refused(with(issued_at, Bytes(8, 0)));  // too long a life
  check_refused(with(expires_at, Bytes(8, 0xff)));
  check_refused(with(expires_at, Writer{}.u64(static_cast<std::uint64_t>(issued)).take()));
  check_refused(with(name_size_at, Writer{}.u32(0).take()));
  check_refused(with(name_size_at, Writer{}.u32(18).take()));
  check_refused(with(name_size_at, Writer{}.u32(UINT32_MAX).take()));
  check_refused(with(name_size_at + 6, Bytes{0}));

  Bytes long_name = body_of(example());
  long_name.resize(name_size_at);
  const Bytes name(username_size_max + 1, 'n');
  const Bytes sized = Writer{}.string(name).take();
  long_name.insert(long_name.end(), sized.begin(), sized.end());
  check_refused(signed_body(long_name));
}

TEST_CASE("well_formed names each limit") {
  const auto broken = [](auto&& change) {
    Capability capability = example();
    change(capability);
    return !well_formed(capability);
  };
  CHECK(well_formed(example()));
  CHECK(broken([](Capability& c) { c.principal[0] = 'A'; }));
  CHECK(broken([](Capability& c) { c.username.clear(); }));
  CHECK(broken([](Capability& c) { c.username.assign(256, 'x'); }));
  CHECK(broken([](Capability& c) { c.expires = c.issued; }));
  CHECK(broken([](Capability& c) { c.expires = c.issued + lifetime_max_ms + 1; }));
  CHECK(broken([](Capability& c) { c.issued = -1; }));
  CHECK(broken([](Capability& c) { c.role = static_cast<Role>(8); }));
  CHECK(broken([](Capability& c) { c.scopes = {}; }));
}

TEST_CASE("scopes: an ask takes what its row says, and one without a row a whole session") {
  constexpr std::array table{ScopeRow{1, Scope::read}, ScopeRow{2, {Scope::write, Scope::remove}},
                             ScopeRow{3, Scope::read, Scope::write}, ScopeRow{4, {}}};
  for (std::uint64_t bits = 0; bits <= Scopes::all_bits; ++bits) {
    const Scopes held = Scopes::from_bits(bits);
    const bool whole = held.has(Scope::session);
    const bool read = held.has(Scope::read) || whole;
    const bool write = held.has(Scope::write) || whole;
    CHECK(admits(table, held, 1) == read);
    CHECK(admits(table, held, 2) == (whole || (write && held.has(Scope::remove))));
    CHECK(admits(table, held, 3) == (read || write));
    CHECK(admits(table, held, 4));
    CHECK(admits(table, held, 5) == whole);
  }
  CHECK_FALSE(token_scopes.has(Scope::session));
  CHECK(Scopes::from_bits(255) == Scopes::all());
}

}  // namespace
}  // namespace bulkhead::capability
