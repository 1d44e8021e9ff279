#include "core/path/path.h"

#include <doctest/doctest.h>

#include <random>

#include "base/cat.h"
#include "base/encode.h"

using namespace bulkhead;

namespace {

std::string nested(std::size_t depth, std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += cat("/", name);
  return text;
}

struct Refused {
  std::string text;
  std::string_view rule;
};

Name name_of(std::string_view text) {
  return Name::parse(text).value();
}

}  // namespace

TEST_CASE("names that are allowed stay as they are") {
  const std::vector<std::string> names{"a",
                                       "report.pdf",
                                       ".filepart",
                                       "a..b",
                                       "...a",
                                       "a.",
                                       "a b",
                                       "<in>|\"x\"",
                                       "C:",
                                       "a*?",
                                       "@x",
                                       "!@",
                                       "~",
                                       "%41",
                                       "$HOME",
                                       "-rf",
                                       "\xC3\xA4",
                                       "\xE6\x97\xA5\xE6\x9C\xAC",
                                       "\xF0\x9F\x98\x80.png",
                                       "at 3.04\xE2\x80\xAFPM",  // U+202F, in screenshots of macOS
                                       std::string(255, 'x')};
  for (const std::string& text : names) {
    const Result<Name> name = Name::parse(text);
    REQUIRE_MESSAGE(name.ok(), text);
    CHECK(name->text() == text);
  }
}

