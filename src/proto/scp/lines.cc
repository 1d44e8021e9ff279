#include "proto/scp/lines.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"

namespace bulkhead::scp {
namespace {

// Everybody's rights are in the server; here a file is its owner's.
constexpr std::string_view file_mode = "0600";
constexpr std::string_view folder_mode = "0700";
constexpr std::uint64_t microseconds_max = 999'999;

// Takes the text up to the next space off, and the space.
Result<std::string_view> take_field(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  if (end == std::string_view::npos) return fail(Errc::invalid, "a line that is cut short");
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return field;
}

Result<void> check_mode(std::string_view mode) {
  const bool octal = std::all_of(mode.begin(), mode.end(), [](char digit) { return digit >= '0' && digit <= '7'; });
  if (mode.size() != 4 || !octal) return fail(Errc::invalid, "a mode that is not four octal digits");
  return {};
}

Result<void> check_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos) {
    return fail(Errc::invalid, "a name that is not the name of one file or folder");
  }
  return {};
}

Result<Line> parse_times(std::string_view rest) {
  const std::uint64_t modified = TRY(parse_decimal(TRY(take_field(rest)), time_max));
  TRY(parse_decimal(TRY(take_field(rest)), microseconds_max));
  TRY(parse_decimal(TRY(take_field(rest)), time_max));
  TRY(parse_decimal(rest, microseconds_max));
  return Line{Times{modified}};
}

Result<Line> parse_head(char kind, std::string_view rest) {
  TRY(check_mode(TRY(take_field(rest))));
  const std::uint64_t size = TRY(parse_decimal(TRY(take_field(rest)), INT64_MAX));
  TRY(check_name(rest));
  if (kind == 'C') return Line{FileHead{size, rest}};
  return Line{FolderHead{rest}};
}

}  // namespace

Result<bool> LineBuffer::feed(ByteView& data, Expects expects) {
  if (expects == Expects::response && line_.empty() && !data.empty() && data.front() == 0) {
    data = data.subspan(1);
    return true;
  }
  const auto newline = std::find(data.begin(), data.end(), std::uint8_t{'\n'});
  const auto size = static_cast<std::size_t>(newline - data.begin());
  if (size > line_size_max - line_.size()) return fail(Errc::too_large, "a line that is too long");
  line_ += as_text(data.first(size));
  const bool whole = newline != data.end();
  data = data.subspan(size + (whole ? 1 : 0));
  if (whole && line_.empty()) return fail(Errc::invalid, "an empty line");
  return whole;
}

Result<Line> parse_line(std::string_view line) {
  const char kind = line.empty() ? '\0' : line.front();
  const std::string_view rest = line.substr(line.empty() ? 0 : 1);
  switch (kind) {
    case 'T':
      return parse_times(rest);
    case 'C':
    case 'D':
      return parse_head(kind, rest);
    case 'E':
      if (!rest.empty()) break;
      return Line{FolderEnd{}};
    case '\1':
    case '\2':
      return Line{parse_complaint(line)};
    default:
      break;
  }
  return fail(Errc::invalid, "a line that is none of this protocol");
}

Complaint parse_complaint(std::string_view line) {
  if (line.starts_with('\1')) return {false, line.substr(1)};
  return {true, line.starts_with('\2') ? line.substr(1) : line};
}

std::string print_times(std::uint64_t modified_s) {
  return cat('T', modified_s, " 0 ", modified_s, " 0\n");
}

std::string print_file_head(std::uint64_t size, std::string_view name) {
  return cat('C', file_mode, ' ', size, ' ', name, '\n');
}

std::string print_folder_head(std::string_view name) {
  return cat('D', folder_mode, " 0 ", name, '\n');
}

std::string print_complaint(const Complaint& complaint) {
  std::string text{complaint.text.substr(0, complaint_size_max)};
  const auto control = [](char letter) { return static_cast<std::uint8_t>(letter) < ' ' || letter == '\x7F'; };
  std::replace_if(text.begin(), text.end(), control, '?');
  return cat(complaint.fatal ? '\2' : '\1', text, '\n');
}

}  // namespace bulkhead::scp
