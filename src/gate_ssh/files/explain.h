#pragma once
// What went wrong, in words for a person.
#include <string>

#include "base/result.h"
#include "core/path/path.h"

namespace bulkhead::gate_ssh {

// With what he can do about it. `doing` as in "write", `path`: what it was done to.
std::string explain(const Error& error, std::string_view doing, const RemotePath& path);

}  // namespace bulkhead::gate_ssh
