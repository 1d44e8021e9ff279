#include "gate_ssh/exec/commands.h"

#include "base/cat.h"
#include "base/encode.h"
#include "gate_ssh/exec/digest_command.h"
#include "gate_ssh/scp/stage.h"

namespace bulkhead::gate_ssh {
namespace {

class CommandStage : public doubles::Stage {
 public:
  // Its output, after `input_text` and the end of input.
  std::string run(std::string_view command, std::string_view input_text = {}) {
    wire = {};
    input.clear();
    program = start_command(session(), command);
    if (!program) return "refused";
    std::string out = say(input_text);
    if (!wire.exit_status) out += end();
    CHECK_MESSAGE(wire.exit_status.has_value(), command);
    return out;
  }
};

// As the porter's double answers: what was asked for.
std::string hash(crypt::HashKind kind) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(kind)).u64(0).u64(UINT64_MAX);
  return to_hex(out.view());
}

TEST_CASE("hashes of files, each in its form") {
  CommandStage stage;
  stage.siblings.put("/home/a b", {});
  stage.siblings.put("/home/c", {});
  const std::string md5 = hash(crypt::HashKind::md5);
  CHECK(stage.run("md5sum 'a b'") == md5 + "  a b\n");
  CHECK(stage.run("md5sum -- a\\ b") == md5 + "  a b\n");
  CHECK(stage.run("sha1sum /home/c") == hash(crypt::HashKind::sha1) + "  /home/c\n");
  CHECK(stage.run("sha256sum c") == hash(crypt::HashKind::sha256) + "  c\n");
  CHECK(stage.run("sha384sum c") == hash(crypt::HashKind::sha384) + "  c\n");
  CHECK(stage.run("sha512sum c") == hash(crypt::HashKind::sha512) + "  c\n");
  CHECK(stage.run("md5 -r /home/c") == md5 + " /home/c\n");
  CHECK(stage.run("rclone md5sum /home/c") == md5 + "  c\n");
  CHECK(stage.run("rclone hashsum sha1 /home/c") == hash(crypt::HashKind::sha1) + "  c\n");
  CHECK(stage.run("md5sum ../home/* c") == md5 + "  ../home/a b\n" + md5 + "  ../home/c\n" + md5 + "  c\n");
  CHECK(stage.wire.exit_status == 0);
  CHECK(stage.run("md5sum none c /home") == md5 + "  c\n");
  CHECK(stage.wire.error == "md5sum: none: No such file or directory\nmd5sum: /home: Is a directory\n");
  CHECK(stage.wire.exit_status == 1);
}

TEST_CASE("odd names are escaped as coreutils does") {
  const Bytes one{0xAB};
  CHECK(digest_line(DigestForm::gnu, one, "a\\b\nc\rd") == "\\ab  a\\\\b\\nc\\rd\n");
  CHECK(digest_line(DigestForm::gnu, one, "-") == "ab  -\n");
  CHECK(digest_line(DigestForm::bsd, one, "a\\b") == "ab a\\b\n");
  CHECK(digest_line(DigestForm::rclone, one, "/x/y") == "ab  y\n");
}

TEST_CASE("hashes of a little input") {
  CommandStage stage;
  CHECK(stage.run("md5sum") == "d41d8cd98f00b204e9800998ecf8427e  -\n");
  CHECK(stage.run("sha1sum") == "da39a3ee5e6b4b0d3255bfef95601890afd80709  -\n");
  CHECK(stage.run("md5 -r") == "d41d8cd98f00b204e9800998ecf8427e\n");
  CHECK(stage.run("rclone sha1sum") == "da39a3ee5e6b4b0d3255bfef95601890afd80709  -\n");
  CHECK(stage.run("md5sum", "abc") == "900150983cd24fb0d6963f7d28e17f72  -\n");
  CHECK(stage.wire.exit_status == 0);
  CHECK(stage.run("md5sum", std::string(stdin_size_max + 1, 'x')) == "");
  CHECK(stage.wire.exit_status == 1);
  CHECK_FALSE(stage.wire.error.empty());
}

TEST_CASE("the shell is a Unix one, as far as rclone can tell") {
  CommandStage stage;
  CHECK(stage.run("echo ${ShellId}%ComSpec%") == "%ComSpec%\n");
  CHECK(stage.run("echo ${ShellId}") == "refused");
  CHECK(stage.run("echo hello") == "refused");
}

TEST_CASE("space, in the form of df") {
  CommandStage stage;
  const std::string answer =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\nbulkhead 1048576 524288 524288 50% /\n";
  CHECK(stage.run("df -k /home") == answer);
  CHECK(stage.run("df -kP") == answer);
  CHECK(stage.run("df -P -k -- .") == answer);
  CHECK(stage.run("df -k /none") == "");
  CHECK(stage.wire.exit_status == 1);
  for (const char* other : {"df", "df -h /", "df -k / /home", "df -k -x"})
    CHECK_MESSAGE(stage.run(other) == "refused", other);
}

TEST_CASE("nothing else is a command") {
  CommandStage stage;
  for (const char* other : {"", "id", "sh -c id", "md5sumx", "md5", "md5 a", "rclone", "rclone cat a", "rclone hashsum",
                            "rclone hashsum crc32 a", "md5sum -c a", "md5sum a; id", "md5sum `id`", "md5sum a > b",
                            "/usr/bin/md5sum a", "md5sum 'a"}) {
    CHECK_MESSAGE(stage.run(other) == "refused", other);
  }
}

TEST_CASE("output waits for room") {
  CommandStage stage;
  stage.siblings.put("/home/c", {});
  stage.program = start_command(stage.session(), "md5sum c c");
  stage.wire.window = 5;
  std::string all = stage.say("");
  CHECK(all.size() == 5);
  while (!stage.wire.exit_status) {
    stage.wire.window = 5;
    all += stage.say("");
  }
  const std::string line = hash(crypt::HashKind::md5) + "  c\n";
  CHECK(all == line + line);
}

}  // namespace
}  // namespace bulkhead::gate_ssh
