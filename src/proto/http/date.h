#pragma once
// HTTP-date, RFC 9110 section 5.6.7: IMF-fixdate only. The two obsolete forms count as no date.
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace bulkhead::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", from 1970 to 9999, the day of the week right. None for anything else.
std::optional<UnixMs> parse_http_date(std::string_view text);

}  // namespace bulkhead::http
