#pragma once
// Which new passwords are taken. Length first (NIST SP 800-63B section 5.1.1.2): no composition rules. Refused are the
// common ones, under their usual disguises, and those that are made of what is known of the person.
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace bulkhead::warden {

struct Person {
  std::string_view user_name;
  std::string_view full_name;
  std::string_view email;
};

// Errc::invalid with a text for the person who chose it.
Result<void> check_new_password(const Secret& password, const Person& person);

// `user` outlives it.
inline Person person(const auto& user) {
  return {user.user_name, user.full_name, user.email};
}

}  // namespace bulkhead::warden
