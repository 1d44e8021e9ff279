#pragma once
// Whether a password is that of a hash which another server made. Pure but for the memory of libcrypt.
#include "base/result.h"
#include "ipc/hash_asks.h"

namespace bulkhead::hasher {

// The password is wiped. Errc::invalid for one longer than password_size_max; otherwise the errors of
// foreign_hash::parse(), and Errc::unsupported or Errc::exhausted when a library cannot do it.
Result<bool> is_password_of(MutableByteView password, std::string_view hash);

Result<asks::CheckForeign::Reply> answer(asks::CheckForeign& ask);

}  // namespace bulkhead::hasher
