// A command, or what a peer says. First byte: even, a command; odd, a stream, cut into pieces of its size.
#include <algorithm>

#include "base/die.h"
#include "proto/scp/command.h"
#include "proto/scp/glob.h"
#include "proto/scp/lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace bulkhead;
using namespace bulkhead::scp;

void run_command(std::string_view command) {
  const Result<std::vector<Word>> words = parse_words(command);
  if (!words.ok()) return;
  ENSURE(words->size() <= words_max);
  for (const Word& word : *words) {
    ENSURE(unescaped(word.pattern) == word.text);
    // Quoted, a word is itself, and stays so.
    std::string quoted = "'";
    for (const char letter : word.text) quoted += letter == '\'' ? std::string{"'\\''"} : std::string{letter};
    const Result<std::vector<Word>> again = parse_words(quoted + "'");
    if (!again.ok()) continue;  // too long now
    ENSURE(again->size() == 1 && again->front().text == word.text && !has_wildcards(again->front().pattern));
    if (!word.text.empty() && word.text.front() != '.') ENSURE(matches(again->front().pattern, word.text));
  }
  if (words->size() >= 2) {
    const std::string_view pattern = (*words)[0].pattern;
    static_cast<void>(matches(pattern.substr(0, 512), std::string_view{(*words)[1].text}.substr(0, 255)));
  }
  const Result<Invocation> invocation = parse_invocation(*words);
  if (!invocation.ok()) return;
  ENSURE(!invocation->paths.empty() && invocation->paths.size() < words->size());
  ENSURE(invocation->role == Invocation::Role::source || invocation->paths.size() == 1);
}

void check_name(std::string_view name) {
  ENSURE(!name.empty() && name != "." && name != ".." && name.find_first_of("/\n") == std::string_view::npos);
}

void check_line(std::string_view text) {
  const Complaint complaint = parse_complaint(text);
  const std::string printed = print_complaint(complaint);
  ENSURE(printed.size() <= complaint_size_max + 2 && printed.find('\n') == printed.size() - 1);
  const Result<Line> line = parse_line(text);
  if (!line.ok()) return;
  if (const auto* file = std::get_if<FileHead>(&*line)) {
    check_name(file->name);
    ENSURE(file->size <= INT64_MAX);
    const std::string same = print_file_head(file->size, file->name);
    const Result<Line> again = parse_line(std::string_view{same}.substr(0, same.size() - 1));
    ENSURE(again.ok() && std::get<FileHead>(*again).size == file->size &&
           std::get<FileHead>(*again).name == file->name);
  } else if (const auto* folder = std::get_if<FolderHead>(&*line)) {
    check_name(folder->name);
  } else if (const auto* times = std::get_if<Times>(&*line)) {
    ENSURE(times->modified_s <= time_max);
  }
}

// How many lines there are before the stream is lost.
std::size_t run_stream(ByteView stream, std::size_t piece, LineBuffer::Expects expects) {
  LineBuffer buffer;
  std::size_t lines = 0;
  while (!stream.empty()) {
    ByteView data = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(data.size());
    while (!data.empty()) {
      const Result<bool> whole = buffer.feed(data, expects);
      if (!whole.ok()) return lines;
      ENSURE(buffer.line().size() <= line_size_max);
      if (!*whole) continue;
      ++lines;
      if (!buffer.empty()) check_line(buffer.line());
      buffer.clear();
    }
  }
  return lines;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest = ByteView{data, size}.subspan(1);
  if (data[0] % 2 == 0) {
    run_command(as_text(rest));
    return 0;
  }
  for (const LineBuffer::Expects expects : {LineBuffer::Expects::line, LineBuffer::Expects::response}) {
    const std::size_t whole = run_stream(rest, std::max<std::size_t>(1, rest.size()), expects);
    ENSURE(run_stream(rest, 1, expects) == whole);
    ENSURE(run_stream(rest, 1U + data[0] / 2U, expects) == whole);
  }
  return 0;
}
