#include "gate_ssh/exec/commands.h"

#include <array>

#include "base/cat.h"
#include "gate_ssh/exec/digest_command.h"
#include "gate_ssh/files/explain.h"

namespace bulkhead::gate_ssh {
namespace {

using crypt::HashKind;

struct DigestRow {
  std::string_view words;
  HashKind kind;
  DigestForm form;
};
constexpr std::array digest_rows{
    DigestRow{"md5sum", HashKind::md5, DigestForm::gnu},
    DigestRow{"sha1sum", HashKind::sha1, DigestForm::gnu},
    DigestRow{"sha256sum", HashKind::sha256, DigestForm::gnu},
    DigestRow{"sha384sum", HashKind::sha384, DigestForm::gnu},
    DigestRow{"sha512sum", HashKind::sha512, DigestForm::gnu},
    DigestRow{"md5 -r", HashKind::md5, DigestForm::bsd},
    DigestRow{"sha1 -r", HashKind::sha1, DigestForm::bsd},
    DigestRow{"sha256 -r", HashKind::sha256, DigestForm::bsd},
    DigestRow{"sha384 -r", HashKind::sha384, DigestForm::bsd},
    DigestRow{"sha512 -r", HashKind::sha512, DigestForm::bsd},
    DigestRow{"rclone md5sum", HashKind::md5, DigestForm::rclone},
    DigestRow{"rclone sha1sum", HashKind::sha1, DigestForm::rclone},
    DigestRow{"rclone hashsum md5", HashKind::md5, DigestForm::rclone},
    DigestRow{"rclone hashsum sha1", HashKind::sha1, DigestForm::rclone},
    DigestRow{"rclone hashsum sha256", HashKind::sha256, DigestForm::rclone},
    DigestRow{"rclone hashsum sha512", HashKind::sha512, DigestForm::rclone},
};

constexpr std::string_view shell_probe = "echo ${ShellId}%ComSpec%";

// A command whose answer is known at once. Takes what comes and does not look at it.
class FixedAnswer final : public Program {
 public:
  FixedAnswer(Outlet& outlet, std::string text, std::string error = {})
      : outlet_{outlet}, output_{outlet}, error_{std::move(error)} {
    output_.add(text);
  }
  std::size_t receive(ByteView data) override {
    proceed();
    return data.size();
  }
  void receive_end() override { proceed(); }
  void proceed() override {
    if (ended_ || !output_.flush()) return;
    ended_ = true;
    if (!error_.empty()) outlet_.send_error(error_);
    outlet_.finish(error_.empty() ? 0 : 1);
  }
  void lost() override { ended_ = true; }

 private:
  Outlet& outlet_;
  Output output_;
  std::string error_;
  bool ended_ = false;
};

using Words = std::span<const scp::Word>;

// True if the command begins with these words; they are taken off.
bool take_words(Words& words, std::string_view wanted) {
  Words rest = words;
  while (!wanted.empty()) {
    const std::string_view word = wanted.substr(0, wanted.find(' '));
    if (rest.empty() || rest.front().text != word) return false;
    rest = rest.subspan(1);
    wanted.remove_prefix(std::min(word.size() + 1, wanted.size()));
  }
  words = rest;
  return true;
}

// True if nothing in front of the paths is an option; "--" is taken off.
bool take_no_options(Words& words) {
  if (words.empty()) return true;
  if (words.front().text != "--") return !words.front().text.starts_with('-');
  words = words.subspan(1);
  return true;
}

// POSIX.1-2017, df, section STDOUT: with -k in units of 1,024 bytes.
Result<std::string> space_answer(Catalog& catalog, std::string_view text) {
  constexpr std::uint64_t unit = 1'024;
  const RemotePath path = TRY(catalog.resolve(text));
  const Result<Entry> found = catalog.look_up(path);
  if (!found.ok()) return fail(found.error().kind(), explain(found.error(), "see", path));
  const asks::Space::Reply space = TRY(catalog.space());
  const std::uint64_t total = space.total / unit;
  const std::uint64_t free = std::min(space.free / unit, total);
  const std::uint64_t used = total - free;
  const std::uint64_t percent = total == 0 ? 0 : (used * 100 + total - 1) / total;
  return cat("Filesystem 1024-blocks Used Available Capacity Mounted on\n", "bulkhead ", total, ' ', used, ' ', free,
             ' ', percent, "% /\n");
}

std::unique_ptr<Program> start_space(const CommandSession& session, Words words) {
  bool in_kilobytes = false;
  while (!words.empty() && words.front().text.size() > 1 && words.front().text.starts_with('-')) {
    const std::string_view option = words.front().text;
    words = words.subspan(1);
    if (option == "--") break;
    if (option.find_first_not_of("kP", 1) != std::string_view::npos) return nullptr;
    in_kilobytes = in_kilobytes || option.find('k') != std::string_view::npos;
  }
  if (!in_kilobytes || words.size() > 1) return nullptr;
  const Result<std::string> answer =
      space_answer(session.catalog, words.empty() ? std::string_view{} : words.front().text);
  if (answer.ok()) return std::make_unique<FixedAnswer>(session.outlet, *answer);
  return std::make_unique<FixedAnswer>(session.outlet, std::string{}, cat("df: ", answer.error().message(), "\n"));
}

}  // namespace

std::unique_ptr<Program> start_command(CommandSession session, std::string_view command) {
  if (command == shell_probe) return std::make_unique<FixedAnswer>(session.outlet, "%ComSpec%\n");
  const Result<std::vector<scp::Word>> split = scp::parse_words(command);
  if (!split.ok()) return nullptr;
  for (const DigestRow& row : digest_rows) {
    Words paths = *split;
    if (!take_words(paths, row.words)) continue;
    if (!take_no_options(paths)) return nullptr;
    return std::make_unique<DigestCommand>(std::move(session), std::string{row.words}, row.kind, row.form,
                                           std::vector<scp::Word>{paths.begin(), paths.end()});
  }
  Words words = *split;
  if (take_words(words, "df")) return start_space(session, words);
  return nullptr;
}

}  // namespace bulkhead::gate_ssh
