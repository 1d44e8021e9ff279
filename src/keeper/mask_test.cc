#include "keeper/mask.h"

#include <doctest/doctest.h>

namespace bulkhead::keeper {
namespace {

TEST_CASE("masks match whole texts, whatever their capitals") {
  struct Case {
    std::string_view mask;
    std::string_view text;
    bool matches;
  };
  constexpr Case cases[] = {
      {"", "anything", true},
      {"*", "anything", true},
      {"*.csv", "a.CSV", true},
      {"*.csv", "a.csv.gz", false},
      {"a?c", "aBc", true},
      {"a?c", "ac", false},
      {"?", "\xc3\xa9", true},
      {"\xc3\x89*", "\xc3\xa9t\xc3\xa9", true},  // one character, two bytes
      {"e\xcc\x81", "\xc3\xa9", true},           // decomposed in the mask
      {"a*b*c", "aXXbYYc", true},
      {"a*b*c", "aXXcYYb", false},
      {"**a**", "bab", true},
      {"%", "x", false},
      {"_", "x", false},
      {"[ab]", "a", false},
      {"/Home/*", "/home/x/y", true},
      {"a*", "", false},
      {"*a", "aab", false},
  };
  for (const Case& each : cases) {
    CAPTURE(each.mask);
    CAPTURE(each.text);
    CHECK(Mask::parse(each.mask).value().matches(each.text) == each.matches);
  }
}

TEST_CASE("a mask that is no text or too long is refused") {
  CHECK(Mask::parse("\xff").error().kind() == Errc::invalid);
  CHECK(Mask::parse(std::string(mask_size_max, 'a')).ok());
  CHECK(Mask::parse(std::string(mask_size_max + 1, 'a')).error().kind() == Errc::too_large);
}

}  // namespace
}  // namespace bulkhead::keeper
