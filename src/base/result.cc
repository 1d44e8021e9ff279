#include "base/result.h"

#include <cerrno>
#include <cstring>

#include "base/cat.h"

namespace bulkhead {

Error fail_errno(std::string_view what, std::source_location where) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  char buffer[128] = {};
  const std::string_view text = strerror_r(number, buffer, sizeof buffer);
  return Error{full ? Errc::storage_full : Errc::io, cat(what, ": ", text), where};
}

}  // namespace bulkhead
