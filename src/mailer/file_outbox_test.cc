// asks::SendMail into files, and what is shown of a server's words.
#include "mailer/file_outbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/cat.h"
#include "base/fd.h"
#include "mailer/smtp.h"

using namespace bulkhead;
using namespace bulkhead::mailer;

TEST_CASE("the file outbox: numbers go on, files are whole and nobody else's") {
  std::string dir = std::filesystem::temp_directory_path() / "outbox-XXXXXX";
  REQUIRE(::mkdtemp(dir.data()) != nullptr);
  const Fd root = *open_directory(AT_FDCWD, dir.c_str());
  const auto put = [&](std::string_view text) {
    return store(root.get(), asks::SendMail{"a@b", "c@d", Secret::copy_of(as_bytes(text))});
  };
  CHECK(put("one").answer == "outbox/001.eml");
  CHECK(put("two").answer == "outbox/002.eml");
  CHECK(to_text(*read_file(root.get(), "002.eml", 100)) == "two");
  struct stat info{};
  REQUIRE(::fstatat(root.get(), "002.eml", &info, 0) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  REQUIRE(::unlinkat(root.get(), "001.eml", 0) == 0);
  REQUIRE(replace_file(root.get(), "1234.eml", as_bytes("x"), 0600).ok());
  REQUIRE(replace_file(root.get(), "readme.eml", as_bytes("x"), 0600).ok());
  CHECK(put("next").answer == "outbox/1235.eml");
  CHECK(put("next").outcome == asks::MailOutcome::sent);
  std::filesystem::remove_all(dir);
  CHECK(put("lost").outcome == asks::MailOutcome::later);
}

TEST_CASE("a server's words are made visible") {
  CHECK(visible("550 no such user\r\n") == "550 no such user");
  CHECK(visible("\x1b[2J\n\xC3\xBC") == "?[2J???");
  CHECK(visible(std::string(1'000, 'x')).size() == answer_size_max);
}

TEST_CASE("dialling: nobody there, a name that is none, and what is not on this machine") {
  CHECK_FALSE(dial("127.0.0.1", 1, false, 0).ok());
  CHECK_FALSE(dial("name.invalid", 25, false, 0).ok());
  const Result<Dialled> elsewhere = dial("192.0.2.1", 25, true, 0);
  REQUIRE_FALSE(elsewhere.ok());
  CHECK(elsewhere.error().message().find("loopback") != std::string::npos);
}
