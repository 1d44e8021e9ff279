#include "proto/scp/command.h"

#include "base/cat.h"

namespace bulkhead::scp {
namespace {

constexpr std::string_view refused_bare = ";|&$`<>()\n";
constexpr std::string_view escaped_in_double = "$`\"\\";
constexpr std::string_view special_in_pattern = "*?[]\\-!^";

class Splitter {
 public:
  explicit Splitter(std::string_view text) : rest_{text} {}

  Result<std::vector<Word>> run() {
    while (!rest_.empty()) {
      const char letter = take();
      if (letter == ' ' || letter == '\t') {
        TRY(end_word());
      } else if (letter == '\'') {
        TRY(take_single());
      } else if (letter == '"') {
        TRY(take_double());
      } else if (letter == '\\') {
        TRY(take_escaped());
      } else {
        TRY(take_bare(letter));
      }
    }
    TRY(end_word());
    return std::move(words_);
  }

 private:
  char take() {
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }

  void add_quoted(char letter) {
    word_.text += letter;
    if (special_in_pattern.find(letter) != std::string_view::npos) word_.pattern += '\\';
    word_.pattern += letter;
  }

  Result<void> take_bare(char letter) {
    const bool comment = letter == '#' && !in_word_;
    if (comment || refused_bare.find(letter) != std::string_view::npos) {
      return fail(Errc::invalid, "shell syntax: there is no shell here; put quotes around names with such characters");
    }
    in_word_ = true;
    word_.text += letter;
    word_.pattern += letter;
    return {};
  }

  // Section 2.2.2: everything up to the next quote is itself.
  Result<void> take_single() {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) return fail(Errc::invalid, "an open quote");
    in_word_ = true;
    for (const char letter : rest_.substr(0, end)) add_quoted(letter);
    rest_.remove_prefix(end + 1);
    return {};
  }

  // Section 2.2.3: "$", "`" and "\" keep their meaning.
  Result<void> take_double() {
    in_word_ = true;
    while (!rest_.empty()) {
      const char letter = take();
      if (letter == '"') return {};
      if (letter == '$' || letter == '`') return fail(Errc::invalid, "shell syntax: there is no shell here");
      if (letter == '\\' && rest_.starts_with('\n')) {
        take();
      } else if (letter == '\\' && !rest_.empty() && escaped_in_double.find(rest_.front()) != std::string_view::npos) {
        add_quoted(take());
      } else {
        add_quoted(letter);
      }
    }
    return fail(Errc::invalid, "an open quote");
  }

  // Section 2.2.1: "If a <newline> follows the <backslash>, the shell shall interpret this as line continuation."
  Result<void> take_escaped() {
    if (rest_.empty()) return fail(Errc::invalid, "a backslash with nothing behind it");
    const char letter = take();
    if (letter == '\n') return {};
    in_word_ = true;
    add_quoted(letter);
    return {};
  }

  Result<void> end_word() {
    if (!std::exchange(in_word_, false)) return {};
    if (words_.size() == words_max) return fail(Errc::too_large, "too many words in the command");
    words_.push_back(std::exchange(word_, {}));
    return {};
  }

  std::string_view rest_;
  std::vector<Word> words_;
  Word word_;
  bool in_word_ = false;
};

struct Roles {
  bool source = false;
  bool sink = false;
};

Result<void> take_option(char letter, Invocation& invocation, Roles& roles) {
  switch (letter) {
    case 't':
      roles.sink = true;
      return {};
    case 'f':
      roles.source = true;
      return {};
    case 'r':
      invocation.recursive = true;
      return {};
    case 'p':
      invocation.keep_times = true;
      return {};
    case 'd':
      invocation.folder_only = true;
      return {};
    case 'v':
    case 'q':
      return {};
    default:
      return fail(Errc::invalid, "scp: an option that is not known here");
  }
}

}  // namespace

Result<std::vector<Word>> parse_words(std::string_view command) {
  if (command.size() > command_size_max) return fail(Errc::too_large, "the command is too long");
  if (command.find('\0') != std::string_view::npos) return fail(Errc::invalid, "a NUL in the command");
  return Splitter{command}.run();
}

Result<Invocation> parse_invocation(std::span<const Word> words) {
  if (words.empty() || words.front().text != "scp") return fail(Errc::invalid, "not scp");
  words = words.subspan(1);
  Invocation invocation;
  Roles roles;
  while (!words.empty() && words.front().text.size() > 1 && words.front().text.starts_with('-')) {
    const std::string_view option = words.front().text;
    words = words.subspan(1);
    if (option == "--") break;
    for (const char letter : option.substr(1)) TRY(take_option(letter, invocation, roles));
  }
  if (roles.source == roles.sink) return fail(Errc::invalid, "scp: either -t or -f");
  invocation.role = roles.sink ? Invocation::Role::sink : Invocation::Role::source;
  invocation.paths.assign(words.begin(), words.end());
  if (invocation.paths.empty()) return fail(Errc::invalid, "scp: no path");
  if (roles.sink && invocation.paths.size() > 1) return fail(Errc::invalid, "scp: more than one target");
  return invocation;
}

}  // namespace bulkhead::scp
