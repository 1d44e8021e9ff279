#pragma once
// Which new passwords are taken. Length first (NIST SP 800-63B section 5.1.1.2): no composition rules, no expiry.
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::warden {

// Errc::invalid with a text for the person who chose it. `user_name` is the account's.
Result<void> check_new_password(const Secret& password, std::string_view user_name);

}  // namespace bulkhead::warden
