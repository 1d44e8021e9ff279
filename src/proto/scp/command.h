#pragma once
// The command of an "exec" request (RFC 4254 section 6.5), taken apart as a POSIX shell would, by nothing that could
// run it. Only words and quotes are known (POSIX.1-2017, Shell Command Language, section 2.2); any other syntax is
// refused.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bulkhead::scp {

inline constexpr std::size_t command_size_max = 64 * 1024;  // bytes
inline constexpr std::size_t words_max = 512;

// One word. `pattern` is the same for glob.h: what was quoted stands for itself there.
struct Word {
  std::string text;
  std::string pattern;
};

// Splits at blanks; removes '...', "..." and backslashes. Errc::invalid for ; | & $ ` < > ( ) # NUL and newline where a
// shell would not take them for themselves, and for an open quote; Errc::too_large over the limits.
Result<std::vector<Word>> parse_words(std::string_view command);

// What a client asks scp to do. Spec: the options of OpenSSH's scp.c that only its own other end uses.
struct Invocation {
  enum class Role { source, sink };  // -f, -t
  Role role = Role::source;
  bool recursive = false;    // -r
  bool keep_times = false;   // -p
  bool folder_only = false;  // -d: the target is a folder
  std::vector<Word> paths;   // of a sink exactly one
};

// `words` begins with scp itself. -v and -q are taken and change nothing. Errc::invalid for everything else.
Result<Invocation> parse_invocation(std::span<const Word> words);

}  // namespace bulkhead::scp
