#include "core/path/user_name.h"

#include <doctest/doctest.h>

#include "base/cat.h"
#include "core/path/path.h"

using namespace bulkhead;

TEST_CASE("user names that are allowed, each a legal folder name too") {
  for (const std::string text :
       {"a", "ada", "Ada.Lovelace", "ada@example.com", "ada+sftp@example.com", "svc_backup-01", "_", "7", "a-", "a@"}) {
    const Result<UserName> name = UserName::parse(text);
    REQUIRE_MESSAGE(name.ok(), text);
    CHECK(name->text() == text);
    CHECK(Name::parse(text).ok());
  }
  CHECK(UserName::parse(std::string(64, 'a')).ok());
}

TEST_CASE("user names that mean something to a path, a shell or a template are refused (R-038, R-040)") {
  const std::vector<std::string> table{"",
                                       ".",
                                       "..",
                                       "a/b",
                                       "a\\b",
                                       "%username%",
                                       "~",
                                       "~root",
                                       "-oProxyCommand",
                                       ".ssh",
                                       "a..b",
                                       "a.",
                                       "@a",
                                       "+a",
                                       "a b",
                                       "a ",
                                       " a",
                                       "a\n",
                                       "a:b",
                                       "a;b",
                                       "$(id)",
                                       "`id`",
                                       "a'b",
                                       "a\"b",
                                       "*",
                                       "a%00",
                                       "<a>",
                                       std::string{"admin\0x", 7},
                                       std::string{"admin\0", 6},
                                       std::string{"\0", 1},
                                       "a\x7F"};
  for (const std::string& text : table) {
    const Result<UserName> name = UserName::parse(text);
    REQUIRE_MESSAGE(!name.ok(), text);
    CHECK(name.error().kind() == Errc::invalid);
  }
  CHECK(UserName::parse(std::string(65, 'a')).error().kind() == Errc::too_large);
  CHECK(UserName::parse(std::string(10'240, 'a')).error().kind() == Errc::too_large);
}

TEST_CASE("each byte is decided as the contract says") {
  const std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+";
  for (int byte = 0; byte < 256; ++byte) {
    const char letter = static_cast<char>(byte);
    CAPTURE(byte);
    CHECK(UserName::parse(cat("a", letter, "b")).ok() == (allowed.find(letter) != std::string_view::npos));
  }
}

TEST_CASE("variants of a name fold to it or are refused (R-039)") {
  const UserName ada = UserName::parse("Ada").value();
  CHECK(ada.fold() == "ada");
  CHECK(UserName::parse("ADA").value() == ada);
  CHECK_FALSE(UserName::parse("Adam").value() == ada);
  for (const char* variant : {"Ada ", "Ada\xE2\x80\x8B",
                              "A\xE2\x80\xAE"
                              "da",
                              "\xEF\xBC\xA1"
                              "da",
                              "Ad\xC3\xA1", "Ada\xCC\x81",
                              "\xD0\x90"
                              "da",
                              "\xCE\x91"
                              "da"}) {
    CHECK_FALSE(UserName::parse(variant).ok());
  }
}
