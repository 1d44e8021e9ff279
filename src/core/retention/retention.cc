#include "core/retention/retention.h"

namespace bulkhead::retention {

std::optional<UnixMs> CalmClock::read(UnixMs now, MonotonicMs running) {
  UnixMs latest = INT64_MAX;  // that is no jump
  if (last_ && last_at_)
    latest = *last_ + (running - *last_at_) + jump_max_ms;
  else if (last_)
    latest = *last_ + rest_max_ms;
  if (now > latest) {
    if (!ahead_since_) ahead_since_ = running;
    if (running - *ahead_since_ < distrust_ms) return std::nullopt;
  }
  ahead_since_.reset();
  last_ = now;
  last_at_ = running;
  return now;
}

}  // namespace bulkhead::retention
