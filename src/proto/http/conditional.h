#pragma once
// Conditional requests, RFC 9110 section 13.
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "proto/http/fields.h"
#include "proto/http/strict.h"

namespace bulkhead::http {

// What there is now. Both absent: nothing stands at the target, and "*" matches nothing.
struct Validators {
  std::optional<std::string_view> etag;  // strong, with its quotes
  std::optional<UnixMs> last_modified;   // compared in whole seconds
};

enum class Verdict : std::uint8_t {
  proceed,
  not_modified,         // 304, only for GET and HEAD
  precondition_failed,  // 412
};

// The order of section 13.2.2. If-Range is part of evaluate_range's question: see if_range_holds. A list of tags that
// breaks the grammar matches nothing, and fails a request that would change something.
Verdict evaluate_conditions(const Fields& fields, Method method, const Validators& now);

}  // namespace bulkhead::http
