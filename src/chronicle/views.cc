#include "chronicle/views.h"

namespace bulkhead::chronicle {
namespace {

using asks::EventKind;
using capability::Role;

constexpr Kinds between(EventKind first, EventKind last) {
  return (kind_bit(last) - kind_bit(first)) | kind_bit(last);
}

constexpr Kinds everything = ~(Kinds{1} << 63U);
constexpr Kinds signs = between(EventKind::sign_on, EventKind::sign_off);
constexpr Kinds transfers = kind_bit(EventKind::file_uploaded) | kind_bit(EventKind::file_downloaded);
constexpr Kinds people = between(EventKind::password_changed, EventKind::acting_begun);
// They name files or folders.
constexpr Kinds content = between(EventKind::folder_created, EventKind::virtual_moved) |
                          between(EventKind::hold_placed, EventKind::virtual_deleted);
constexpr Kinds administration = between(EventKind::organisation_added, EventKind::password_permission_set) |
                                 between(EventKind::folder_settings_changed, EventKind::quota_set) |
                                 between(EventKind::virtual_created, EventKind::trouble);

}  // namespace

Scope scope_of(const Viewer& viewer) {
  switch (viewer.role) {
    case Role::sys_admin:
      return {true, 0, {}, everything & ~content};
    case Role::admin:
    case Role::file_admin:
    case Role::audit_user:
      return {false, viewer.organisation, {}, everything};
    case Role::anonymous:
    case Role::temporary_user:
    case Role::user:
      break;
  }
  return {false, viewer.organisation, viewer.user, everything};
}

Kinds kinds_of(const asks::LogFilter& filter) {
  Kinds kinds = everything;
  switch (filter.action) {
    case asks::LogAction::none:
      break;
    case asks::LogAction::file_transfer:
      kinds = transfers;
      break;
    case asks::LogAction::administration:
      kinds = administration;
      break;
    case asks::LogAction::upload:
      kinds = kind_bit(EventKind::file_uploaded);
      break;
    case asks::LogAction::download:
      kinds = kind_bit(EventKind::file_downloaded);
      break;
    case asks::LogAction::user_maintenance:
      kinds = people;
      break;
    case asks::LogAction::content_scanning:
      kinds = 0;
      break;
  }
  if (!filter.signs) kinds &= ~signs;
  if (!filter.views) kinds &= ~kind_bit(EventKind::log_viewed);
  return kinds;
}

bool sees_fetches(const Viewer& viewer, std::uint32_t organisation, std::string_view uploader) {
  if (viewer.organisation != organisation || viewer.role == Role::sys_admin) return false;
  return viewer.role == Role::admin || viewer.role == Role::audit_user || viewer.user == uploader;
}

bool rules_retention(const Viewer& viewer) {
  return viewer.role == Role::admin;
}

}  // namespace bulkhead::chronicle