TEST_CASE("names that break a rule are refused with the rule") {
  const std::vector<Refused> table{
      {"", "is empty"},
      {".", "dots only"},
      {"..", "dots only"},
      {"...", "dots only"},
      {"/", "slash"},
      {"a/b", "slash"},
      {"..\\", "slash"},
      {"a\\b", "slash"},
      {std::string{"a\0b", 3}, "control"},
      {std::string{"\0", 1}, "control"},
      {"a\n", "control"},
      {"a\tb", "control"},
      {"\x7F", "control"},
      {"\x1B[2J", "control"},
      {"a\xC2\x85", "control"},
      {"a\xC2\x9F", "control"},
      {"a\xC2\xAD"
       "b",
       "formatting"},  // U+00AD soft hyphen
      {"a\xE2\x80\x8B"
       "b",
       "formatting"},  // U+200B zero-width space
      {"a\xE2\x80\x8D"
       "b",
       "formatting"},  // U+200D zero-width joiner
      {"gpj.\xE2\x80\xAE"
       "exe",
       "formatting"},  // U+202E right-to-left override
      {"a\xE2\x81\xA6"
       "b",
       "formatting"},  // U+2066 left-to-right isolate
      {"\xEF\xBB\xBF"
       "a",
       "formatting"},                       // U+FEFF
      {"a\xF3\xA0\x81\x81", "formatting"},  // U+E0041 tag letter
      {"a\xE2\x80\xA8"
       "b",
       "separator"},  // U+2028
      {"a\xE2\x80\xA9"
       "b",
       "separator"},  // U+2029
      {"a\xCD\x8F"
       "b",
       "invisible"},  // U+034F combining grapheme joiner
      {"a\xE3\x85\xA4"
       "b",
       "invisible"},                   // U+3164 Hangul filler
      {"a\xEF\xB8\x8F", "invisible"},  // U+FE0F variation selector
      {"a\xE2\xA0\x80"
       "b",
       "invisible"},                     // U+2800 braille blank
      {"a\xEE\x80\x80", "private"},      // U+E000
      {"a\xF4\x80\x80\x80", "private"},  // U+100000
      {"a\xEF\xBF\xBF", "unassigned"},   // U+FFFF
      {"a\xCD\xB8", "unassigned"},       // U+0378
      {"a\xED\xA0\x80", "UTF-8"},        // U+D800
      {"a\xC0\xAF"
       "b",
       "UTF-8"},  // an overlong slash
      {"a\xE0\x80\xAF", "UTF-8"},
      {"\xC0\xAE\xC0\xAE", "UTF-8"},  // overlong dots
      {"\xFF", "UTF-8"},
      {"a\xE2\x82", "UTF-8"},
      {"\xF4\x90\x80\x80", "UTF-8"},  // beyond U+10FFFF
      {" a", "space"},
      {"a ", "space"},
      {" ", "space"},
      {".. ", "space"},
      {"a\xC2\xA0", "space"},  // U+00A0
      {"\xE3\x80\x80"
       "a",
       "space"},  // U+3000
      {"\xCC\xB8"
       "a",
       "combining"},  // U+0338 would strike through the slash before it
      {"@!", "@!"},
      {"@!x", "@!"},
      {std::string(256, 'x'), "longer"},
      {std::string(100'000, 'x'), "longer"},
  };
  for (const Refused& row : table) {
    const Result<Name> name = Name::parse(row.text);
    REQUIRE_MESSAGE(!name.ok(), to_hex(as_bytes(row.text)));
    CHECK_MESSAGE(name.error().message().find(row.rule) != std::string::npos, name.error().message());
    CHECK(name.error().kind() == (row.rule == "longer" ? Errc::too_large : Errc::invalid));
  }
}

TEST_CASE("each ASCII character is decided as the specification says") {
  for (int byte = 0; byte < 128; ++byte) {
    const char letter = static_cast<char>(byte);
    const bool allowed = byte >= 32 && byte != 127 && letter != '/' && letter != '\\';
    CAPTURE(byte);
    CHECK(Name::parse(cat("a", letter, "b")).ok() == allowed);
  }
}

TEST_CASE("two byte forms of one text are one name") {
  CHECK(name_of("a\xCC\x88") == name_of("\xC3\xA4"));                     // a, U+0308
  CHECK(name_of("\xE2\x84\xAA") == name_of("K"));                         // U+212A Kelvin
  CHECK(name_of("\xE1\x84\x80\xE1\x85\xA1") == name_of("\xEA\xB0\x80"));  // Hangul jamo
  CHECK(name_of("q\xCC\xA3\xCC\x87") == name_of("q\xCC\x87\xCC\xA3"));    // order of marks
  CHECK(name_of("A") != name_of("a"));
  CHECK(name_of("\xEF\xBC\xA1") != name_of("A"));  // full width is another text, kept
}

TEST_CASE("the limit of a name counts the bytes after normalisation") {
  std::string decomposed;
  for (int i = 0; i < 127; ++i) decomposed += "a\xCC\x88";  // 381 bytes, 254 in NFC
  CHECK(Name::parse(decomposed).ok());
  CHECK(Name::parse(decomposed + "b").ok());
  CHECK_FALSE(Name::parse(decomposed + "bb").ok());
  std::string growing;
  for (int i = 0; i < 70; ++i) growing += "\xF0\x9D\x85\x9E";  // U+1D15E: 4 bytes, 8 in NFC
  CHECK_FALSE(Name::parse(growing).ok());
}

TEST_CASE("paths print as they were parsed") {
  for (const std::string text : {"/", "/a", "/a/b/c.txt", "/Home/ada/.filepart"}) {
    const Result<RemotePath> path = RemotePath::parse(text);
    REQUIRE_MESSAGE(path.ok(), text);
    CHECK(path->print() == text);
  }
  CHECK(RemotePath{} == RemotePath::parse("/").value());
  CHECK(RemotePath::parse("/").value().is_root());
}

TEST_CASE("paths that are not in the one form are refused") {
  const std::vector<std::string> table{"",
                                       "a",
                                       "a/b",
                                       "//",
                                       "/a/",
                                       "/a//b",
                                       "/.",
                                       "/..",
                                       "/a/..",
                                       "/a/../b",
                                       "/a/./b",
                                       "/a/..\\..\\b",
                                       "/a/ b",
                                       "\\a",
                                       "/a\\..\\b",
                                       "/a/\n",
                                       std::string{"/a\0/b", 5}};
  for (const std::string& text : table) {
    const Result<RemotePath> path = RemotePath::parse(text);
    REQUIRE_MESSAGE(!path.ok(), text);
    CHECK(path.error().kind() == Errc::invalid);
  }
}

TEST_CASE("depth and length are limited, for every way to make a path") {
  CHECK(RemotePath::parse(nested(64, "d")).ok());
  CHECK(RemotePath::parse(nested(65, "d")).error().kind() == Errc::too_large);
  const RemotePath deepest = RemotePath::parse(nested(64, "d")).value();
  CHECK(deepest.child(name_of("x")).error().kind() == Errc::too_large);
  CHECK(deepest.parent().child(name_of("x")).ok());

  const RemotePath longest = RemotePath::parse(nested(16, std::string(255, 'n'))).value();
  CHECK(longest.print().size() == path_size_max);
  CHECK(longest.child(name_of("x")).error().kind() == Errc::too_large);
  CHECK(longest.concat(RemotePath::parse("/x").value()).error().kind() == Errc::too_large);
  CHECK(longest.concat(RemotePath{}).ok());
}

TEST_CASE("parent, name and within go by components") {
  const RemotePath path = RemotePath::parse("/a/b").value();
  CHECK(path.name().text() == "b");
  CHECK(path.parent().print() == "/a");
  CHECK(path.parent().parent().is_root());
  CHECK(RemotePath{}.parent().is_root());
  CHECK(path.is_within(path));
  CHECK(path.is_within(path.parent()));
  CHECK(path.is_within(RemotePath{}));
  CHECK_FALSE(path.parent().is_within(path));
  CHECK_FALSE(RemotePath::parse("/ab").value().is_within(RemotePath::parse("/a").value()));
}

TEST_CASE("property: printing and parsing are inverse, also of concatenations") {
  const std::vector<std::string> pieces{"a",  "B",  "..x", "\xC3\xA4",     "a\xCC\x88", "\xCC\x88z",
                                        ".",  "..", " ",   "x y",          "=\xCC\xB8", "\xE6\x97\xA5",
                                        "@!", "@",  "\\",  "\xE2\x80\x8B", "-",         "\xEA\xB0\x80\xE1\x86\xA8"};
  std::mt19937 random{7};  // NOLINT: the same run each time
  const auto random_path = [&] {
    RemotePath path;
    for (std::size_t depth = random() % 6; depth > 0; --depth) {
      std::string text;
      for (std::size_t count = 1 + random() % 3; count > 0; --count) text += pieces[random() % pieces.size()];
      const Result<Name> name = Name::parse(text);
      if (name.ok()) path = path.child(*name).value();
    }
    return path;
  };
  std::size_t deepest = 0;
  for (int i = 0; i < 3000; ++i) {
    const RemotePath left = random_path();
    const RemotePath right = random_path();
    const RemotePath both = left.concat(right).value();
    deepest = std::max(deepest, both.depth());
    REQUIRE(RemotePath::parse(left.print()).value() == left);
    REQUIRE(RemotePath::parse(both.print()).value() == both);
    REQUIRE(both.is_within(left));
    REQUIRE(both.depth() == left.depth() + right.depth());
    if (!left.is_root() && !right.is_root()) REQUIRE(both.print() == left.print() + right.print());
    if (!left.is_root()) REQUIRE(left.parent().child(left.name()).value() == left);
  }
  CHECK(deepest >= 6);
}
