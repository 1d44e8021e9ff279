#pragma once
// Dates that clients send (moveit-rest section 1): yyyy-MM-ddTHH:mm:ss or yyyy-MM-dd HH:mm:ss, the time optional. UTC.
#include "base/clock.h"
#include "base/result.h"

namespace bulkhead::gate_http {

// Errc::invalid says the shape. Years 1970 to 9999.
Result<UnixMs> parse_timestamp(std::string_view text);

// The same, or as people of the United States write it: MM-dd-yy, MM-dd-yyyy or MM/dd/yyyy, and a time behind a space.
// `end`: the last moment of what is named, a second or, without a time, a day.
Result<UnixMs> parse_log_time(std::string_view text, bool end);

}  // namespace bulkhead::gate_http
