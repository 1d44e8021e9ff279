#include "hasher/foreign.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace bulkhead;

namespace {

Result<bool> matches(std::string_view password, std::string_view hash) {
  Bytes bytes = to_bytes(password);
  return hasher::is_password_of(bytes, hash);
}

}  // namespace

TEST_CASE("foreign: each scheme knows its password and no other") {
  // Made by libxcrypt through Python's crypt, by hashlib and by the reference implementation of argon2.
  for (const char* hash :
       {"$6$rounds=1000$saltsalt$JYXq.9xIbs7.UML."
        "dSLG4g95edgC7pd05IgstLrHCLG6nOaaUW7lgYqQ5kfFvCMvICoPZKIe4F23wF7rNTW001",
        "$5$saltsalt$wnrO6zgsO4GFF.sJGCL6E8iJbjlyk88pGL9PQN31DZD",
        "$2b$05$abcdefghijklmnopqrstuuiVf/RhxUFwkJUbjgVX/sq2bSS9d7fBa",
        "$2a$05$abcdefghijklmnopqrstuuiVf/RhxUFwkJUbjgVX/sq2bSS9d7fBa",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$.5ChpEWL3.4SyHMT7YrWHQX7aNtFeoe5luxb/zSuicA",
        "$pbkdf2-sha512$1000$salty$lV8Z8bKPPzXNIvriMu+08xOzqweJB0NhKl5FKs+1Q5Vu2ISjlD4XBJ2Ysd3KJ/"
        "Vi5sIV5NZZjJdl57eVHdm9HA==",
        "$pbkdf2-b64salt-sha256$1000$c2FsdHkxMjM=$ZytlrbkqatNkHC9GAjK3G+ILZKCg0b2Rxj+pETb+QfY=",
        "$argon2id$v=19$m=256,t=1,p=2$c29tZXNhbHQxMjM0NTY3OA$H76clA/aTe3YHnJ6yWGJfJeG2z+KfN58mJREeIxPo5w"}) {
    CAPTURE(hash);
    CHECK(*matches("correct horse battery 7", hash));
    CHECK(!*matches("correct horse battery 8", hash));
    CHECK(!*matches("", hash));
    CHECK(!*matches(std::string_view{"correct horse battery 7\0x", 25}, hash));
  }
  // From the documentation of SFTPGo.
  CHECK(*matches("password", "$pbkdf2-sha256$150000$E86a9YMX3zC7$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo="));
  CHECK(*matches("secret", "$2a$14$ajq8Q7fbtFRQvXpdCq7Jcuy.Rx1h/L4J60Otx.gyNLbAYctGMJ9tK"));
}

TEST_CASE("foreign: hashes that are not taken over are not checked either, and the password is wiped") {
  CHECK(matches("x", "$1$salt$abc").error().kind() == Errc::unsupported);
  CHECK(matches("x", "$2a$15$ajq8Q7fbtFRQvXpdCq7Jcuy.Rx1h/L4J60Otx.gyNLbAYctGMJ9tK").error().kind() == Errc::too_large);
  CHECK(matches(std::string(1'025, 'x'), "$1$").error().kind() == Errc::invalid);
  Bytes password = to_bytes("correct horse battery 7");
  REQUIRE(hasher::is_password_of(password, "$5$saltsalt$wnrO6zgsO4GFF.sJGCL6E8iJbjlyk88pGL9PQN31DZD").ok());
  CHECK(std::ranges::all_of(password, [](std::uint8_t byte) { return byte == 0; }));

  asks::CheckForeign ask{Secret::copy_of(as_bytes("password")),
                         "$5$saltsalt$wnrO6zgsO4GFF.sJGCL6E8iJbjlyk88pGL9PQN31DZD"};
  CHECK(!hasher::answer(ask)->matches);
}
