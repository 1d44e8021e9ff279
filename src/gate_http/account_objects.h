#pragma once
// Users and organisations of moveit-rest section 7: JSON out, and the names of their enumerations in.
#include "ipc/user_asks.h"
#include "proto/http/json_in.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {

struct HomeOfUser {
  std::uint32_t folder = 0;  // 0: none, or none that the asker may see
  std::uint64_t files_size = 0;
  std::uint64_t quota = 0;  // 0: none
};

void write_simple_user(json::Writer& out, const asks::UserRow& user);
std::string user_details(const asks::UserRow& user, const HomeOfUser& home);
void write_simple_organisation(json::Writer& out, const asks::OrganisationRow& row);
std::string organisation_details(const asks::OrganisationRow& row);

// The values of `permission` in users; Errc::invalid names them.
Result<std::uint8_t> role_of(std::string_view permission);
// The filters of GET /users.
Result<std::uint32_t> roles_of(std::string_view filter);
Result<asks::AccountStatus> status_of(std::string_view filter);
asks::AccountSort account_sort(std::string_view field);

// The bodies of POST and PATCH /users. What cannot be done here is refused, never passed over.
Result<asks::AddAccount> read_new_account(const json::Value& body);
Result<asks::ChangeAccount> read_change(const json::Value& body);

}  // namespace bulkhead::gate_http
