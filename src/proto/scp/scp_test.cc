#include <doctest/doctest.h>

#include "base/cat.h"
#include "proto/scp/command.h"
#include "proto/scp/glob.h"
#include "proto/scp/lines.h"

namespace bulkhead::scp {
namespace {

std::string split(std::string_view command) {
  const Result<std::vector<Word>> words = parse_words(command);
  if (!words.ok()) return "refused";
  std::string out;
  for (const Word& word : *words) out += cat("[", word.text, "]");
  return out;
}

Result<Invocation> invocation(std::string_view command) {
  return parse_invocation(*parse_words(command));
}

TEST_CASE("words are unquoted as a POSIX shell does it") {
  CHECK(split("scp -t a") == "[scp][-t][a]");
  CHECK(split("  scp \t -t  ") == "[scp][-t]");
  CHECK(split("a' b'c") == "[a bc]");
  CHECK(split("'' \"\"") == "[][]");
  CHECK(split(R"(a\ b \'x\\ 'a\b')") == R"([a b]['x\][a\b])");
  CHECK(split(R"("a\"b\\c\d\$x")") == R"([a"b\c\d$x])");
  CHECK(split("'it'\\''s'") == "[it's]");
  CHECK(split("a\\\nb") == "[ab]");
  CHECK(split("\"a\\\nb\"") == "[ab]");
  CHECK(split("'a;b|c&d$e`f<g>h(i)j\nk#'") == "[a;b|c&d$e`f<g>h(i)j\nk#]");
  CHECK(split("a#b {x,y} ~ !") == "[a#b][{x,y}][~][!]");
  CHECK(split("\xc3\xa9 \xff") == "[\xc3\xa9][\xff]");
}

TEST_CASE("what only a shell could do is refused") {
  for (const char letter : std::string_view{";|&$`<>()\n"}) {
    CHECK(split(cat("scp -t a", letter, "b")) == "refused");
    CHECK(split(cat("scp -t a\\", letter, "b")) != "refused");
  }
  CHECK(split("scp -t \"$HOME\"") == "refused");
  CHECK(split("scp -t \"`id`\"") == "refused");
  CHECK(split("scp -t a # b") == "refused");
  CHECK(split("scp -t 'a") == "refused");
  CHECK(split("scp -t \"a") == "refused");
  CHECK(split("scp -t a\\") == "refused");
  CHECK(split(std::string_view{"scp\0-t", 6}) == "refused");
  CHECK(split("scp -t '" + std::string(command_size_max, 'x') + "'") == "refused");
  std::string many;
  for (std::size_t i = 0; i < words_max; ++i) many += "a ";
  CHECK(split(many) != "refused");
  CHECK(split(many + "a") == "refused");
}

TEST_CASE("what was quoted is no pattern") {
  const std::vector<Word> words = *parse_words(R"(a*? 'a*'b* \*[x] "[y]")");
  CHECK(words[0].pattern == "a*?");
  CHECK(words[1].pattern == R"(a\*b*)");
  CHECK(words[2].pattern == R"(\*[x])");
  CHECK(words[3].pattern == R"(\[y\])");
  CHECK_FALSE(has_wildcards(words[3].pattern));
  for (const Word& word : words) CHECK(unescaped(word.pattern) == word.text);
}

TEST_CASE("scp's options, alone and together") {
  const Invocation sink = *invocation("scp -v -r -p -d -t /a");
  CHECK(sink.role == Invocation::Role::sink);
  CHECK((sink.recursive && sink.keep_times && sink.folder_only));
  const Invocation source = *invocation("scp -qrf -- -a b");
  CHECK(source.role == Invocation::Role::source);
  CHECK((source.recursive && !source.keep_times && !source.folder_only));
  REQUIRE(source.paths.size() == 2);
  CHECK(source.paths[0].text == "-a");
  CHECK(invocation("scp -t ''")->paths[0].text.empty());
  CHECK(invocation("scp -f -")->paths[0].text == "-");
  for (const char* wrong : {"scp a b", "scp -t", "scp -tf a", "scp -t a b", "scp -S sh -f a", "scp -o x -f a",
                            "scp --help", "scp", "scpx -t a", "scp -t -x a"}) {
    CHECK_MESSAGE(!invocation(wrong).ok(), wrong);
  }
}

TEST_CASE("patterns") {
  const auto yes = [](std::string_view pattern, std::string_view name) {
    CHECK_MESSAGE(matches(pattern, name), pattern);
  };
  const auto no = [](std::string_view pattern, std::string_view name) {
    CHECK_FALSE_MESSAGE(matches(pattern, name), pattern);
  };
  yes("*", "abc");
  yes("a*c*e", "abcde");
  no("a*c*e", "abcd");
  yes("*.txt", "a.b.txt");
  no("*.txt", "a.txt.");
  yes("**a**", "bab");
  yes("?", "\xc3\xa9");
  no("?", "ab");
  no("?", "");
  yes("*", "");
  yes("[a-c]x[!0-9]", "bxy");
  no("[a-c]x[!0-9]", "bx5");
  yes("[^a]", "b");
  yes("[\xc3\xa0-\xc3\xaf]", "\xc3\xa9");
  yes("[]a]", "]");
  yes("[a-]", "-");
  yes("[ab", "[ab");
  no("[ab", "a");
  yes("a\\*", "a*");
  no("a\\*", "ab");
  yes("[\\]]", "]");
  no("*", ".hidden");
  yes(".*", ".hidden");
  no("[.]x", ".x");
  yes("\\", "\\");
  // Not exponential.
  no("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", std::string(255, 'a'));
}

TEST_CASE("lines of the protocol") {
  const auto file = std::get<FileHead>(*parse_line("C0644 123 a b.txt"));
  CHECK(file.size == 123);
  CHECK(file.name == "a b.txt");
  CHECK(std::get<FileHead>(*parse_line("C7777 9223372036854775807 x")).size == INT64_MAX);
  CHECK(std::get<FolderHead>(*parse_line("D0755 0 \xc3\xa9")).name == "\xc3\xa9");
  CHECK(std::get<Times>(*parse_line("T1234567890 0 5 999999")).modified_s == 1'234'567'890);
  CHECK(std::holds_alternative<FolderEnd>(*parse_line("E")));
  CHECK(std::get<Complaint>(*parse_line("\1x")).text == "x");
  CHECK(std::get<Complaint>(*parse_line("\2x")).fatal);
  for (const char* wrong : {"",
                            "C",
                            "C0644",
                            "C0644 1",
                            "C0644 1 ",
                            "C0644 -1 a",
                            "C0644 +1 a",
                            "C0644 9223372036854775808 a",
                            "C0644 99999999999999999999 a",
                            "C0644 1x a",
                            "C0644  1 a",
                            "C644 1 a",
                            "C00644 1 a",
                            "C0844 1 a",
                            "C0644 1 a/b",
                            "C0644 1 /",
                            "C0644 1 .",
                            "C0644 1 ..",
                            "D0755 0 ../x",
                            "D0755 0 ..",
                            "D0755 x a",
                            "E ",
                            "EE",
                            "T1 0 1",
                            "T1 0 1 0 ",
                            "T-1 0 1 0",
                            "T1 1000000 1 0",
                            "T99999999999999 0 1 0",
                            "X",
                            "sh: not found"}) {
    CHECK_MESSAGE(!parse_line(wrong).ok(), wrong);
  }
}

TEST_CASE("lines come in pieces") {
  LineBuffer buffer;
  const auto feed = [&](ByteView& data, LineBuffer::Expects expects = LineBuffer::Expects::line) {
    return *buffer.feed(data, expects);
  };
  const Bytes bytes = to_bytes("C0644 1 a\nrest");
  ByteView data = ByteView{bytes}.first(4);
  CHECK_FALSE(feed(data));
  CHECK(data.empty());
  data = ByteView{bytes}.subspan(4);
  CHECK(feed(data));
  CHECK(buffer.line() == "C0644 1 a");
  CHECK(as_text(data) == "rest");
  buffer.clear();

  // A zero byte is a response, and nothing of a line.
  const Bytes responses{0, 1, 'n', 'o', '\n'};
  data = responses;
  CHECK(feed(data, LineBuffer::Expects::response));
  CHECK(buffer.line().empty());
  CHECK(feed(data, LineBuffer::Expects::response));
  CHECK_FALSE(parse_complaint(buffer.line()).fatal);
  CHECK(parse_complaint(buffer.line()).text == "no");
  CHECK(parse_complaint("who are you").fatal);
  buffer.clear();

  const Bytes empty = to_bytes("\n");
  data = empty;
  CHECK_FALSE(buffer.feed(data, LineBuffer::Expects::line).ok());
  const Bytes longest(line_size_max, 'x');
  data = longest;
  CHECK_FALSE(feed(data));
  const Bytes more = to_bytes("x");
  data = more;
  CHECK_FALSE(buffer.feed(data, LineBuffer::Expects::line).ok());
}

TEST_CASE("what is printed can be read, and is one line") {
  CHECK(print_file_head(5, "a b") == "C0600 5 a b\n");
  CHECK(print_folder_head("x") == "D0700 0 x\n");
  CHECK(print_times(7) == "T7 0 7 0\n");
  CHECK(print_complaint({false, "a\nb\x1b[0m"}) == "\1a?b?[0m\n");
  CHECK(print_complaint({true, std::string(9'999, 'x')}).size() == complaint_size_max + 2);
}

}  // namespace
}  // namespace bulkhead::scp
