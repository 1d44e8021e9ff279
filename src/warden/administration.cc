#include "warden/administration.h"

namespace bulkhead::warden {
namespace {

using capability::Role;

bool sees(const Party& asker, const Party& target) {
  if (asker.id == target.id) return true;
  if (asker.role == Role::sys_admin) return true;
  const bool colleague = asker.organisation == target.organisation && target.role != Role::sys_admin;
  return (asker.role == Role::admin || asker.role == Role::audit_user) && colleague;
}

}  // namespace

Standing standing(const Party& asker, const Party& target, Act act) {
  if (!sees(asker, target)) return Standing::hidden;
  if (act == Act::see) return Standing::allowed;
  // Nobody locks himself out, raises himself, or gets by without his old password.
  if (asker.id == target.id && act == Act::prefer) return Standing::allowed;
  if (asker.id == target.id && act != Act::edit) return Standing::forbidden;
  return may_grant(asker.role, target.role) ? Standing::allowed : Standing::forbidden;
}

bool may_grant(Role asker, Role role) {
  switch (role) {
    case Role::anonymous:
      return false;
    case Role::temporary_user:
    case Role::user:
    case Role::audit_user:
    case Role::file_admin:
      return asker == Role::admin;
    case Role::admin:
      return asker == Role::admin || asker == Role::sys_admin;
    case Role::sys_admin:
      return asker == Role::sys_admin;
  }
  return false;
}

bool sees_accounts(Role asker) {
  return asker == Role::admin || asker == Role::sys_admin || asker == Role::audit_user;
}

bool rules_organisations(Role asker) {
  return asker == Role::sys_admin;
}

bool rules_settings(Role asker) {
  return asker == Role::admin;
}

}  // namespace bulkhead::warden
