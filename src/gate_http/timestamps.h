#pragma once
// Dates that clients send (moveit-rest section 1): yyyy-MM-ddTHH:mm:ss or yyyy-MM-dd HH:mm:ss, the time optional. UTC.
#include "base/clock.h"
#include "base/result.h"

namespace bulkhead::gate_http {

// Errc::invalid says the shape. Years 1970 to 9999.
Result<UnixMs> parse_timestamp(std::string_view text);

}  // namespace bulkhead::gate_http
