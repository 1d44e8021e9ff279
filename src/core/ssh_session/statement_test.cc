#include "core/ssh_session/statement.h"

#include <doctest/doctest.h>

#include "base/writer.h"

namespace bulkhead::ssh_session {
namespace {

constexpr std::uint64_t connection = 77;
const Bytes seed(crypt::ed25519_seed_size, 9);
const crypt::Ed25519Public key = crypt::ed25519_public(seed);

Statement example() {
  return {connection, Bytes(32, 0xab), Bytes(51, 0xcd)};
}

Bytes signed_body(Bytes body) {
  const auto signature = crypt::ed25519_sign(seed, body);
  body.insert(body.end(), signature.begin(), signature.end());
  return body;
}

void check_refused(ByteView signed_bytes) {
  const auto verified = verify(key, signed_bytes, connection);
  REQUIRE_FALSE(verified.ok());
  CHECK(verified.error().kind() == Errc::unauthenticated);
}

}  // namespace

TEST_CASE("a statement comes back as it was signed") {
  for (const std::size_t size : {32U, 48U, 64U}) {
    Statement statement = example();
    statement.session_id = Bytes(size, 1);
    const auto verified = verify(key, sign(seed, statement), connection);
    REQUIRE(verified.ok());
    CHECK(*verified == statement);
  }
}

TEST_CASE("it is good on its own connection only, and under signet's key only") {
  const Bytes signed_bytes = sign(seed, example());
  CHECK_FALSE(verify(key, signed_bytes, connection + 1).ok());
  CHECK_FALSE(verify(crypt::ed25519_public(Bytes(32, 8)), signed_bytes, connection).ok());
  check_refused({});
  check_refused(Bytes(64, 0));
  check_refused(Bytes(statement_size_max + 1, 0));
}

TEST_CASE("every changed byte, and every cut, is refused") {
  const Bytes good = sign(seed, example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes changed = good;
    changed[i] ^= 1U;
    check_refused(changed);
    check_refused(ByteView{good}.first(i));
  }
}

TEST_CASE("a right signature does not help a body of another form") {
  const auto body = [](std::string_view label, std::size_t id_size, std::size_t key_size, std::size_t more) {
    Writer out;
    out.bytes(as_bytes(label)).u64(connection).string(Bytes(id_size, 1)).string(Bytes(key_size, 2)).bytes(Bytes(more, 0));
    return out.take();
  };
  CHECK(verify(key, signed_body(body("bulkhead ssh session v1", 32, 51, 0)), connection).ok());
  check_refused(signed_body(body("bulkhead ssh session v2", 32, 51, 0)));
  check_refused(signed_body(body("bulkhead ssh session v1", 31, 51, 0)));
  check_refused(signed_body(body("bulkhead ssh session v1", 65, 51, 0)));
  check_refused(signed_body(body("bulkhead ssh session v1", 32, 0, 0)));
  check_refused(signed_body(body("bulkhead ssh session v1", 32, 601, 0)));
  check_refused(signed_body(body("bulkhead ssh session v1", 32, 51, 1)));
  check_refused(signed_body({}));
}

}  // namespace bulkhead::ssh_session
