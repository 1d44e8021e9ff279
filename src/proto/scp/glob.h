#pragma once
// Patterns for one component of a path (POSIX.1-2017, Shell Command Language, section 2.13), over the characters of
// UTF-8. A backslash makes the next character stand for itself. Time: at most pattern times name.
#include <string>
#include <string_view>

namespace bulkhead::scp {

// True if there is a * ? or [ that does not stand for itself.
bool has_wildcards(std::string_view pattern);
// Without the backslashes: the text that the pattern is when it matches nothing.
std::string unescaped(std::string_view pattern);
// * any characters, ? one, [...] one of a set, with ranges, [!...] or [^...] one outside of it. A [ without its ] is
// itself. A dot at the start of the name is only matched by a dot (section 2.13.3).
bool matches(std::string_view pattern, std::string_view name);

}  // namespace bulkhead::scp
