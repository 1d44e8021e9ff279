#include "gate_ssh/files/explain.h"

#include "base/cat.h"

namespace bulkhead::gate_ssh {

std::string explain(const Error& error, std::string_view doing, const RemotePath& path) {
  switch (error.kind()) {
    case Errc::denied:
      return cat("no right to ", doing, " ", path.print(), "; ask the owner of the folder");
    case Errc::not_found:
      return cat("no such file or folder: ", path.print());
    case Errc::storage_full:
      return "the server has no space left; try again later, or tell its administrator";
    case Errc::expired:
    case Errc::unauthenticated:
      return "this session has ended; sign on again";
    case Errc::invalid:
    case Errc::conflict:
    case Errc::too_large:
    case Errc::exhausted:
    case Errc::io:
    case Errc::corrupt:
    case Errc::unsupported:
    case Errc::other_principal:
    case Errc::over_quota:
    case Errc::held:
      break;
  }
  return error.message();
}

}  // namespace bulkhead::gate_ssh
