#pragma once
// The end of a process that met its own bug, or a sibling that broke the grammar between them. Never for hostile
// bytes from outside: those are a Result. The line goes to standard error, which hull collects and counts.
#include <source_location>
#include <string_view>

namespace bulkhead {

[[noreturn]] void die(std::string_view why, std::source_location where = std::source_location::current());

// On in every build. `condition` is a promise of this program or of a sibling process.
inline void ensure(bool condition, std::string_view what,
                   std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] die(what, where);
}

}  // namespace bulkhead

#define ENSURE(condition) ::bulkhead::ensure((condition), "broken promise: " #condition)
