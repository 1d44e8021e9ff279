#pragma once
// SFTPGo's permissions of a folder as our rights. Where ours cannot be told apart, the account gets less than it had.
#include <string>
#include <vector>

#include "core/policy/rights.h"

namespace bulkhead::cli {

struct FolderRights {
  policy::Rights rights;
  bool overwrite_allowed = false;
  bool everything = false;        // "*"
  std::vector<std::string> lost;  // permissions that no right gives here
};

// `names` as in the dump; unknown ones are lost.
FolderRights rights_of(const std::vector<std::string>& names);

}  // namespace bulkhead::cli
