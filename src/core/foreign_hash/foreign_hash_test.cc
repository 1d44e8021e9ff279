#include "core/foreign_hash/foreign_hash.h"

#include <doctest/doctest.h>

#include "base/cat.h"
#include "base/encode.h"

using namespace bulkhead;
using foreign_hash::parse;

namespace {

Errc kind_of(const Result<foreign_hash::Hash>& result) {
  REQUIRE(!result.ok());
  return result.error().kind();
}

const std::string bcrypt_rest = "$ajq8Q7fbtFRQvXpdCq7Jcuy.Rx1h/L4J60Otx.gyNLbAYctGMJ9tK";
const std::string sha512_rest = cat("$saltsalt$", std::string(86, 'a'));

std::string argon2id(std::string_view costs, std::string_view salt = "c29tZXNhbHQ",
                     std::string_view tag = "CTFhFdXPJO1aFaMaI6Mm5c8y7uwkJwKXgmsGVlYZyPc") {
  return cat("$argon2id$v=19$", costs, "$", salt, "$", tag);
}

}  // namespace

TEST_CASE("foreign hash: each scheme that is taken over") {
  CHECK(parse("$2a$10" + bcrypt_rest)->name == "bcrypt");
  CHECK(parse("$2b$04" + bcrypt_rest).ok());
  CHECK(parse("$2y$14" + bcrypt_rest).ok());
  CHECK(parse("$6" + sha512_rest)->name == "sha512-crypt");
  CHECK(parse("$6$rounds=5000" + sha512_rest).ok());
  CHECK(parse(cat("$5$saltsalt$", std::string(43, 'b')))->name == "sha256-crypt");
  CHECK(parse(cat("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$", std::string(43, 'c')))->name == "yescrypt");

  const foreign_hash::Hash argon = *parse(argon2id("m=65536,t=2,p=1"));
  CHECK(argon.memory_kib == 65'536);
  CHECK(argon.rounds == 2);
  CHECK(argon.lanes == 1);
  CHECK(to_text(argon.salt) == "somesalt");
  CHECK(argon.tag.size() == 32);

  const foreign_hash::Hash raw =
      *parse("$pbkdf2-sha256$150000$E86a9YMX3zC7$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo=");
  CHECK(raw.rounds == 150'000);
  CHECK(to_text(raw.salt) == "E86a9YMX3zC7");
  const foreign_hash::Hash coded =
      *parse("$pbkdf2-b64salt-sha256$1$c29tZXNhbHQ=$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo=");
  CHECK(to_text(coded.salt) == "somesalt");
  CHECK(parse(cat("$pbkdf2-sha512$1000$salt$", to_base64(Bytes(64, 1))))->scheme ==
        foreign_hash::Scheme::pbkdf2_sha512);
}

TEST_CASE("foreign hash: what would stall a sign-on is refused one beyond the limit") {
  CHECK(kind_of(parse("$2a$15" + bcrypt_rest)) == Errc::too_large);
  CHECK(parse("$6$rounds=1000000" + sha512_rest).ok());
  CHECK(kind_of(parse("$6$rounds=1000001" + sha512_rest)) == Errc::too_large);
  CHECK(kind_of(parse(cat("$y$jCT$salt$", std::string(43, 'c')))) == Errc::too_large);
  CHECK(kind_of(parse(argon2id("m=65537,t=1,p=1"))) == Errc::too_large);
  CHECK(kind_of(parse(argon2id("m=64,t=11,p=1"))) == Errc::too_large);
  CHECK(kind_of(parse(argon2id("m=64,t=1,p=5"))) == Errc::too_large);
  CHECK(kind_of(parse("$pbkdf2-sha256$1000001$salt$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo=")) == Errc::too_large);
  CHECK(kind_of(parse(std::string(foreign_hash::text_size_max + 1, '$'))) == Errc::too_large);
}

TEST_CASE("foreign hash: weak and unknown schemes are not taken over") {
  for (const char* text : {"$1$salt$hash", "$apr1$salt$hash", "{MD5}abc", "{SHA256}abc", "$pbkdf2-sha1$1$a$b", "plain",
                           "", "!", "*", "$7$abc", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA"}) {
    CAPTURE(text);
    CHECK(kind_of(parse(text)) == Errc::unsupported);
  }
}

TEST_CASE("foreign hash: damaged ones are refused, and the message repeats nothing of them") {
  for (const std::string& text :
       {std::string{"$2a$10$short"}, "$2a$03" + bcrypt_rest, "$2a$1x" + bcrypt_rest, "$2a$10" + bcrypt_rest + "x",
        std::string{"$6$salt"}, std::string{"$6$rounds=999$s$"}, "$6$rounds=" + sha512_rest, "$6" + sha512_rest + "a",
        cat("$6$seventeen-bytes-xx$", std::string(86, 'a')), argon2id("m=64,t=1"), argon2id("m=7,t=1,p=1"),
        argon2id("m=64,t=0,p=1"), argon2id("t=1,m=64,p=1"), argon2id("m=64,t=1,p=1", "c2FsdA"),
        argon2id("m=64,t=1,p=1", "c29tZXNhbHQ", "AAAA"), std::string{"$pbkdf2-sha256$0$salt$AAAA"},
        std::string{"$pbkdf2-sha256$1$$R5J62hsSq+pYw00hLLPKBbcGXmq7fj5+/M0IFoYtZbo="}, std::string{"$y$j9T$$"},
        std::string{"$y$j9T\0$x", 9}}) {
    CAPTURE(text);
    const Result<foreign_hash::Hash> result = parse(text);
    CHECK(kind_of(result) == Errc::invalid);
    CHECK(result.error().message().find('$') == std::string::npos);
  }
}
