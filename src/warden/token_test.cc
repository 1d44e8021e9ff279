#include "warden/token.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/encode.h"
#include "warden/limits.h"

using namespace bulkhead;

TEST_CASE(
    "tokens: a thousand are distinct from their first characters on, and every position takes many values (R-037)") {
  std::set<std::string> prefixes;
  std::vector<std::set<char>> letters(43);
  for (int i = 0; i < 1000; ++i) {
    const Secret token = warden::make_token();
    const std::string text{as_text(token.view())};
    REQUIRE(text.size() == 43);
    REQUIRE(from_base64url(text).ok());
    prefixes.insert(text.substr(0, 12));
    for (std::size_t at = 0; at < text.size(); ++at) letters[at].insert(text[at]);
  }
  CHECK(prefixes.size() == 1000);
  for (std::size_t at = 0; at < 42; ++at) CHECK(letters[at].size() >= 60);  // of 64, with 1000 draws
  CHECK(letters[42].size() == 16);                                          // the last one carries 4 bits
}

TEST_CASE("tokens: an API token is known by its beginning, and holds as much chance") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Secret token = warden::make_api_token();
    const std::string text{as_text(token.view())};
    REQUIRE(text.starts_with(warden::api_token_label));
    REQUIRE(text.size() == warden::api_token_label.size() + 43);
    CHECK(warden::is_api_token(token));
    seen.insert(text.substr(0, warden::api_token_label.size() + 12));
    CHECK_FALSE(warden::is_api_token(warden::make_token()));
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("tokens: user ids are 16 base-36 characters, one-time passwords have no look-alikes") {
  std::set<std::string> ids;
  std::set<std::string> passwords;
  for (int i = 0; i < 200; ++i) {
    const std::string id = warden::make_user_id();
    REQUIRE(id.size() == 16);
    REQUIRE(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    ids.insert(id);
    const Secret password = warden::make_one_time_password();
    const std::string text{as_text(password.view())};
    REQUIRE(text.size() == warden::one_time_password_length);
    REQUIRE(text.find_first_of("0Oo1lI") == std::string::npos);
    passwords.insert(text);
  }
  CHECK(ids.size() == 200);
  CHECK(passwords.size() == 200);
}
