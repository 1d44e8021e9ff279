#pragma once
// The lines of the old SCP protocol as values. There is no standard; what OpenSSH's scp.c says and takes is it:
//   T<modified> 0 <accessed> 0 \n     times for what follows, in seconds since 1970
//   C<mode> <size> <name> \n          a file; after its answer `size` bytes of content and a response
//   D<mode> 0 <name> \n  ...  E \n    a folder, what is in it, its end
//   \1 <text> \n   \2 <text> \n       a complaint: about one file, or the last that is said
// Each but a complaint is answered by a response: a zero byte, or a complaint. Pure.
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::scp {

inline constexpr std::size_t line_size_max = 4'096;         // bytes, as they come
inline constexpr std::size_t complaint_size_max = 1'024;    // bytes of its text, as we send it
inline constexpr std::uint64_t time_max = 253'402'300'799;  // the last second of the year 9999

struct Times {
  std::uint64_t modified_s;
};
struct FileHead {
  std::uint64_t size;     // at most INT64_MAX
  std::string_view name;  // one component: not empty, no "/", not "." or ".."; the rules of core/path are not checked
};
struct FolderHead {
  std::string_view name;
};
struct FolderEnd {};
struct Complaint {
  bool fatal;
  std::string_view text;
};
using Line = std::variant<Times, FileHead, FolderHead, FolderEnd, Complaint>;

// Gathers a line out of a stream.
class LineBuffer {
 public:
  enum class Expects { line, response };
  // Takes off `data` what belongs to the line. True: it is whole, until clear(). Errc::too_large over line_size_max.
  // Where a response is expected a zero byte is one, and line() is empty then.
  Result<bool> feed(ByteView& data, Expects expects);
  std::string_view line() const { return line_; }  // without the newline
  bool empty() const { return line_.empty(); }
  void clear() { line_.clear(); }

 private:
  std::string line_;
};

// `line` as of LineBuffer; the value shows into it. Errc::invalid.
Result<Line> parse_line(std::string_view line);
// Empty: good. A line that is no complaint is a fatal one.
Complaint parse_complaint(std::string_view line);

std::string print_times(std::uint64_t modified_s);
std::string print_file_head(std::uint64_t size, std::string_view name);
std::string print_folder_head(std::string_view name);
inline constexpr std::string_view folder_end_line = "E\n";
inline constexpr std::string_view good_response{"\0", 1};
// One line whatever the text is: control characters become "?".
std::string print_complaint(const Complaint& complaint);

}  // namespace bulkhead::scp
