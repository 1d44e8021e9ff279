#include "gate_http/access_names.h"

#include "base/cat.h"
#include "core/capability/capability.h"

namespace bulkhead::gate_http {

using policy::Rights;

Result<Permissions> read_permissions(const json::Value& object) {
  Permissions read;
  for (const PermissionName& each : permission_names) {
    const std::optional<bool> given = TRY(json::read_bool(object, each.name));
    if (given) read.named |= each.right;
    if (given.value_or(false)) read.given |= each.right;
  }
  return read;
}

void write_permissions(json::Writer& out, Rights rights, Rights share) {
  out.begin_object();
  for (const PermissionName& each : permission_names) out.key(each.name).boolean(rights.has(each.right));
  out.key("sharePermissions").begin_object();
  for (const PermissionName& each : permission_names) {
    if (policy::sharable.has(each.right)) out.key(each.name).boolean(share.has(each.right));
  }
  out.end_object().end_object();
}

std::string entry_id(const asks::GrantRow& grant) {
  return cat(grant.is_group ? "group!" : "user!", grant.id);
}

void write_grant(json::Writer& out, const asks::GrantRow& grant) {
  out.begin_object();
  out.key("type").string(grant.is_group ? "Group" : "User");
  out.key("id").string(grant.id);
  out.key("name").string(grant.name);
  out.key("entryId").string(entry_id(grant));
  out.key("isHomeFolderUser").boolean(grant.is_owner);
  out.key("isEditable").boolean(grant.is_editable);
  out.key("isDeletable").boolean(grant.is_deletable);
  out.key("permissions");
  write_permissions(out, Rights::from_bits(grant.rights), Rights::from_bits(grant.share));
  out.end_object();
}

std::string_view role_name(std::uint8_t role) {
  using capability::Role;
  switch (static_cast<Role>(role)) {
    case Role::anonymous:
      return "Anonymous";
    case Role::temporary_user:
      return "TemporaryUser";
    case Role::user:
      return "User";
    case Role::audit_user:
      return "AuditUser";
    case Role::file_admin:
      return "FileAdmin";
    case Role::admin:
      return "Admin";
    case Role::sys_admin:
      return "SysAdmin";
  }
  return "Anonymous";
}

}  // namespace bulkhead::gate_http
