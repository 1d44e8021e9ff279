#include <doctest/doctest.h>

#include <vector>

#include "base/cat.h"
#include "core/mail/message.h"
#include "core/mail/text.h"

using namespace bulkhead;
using namespace bulkhead::mail;

namespace {

Message message() {
  return {{"Bulkhead", "bulkhead@example.com"}, {"Anna Smith", "anna@example.org"}, "A subject", "Hello\n", 0, "abc1"};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find("\r\n", at)) != std::string::npos; at = end + 2) {
    lines.push_back(text.substr(at, end - at));
  }
  lines.push_back(text.substr(at));
  return lines;
}

}  // namespace

TEST_CASE("addresses") {
  for (const char* good : {"a@b", "anna@example.com", "first.last+tag@sub.example.co.uk", "o'neil@example.org",
                           "x=y%z@1.example", "bulkhead@localhost"}) {
    CHECK_MESSAGE(is_address(good), good);
  }
  for (const char* bad : {"",
                          "anna",
                          "@example.com",
                          "anna@",
                          "a b@example.com",
                          "a@b@c",
                          ".a@b",
                          "a.@b",
                          "a..b@c",
                          "a@.b",
                          "a@b.",
                          "a@b..c",
                          "a@-b",
                          "a@b-",
                          "<a@b>",
                          "a,b@c",
                          "a;b@c",
                          "a@b,c@d",
                          "\"a b\"@c",
                          "a(b)@c",
                          "a@[127.0.0.1]",
                          "a@b\r\nBcc: eve@c",
                          "a@b\n",
                          "\ra@b",
                          "j\xC3\xBCrgen@example.com",
                          "a@ex\xC3\xA4mple.com",
                          "a\\b@c",
                          "a@b_c"}) {
    CHECK_MESSAGE(!is_address(bad), bad);
  }
  CHECK_FALSE(is_address(std::string_view{"a\0@b", 4}));
  CHECK(is_address(cat(std::string(64, 'a'), "@b")));
  CHECK_FALSE(is_address(cat(std::string(65, 'a'), "@b")));
  CHECK_FALSE(is_address(cat("a@", std::string(64, 'b'))));
  CHECK(domain_of("anna@example.com") == "example.com");
}

TEST_CASE("mailboxes") {
  CHECK(parse_mailbox("a@b")->name.empty());
  CHECK(parse_mailbox("Bulkhead at work <a@b>")->name == "Bulkhead at work");
  CHECK(parse_mailbox("\"Smith, Anna\" <a@b>")->name == "Smith, Anna");
  CHECK(parse_mailbox("<a@b>")->address == "a@b");
  for (const char* bad : {"", "Anna", "Anna <a@b", "Anna <>", "Anna <a@b> x", "A\r\nB: c <a@b>", "A\tB <a@b>",
                          "\xFF <a@b>", "A\xC2\x85 <a@b>", "A <a@b>,<c@d>"}) {
    const Result<Mailbox> parsed = parse_mailbox(bad);
    CHECK_MESSAGE((!parsed.ok() || parsed->name == "A <a@b>,"), bad);
  }
}

TEST_CASE("a message, letter by letter") {
  Message plain = message();
  plain.text =
      "Gr\xC3\xBC\xC3\x9F"
      "e = 1\n";
  CHECK(*print_message(plain) ==
        "From: Bulkhead\r\n <bulkhead@example.com>\r\nTo: Anna Smith\r\n <anna@example.org>\r\nSubject: A subject\r\n"
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <abc1@example.com>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        "Auto-Submitted: auto-generated\r\n\r\nGr=C3=BC=C3=9Fe =3D 1\r\n");
}

TEST_CASE("hostile names and subjects become words, or no message at all") {
  for (const char* name : {"Anna, <eve@example.com>", "\"Anna\"", "Anna; Bcc: eve", "=?utf-8?Q?x?=", "J\xC3\xBCrgen",
                           "(x)", "a@b", "Anna:", " Anna", "Anna "}) {
    Message hostile = message();
    hostile.to.name = name;
    hostile.subject = name;
    const Result<std::string> printed = print_message(hostile);
    REQUIRE_MESSAGE(printed.ok(), name);
    CHECK_MESSAGE(printed->find("To: =?utf-8?B?") != std::string::npos, *printed);
    CHECK_MESSAGE(printed->find("Subject: =?utf-8?B?") != std::string::npos, *printed);
    CHECK(printed->find("eve") == std::string::npos);
  }
  for (const char* name : {"Anna\r\nBcc: eve@example.com", "Anna\n", "Anna\r", "Anna\x01", "\xC3", "\xED\xA0\x80",
                           "\xC0\xAF", "Anna\x7f", "Anna\t"}) {
    Message hostile = message();
    hostile.to.name = name;
    CHECK_MESSAGE(!print_message(hostile).ok(), name);
    hostile = message();
    hostile.from.name = name;
    CHECK_MESSAGE(!print_message(hostile).ok(), name);
    hostile = message();
    hostile.subject = name;
    CHECK_MESSAGE(!print_message(hostile).ok(), name);
  }
  Message hostile = message();
  hostile.to.address = "a@b>\r\nBcc: <eve@c";
  CHECK_FALSE(print_message(hostile).ok());
  hostile = message();
  hostile.id = "1>\r\nX: y";
  CHECK_FALSE(print_message(hostile).ok());
  hostile = message();
  hostile.text.assign(message_text_max + 1, 'x');
  CHECK_FALSE(print_message(hostile).ok());
}

TEST_CASE("encoded words: whole characters, at most 75 letters each") {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "\xE6\x97\xA5";
  const std::string out = encoded_phrase(name);
  std::size_t words = 0;
  for (std::string line : lines_of(out)) {
    if (line.starts_with(' ')) line.erase(0, 1);
    ++words;
    CHECK(line.size() <= 75);
    CHECK(line.starts_with("=?utf-8?B?"));
    CHECK(line.ends_with("?="));
  }
  CHECK(words == 5);
}

TEST_CASE("quoted-printable: lines within 76 letters, nothing but visible ASCII") {
  CHECK(quoted_printable("a b \nc\t\n.\n") == "a b=20\r\nc=09\r\n.\r\n");
  CHECK(quoted_printable("\r\n") == "=0D\r\n");
  CHECK(quoted_printable(std::string(76, 'x')) == std::string(76, 'x'));
  CHECK(quoted_printable(std::string(77, 'x')) == cat(std::string(75, 'x'), "=\r\nxx"));
  std::string every;
  for (int i = 0; i < 256; ++i) every += static_cast<char>(i);
  for (const std::string& line : lines_of(quoted_printable(every + std::string(500, '=')))) {
    CHECK(line.size() <= 76);
    for (const char letter : line) CHECK((letter >= ' ' && letter < '\x7f'));
    CHECK_FALSE(line.ends_with(' '));
  }
}
