#include "base/die.h"

#include <cstdlib>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead {

void die(std::string_view why, std::source_location where) {
  log(Level::error, "died", {{"why", why}, {"where", cat(where.file_name(), ":", where.line())}});
  std::abort();
}

}  // namespace bulkhead
