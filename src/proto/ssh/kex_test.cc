#include "proto/ssh/kex.h"

#include <doctest/doctest.h>

#include "base/encode.h"
#include "crypt/key_hash.h"
#include "proto/ssh/client_double.h"

namespace bulkhead::ssh {
namespace {

TEST_CASE("both sides of every method get the same K, of the size and form that its row says") {
  for (const ExchangeRow& row : exchanges) {
    CAPTURE(row.name);
    const ClientShare client{row};
    CHECK(client.share().size() == row.client_share_size);
    const Answer answer = answer_exchange(row, client.share()).value();
    CHECK(answer.share.size() == row.server_share_size);
    CHECK(equal_constant_time(client.agree(answer.share).view(), answer.shared_secret.view()));
    CHECK(answer.shared_secret.size() <= 4 + row.secret_size_max);
    if (row.secret_is_string) CHECK(answer.shared_secret.size() == 4 + row.secret_size_max);
    const Answer other = answer_exchange(row, client.share()).value();
    CHECK_FALSE(equal_constant_time(other.shared_secret.view(), answer.shared_secret.view()));
  }
}

TEST_CASE("K: an mpint for the curves, a string for the hybrids") {
  const Bytes secret = from_hex("0080").value();
  CHECK(to_hex(encode_shared_secret(*find_exchange("curve25519-sha256"), secret).view()) == "000000020080");
  CHECK(to_hex(encode_shared_secret(*find_exchange("mlkem768x25519-sha256"), secret).view()) == "000000020080");
  const Bytes small = from_hex("0001").value();
  CHECK(to_hex(encode_shared_secret(*find_exchange("ecdh-sha2-nistp256"), small).view()) == "0000000101");
  CHECK(to_hex(encode_shared_secret(*find_exchange("sntrup761x25519-sha512"), small).view()) == "000000020001");
}

TEST_CASE("keys: RFC 4253 section 7.2, written out") {
  const Bytes secret = to_bytes("K");
  const Bytes hash = to_bytes("H");
  const Bytes session = to_bytes("S");
  const KeySource source{crypt::HashKind::sha256, secret, hash, session};
  const crypt::Sha256 first = crypt::sha256(as_bytes("KHAS"));
  const crypt::Sha256 second = crypt::sha256({as_bytes("KH"), first});
  const crypt::Sha256 third = crypt::sha256({as_bytes("KH"), first, second});
  const Secret made = derive_key(source, 'A', 80).value();
  CHECK(to_hex(made.view()) == to_hex(first) + to_hex(second) + to_hex(ByteView{third}.first(16)));
  CHECK(to_hex(derive_key(source, 'A', 12).value().view()) == to_hex(ByteView{first}.first(12)));
  CHECK(to_hex(derive_key(source, 'B', 12).value().view()) != to_hex(ByteView{first}.first(12)));
  CHECK(derive_key(source, 'A', 0).value().empty());
}

}  // namespace
}  // namespace bulkhead::ssh
