#include "warden/password_policy.h"

#include <doctest/doctest.h>

using namespace bulkhead;

namespace {

std::string verdict(std::string_view password, std::string_view user_name = "anna.smith") {
  const Result<void> checked = warden::check_new_password(
      Secret::copy_of(as_bytes(password)), {user_name, "Anneliese O'Brien-Smith", "a.kowalski@example.com"});
  if (checked.ok()) return "taken";
  CHECK(checked.error().kind() == Errc::invalid);
  return checked.error().message();
}

bool refused_as(std::string_view password, std::string_view why, std::string_view user_name = "anna.smith") {
  return verdict(password, user_name).find(why) != std::string::npos;
}

}  // namespace

TEST_CASE("password policy: length is counted in characters") {
  CHECK(verdict("lovely cart 7") == "taken");
  CHECK(verdict("elevenchars") != "taken");
  CHECK(refused_as("elevenchars", "at least 12 characters"));
  CHECK(verdict("twelve chars") == "taken");
  CHECK(verdict("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\xA4\xC3\xB6") != "taken");  // 12 bytes, 6 characters
  CHECK(refused_as("", "too short"));
  CHECK(refused_as(std::string(1025, 'x') + "abcde", "too long"));
}

TEST_CASE("password policy: the user name, the common and the monotonous are refused") {
  CHECK(refused_as("xxANNA.Smith12345", "contains the user name"));
  CHECK(verdict("bananas and jam", "an") == "taken");  // too short a name to mean anything
  CHECK(refused_as("PassWord1234", "first that are guessed"));
  CHECK(refused_as("correcthorsebatterystaple", "first that are guessed"));
  CHECK(refused_as("aaaaaaaaaaaaaaaa", "first that are guessed"));
  CHECK(refused_as("121212121212", "first that are guessed"));
}

TEST_CASE("password policy: disguises of common words, walks and sequences are refused") {
  for (const char* common : {"Passw0rd1234", "P@$$w0rd!2026", "password password", "Summer2026!!!", "welcomewelcome",
                             "qwertyuiop12", "1234567890123", "abcdefghijkl", "zyxwvutsrqpo", "1qaz2wsx3edc",
                             "!!!Letme1n!!!!", "administrator1", "asdfghjklasdf", "iloveyou1234", "2026-Bulkhead!"}) {
    CHECK_MESSAGE(refused_as(common, "first that are guessed"), common);
  }
  for (const char* good : {"correct horse battery 7", "lovely cart seven", "winter tea & toast", "gH7-xQz9.pLm2"}) {
    CHECK_MESSAGE(verdict(good) == "taken", good);
  }
}

TEST_CASE("password policy: what is known of the person is refused, backwards and disguised too") {
  CHECK(refused_as("my ann3liese key", "name or address"));
  CHECK(refused_as("the brien bridge", "name or address"));
  CHECK(refused_as("neirb bridge 12", "name or address"));
  CHECK(refused_as("xx-kowalski-2026", "name or address"));
  CHECK(refused_as("htims is my word", "contains the user name"));
  CHECK(verdict("example lantern 9") == "taken");
}
