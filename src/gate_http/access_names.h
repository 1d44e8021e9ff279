#pragma once
// Rights, roles and entries of folders as the contract writes them (moveit-rest section 7): AclPermissions and
// AclEntry.
#include "core/policy/rights.h"
#include "ipc/catalog_rows.h"
#include "proto/http/json_in.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {

struct PermissionName {
  std::string_view name;
  policy::Right right;
};
inline constexpr std::array permission_names{
    PermissionName{"readFiles", policy::Right::read_files},
    PermissionName{"writeFiles", policy::Right::write_files},
    PermissionName{"deleteFiles", policy::Right::delete_files},
    PermissionName{"listFiles", policy::Right::list_files},
    PermissionName{"notify", policy::Right::notify},
    PermissionName{"addDeleteSubfolders", policy::Right::add_delete_subfolders},
    PermissionName{"share", policy::Right::share},
    PermissionName{"admin", policy::Right::admin},
    PermissionName{"listUsers", policy::Right::list_users},
};

// The booleans of an object, in any case and as texts too; null is as if it were not there. Errc::invalid names one.
struct Permissions {
  policy::Rights named;  // those that the object speaks of
  policy::Rights given;  // of them, those that are true
};
Result<Permissions> read_permissions(const json::Value& object);

void write_permissions(json::Writer& out, policy::Rights rights, policy::Rights share);
void write_grant(json::Writer& out, const asks::GrantRow& grant);
// "user!…" or "group!…".
std::string entry_id(const asks::GrantRow& grant);

// Of core/capability Role.
std::string_view role_name(std::uint8_t role);

}  // namespace bulkhead::gate_http
