#include "gate_http/account_objects.h"

#include <array>

#include "base/cat.h"
#include "base/clock.h"
#include "base/encode.h"
#include "core/capability/capability.h"
#include "gate_http/access_names.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using capability::Role;

constexpr std::array role_names{std::pair{Role::anonymous, "Anonymous"},
                                std::pair{Role::temporary_user, "TemporaryUser"},
                                std::pair{Role::user, "User"},
                                std::pair{Role::audit_user, "AuditUser"},
                                std::pair{Role::file_admin, "FileAdmin"},
                                std::pair{Role::admin, "Admin"},
                                std::pair{Role::sys_admin, "SysAdmin"}};
constexpr std::uint32_t bit(Role role) {
  return 1U << static_cast<unsigned>(role);
}
// A GroupAdmin is a user whom a group names as such: no role of his own.
constexpr std::array role_filters{std::pair{"allusers", asks::all_roles},
                                  std::pair{"endusers", bit(Role::user)},
                                  std::pair{"administrators", bit(Role::admin)},
                                  std::pair{"fileadmins", bit(Role::file_admin)},
                                  std::pair{"groupadmins", 0U},
                                  std::pair{"temporaryusers", bit(Role::temporary_user)},
                                  std::pair{"sysadmins", bit(Role::sys_admin)},
                                  std::pair{"auditusers", bit(Role::audit_user)}};
constexpr std::array notification_names{"ReceivesNoNotifications", "ReceivesNotifications",
                                        "AdminReceivesNotifications"};

void stamp(json::Writer& out, std::string_view name, const std::optional<std::int64_t>& time) {
  out.key(name);
  if (time)
    out.string(format_timestamp(*time));
  else
    out.null();
}

void simple_fields(json::Writer& out, const asks::UserRow& user) {
  out.key("id").string(user.id);
  out.key("orgID").integer(user.organisation);
  out.key("username").string(user.user_name);
  out.key("fullName").string(user.full_name);
  out.key("permission").string(role_name(user.role));
  out.key("email").string(user.email);
  out.key("status").string(user.active ? "Active" : "Suspended");
  stamp(out, "lastLoginStamp", user.last_sign_on_ms);
}

// Folders and files are not counted: an organisation's are not a SysAdmin's to look into.
void write_counts(json::Writer& out, const asks::OrganisationRow& row) {
  out.key("usersCount").unsigned_integer(row.users);
  for (const std::string_view unknown : {"foldersCount", "filesCount"}) out.key(unknown).null();
}

// Errc::invalid unless the member is absent or this value: there is no other choice here.
Result<void> need_fixed(const json::Value& body, std::string_view name, std::string_view value) {
  const std::optional<std::string> given = TRY(json::read_string(body, name));
  if (!given || http::equal_ignoring_case(*given, value)) return {};
  return fail(Errc::invalid, cat(name, " can only be ", value));
}

Result<void> need_zero(const json::Value& body, std::string_view name) {
  if (TRY(json::read_integer(body, name)).value_or(0) == 0) return {};
  return fail(Errc::invalid, cat(name, " can only be 0"));
}

Result<std::optional<Secret>> read_secret(const json::Value& body, std::string_view name) {
  std::optional<std::string> text = TRY(json::read_string(body, name));
  if (!text) return std::optional<Secret>{};
  std::optional<Secret> out{Secret::copy_of(as_bytes(*text))};
  wipe({reinterpret_cast<std::uint8_t*>(text->data()), text->size()});  // NOLINT(*reinterpret-cast)
  return out;
}

Result<std::optional<std::uint8_t>> read_role(const json::Value& body) {
  const std::optional<std::string> name = TRY(json::read_string(body, "permission"));
  if (!name || name->empty()) return std::optional<std::uint8_t>{};
  return std::optional<std::uint8_t>{TRY(role_of(*name))};
}

}  // namespace

void write_simple_user(json::Writer& out, const asks::UserRow& user) {
  out.begin_object();
  simple_fields(out, user);
  out.end_object();
}

std::string user_details(const asks::UserRow& user, const HomeOfUser& home) {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  simple_fields(out, user);
  out.key("emailFormat").string(user.email_format == asks::EmailFormat::html ? "HTML" : "Text");
  out.key("notes").string(user.notes);
  out.key("statusNote").string(user.status_note);
  stamp(out, "passwordChangeStamp", user.password_changed_ms);
  out.key("receivesNotification").string(notification_names.at(static_cast<std::size_t>(user.notifications)));
  out.key("forceChangePassword").boolean(user.must_change_password);
  out.key("folderQuota").unsigned_integer(home.quota);
  out.key("totalFileSize").unsigned_integer(home.files_size);
  out.key("authMethod").string("MOVEitOnly");
  out.key("language").string(user.language);
  out.key("homeFolderID").integer(home.folder);
  out.key("defaultFolderID").integer(0);
  out.key("expirationPolicyID").integer(user.expiration_policy);
  out.key("displaySettings").begin_object();
  for (const std::string_view list : {"userListPageSize", "fileListPageSize", "liveViewPageSize"})
    out.key(list).integer(100);
  out.end_object();
  out.end_object();
  return text;
}

void write_simple_organisation(json::Writer& out, const asks::OrganisationRow& row) {
  out.begin_object();
  out.key("id").string(cat(row.id));
  out.key("name").string(row.name);
  write_counts(out, row);
  out.end_object();
}

std::string organisation_details(const asks::OrganisationRow& row) {
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("id").string(cat(row.id));
  out.key("name").string(row.name);
  out.key("shortName").string(row.short_name);
  for (const std::string_view language : {"language", "formattingLocale"}) out.key(language).string("en");
  for (const std::string_view none : {"securityBanner", "securityNotice"}) out.key(none).string("");
  out.key("securityNoticeStamp").null();
  out.key("securityNoticeRequired").string("NotRequired");
  out.key("techInfo").string("");
  out.key("techName").string(row.tech_name);
  out.key("techPhone").string(row.tech_phone);
  out.key("techEmail").string(row.tech_email);
  for (const std::string_view none : {"informationLink", "informationLinkName", "contactLink", "contactLinkName"}) {
    out.key(none).string("");
  }
  out.key("allowPassChangeRequests").boolean(false);
  out.key("baseURL").string(row.base_url);
  out.key("notes").string(row.notes);
  write_counts(out, row);
  out.end_object();
  return text;
}

Result<std::uint8_t> role_of(std::string_view permission) {
  for (const auto& [role, name] : role_names) {
    if (http::equal_ignoring_case(permission, name)) return static_cast<std::uint8_t>(role);
  }
  return fail(Errc::invalid, "permission must be TemporaryUser, User, AuditUser, FileAdmin, Admin or SysAdmin");
}

Result<std::uint32_t> roles_of(std::string_view filter) {
  if (filter.empty()) return asks::all_roles;
  for (const auto& [name, roles] : role_filters) {
    if (http::equal_ignoring_case(filter, name)) return roles;
  }
  return fail(Errc::invalid,
              "permission must be AllUsers, EndUsers, Administrators, FileAdmins, GroupAdmins, TemporaryUsers, "
              "SysAdmins or AuditUsers");
}

Result<asks::AccountStatus> status_of(std::string_view filter) {
  constexpr std::array names{std::pair{"allusers", asks::AccountStatus::all},
                             std::pair{"activeusers", asks::AccountStatus::active},
                             std::pair{"inactiveusers", asks::AccountStatus::inactive},
                             std::pair{"neversignedonusers", asks::AccountStatus::never_signed_on}};
  if (filter.empty()) return asks::AccountStatus::all;
  for (const auto& [name, status] : names) {
    if (http::equal_ignoring_case(filter, name)) return status;
  }
  return fail(Errc::invalid, "status must be AllUsers, ActiveUsers, InactiveUsers or NeverSignedOnUsers");
}

asks::AccountSort account_sort(std::string_view field) {
  if (field == "fullname" || field == "realname") return asks::AccountSort::full_name;
  if (field == "lastloginstamp") return asks::AccountSort::last_sign_on;
  if (field == "email") return asks::AccountSort::email;
  return asks::AccountSort::user_name;
}

Result<asks::AddAccount> read_new_account(const json::Value& body) {
  asks::AddAccount ask;
  ask.organisation = static_cast<std::uint32_t>(TRY(json::read_integer(body, "orgID", 0, UINT32_MAX)).value_or(0));
  ask.user_name = TRY(json::read_string(body, "username")).value_or("");
  ask.full_name = TRY(json::read_string(body, "fullName")).value_or("");
  ask.email = TRY(json::read_string(body, "email")).value_or("");
  ask.role = TRY(read_role(body));
  ask.must_change_password = TRY(json::read_bool(body, "forceChangePassword")).value_or(false);
  ask.notes = TRY(json::read_string(body, "notes")).value_or("");
  ask.source = TRY(json::read_string(body, "sourceUserId")).value_or("");
  const std::string home = TRY(json::read_string(body, "homeFolderPath")).value_or("");
  if (!home.empty() && home != cat("/Home/", ask.user_name)) {
    return fail(Errc::invalid, "homeFolderPath can only be /Home/ and the user name");
  }
  const std::string in_use = TRY(json::read_string(body, "homeFolderInUseOption")).value_or("");
  if (!in_use.empty() && !http::equal_ignoring_case(in_use, "AllowIfExists") &&
      !http::equal_ignoring_case(in_use, "DenyIfExists")) {
    return fail(Errc::invalid, "homeFolderInUseOption must be AllowIfExists or DenyIfExists");
  }
  if (ask.user_name.empty()) return fail(Errc::invalid, "username is missing");
  std::optional<Secret> password = TRY(read_secret(body, "password"));
  if (password) ask.password = std::move(*password);
  return ask;
}

Result<asks::ChangeAccount> read_change(const json::Value& body) {
  asks::ChangeAccount ask;
  ask.full_name = TRY(json::read_string(body, "fullName"));
  ask.email = TRY(json::read_string(body, "email"));
  ask.role = TRY(read_role(body));
  if (const auto status = TRY(json::read_string(body, "status")); status) {
    const bool active = http::equal_ignoring_case(*status, "Active");
    if (!active && !http::equal_ignoring_case(*status, "Suspended")) {
      return fail(Errc::invalid, "status must be Active or Suspended");
    }
    ask.active = active;
  }
  ask.must_change_password = TRY(json::read_bool(body, "forceChangePassword"));
  ask.notes = TRY(json::read_string(body, "notes"));
  ask.status_note = TRY(json::read_string(body, "statusNote"));
  ask.language = TRY(json::read_string(body, "language"));
  if (const auto format = TRY(json::read_string(body, "emailFormat")); format) {
    const bool html = http::equal_ignoring_case(*format, "HTML");
    if (!html && !http::equal_ignoring_case(*format, "Text"))
      return fail(Errc::invalid, "emailFormat must be HTML or Text");
    ask.email_format = html ? asks::EmailFormat::html : asks::EmailFormat::text;
  }
  if (const auto receives = TRY(json::read_string(body, "receivesNotification")); receives) {
    for (std::size_t i = 0; i < notification_names.size(); ++i) {
      if (http::equal_ignoring_case(*receives, notification_names.at(i)))
        ask.notifications = static_cast<asks::Notifications>(i);
    }
    if (!ask.notifications)
      return fail(Errc::invalid, cat("receivesNotification must be ", notification_names[0], ", ",
                                     notification_names[1], " or ", notification_names[2]));
  }
  TRY(need_fixed(body, "authMethod", "MOVEitOnly"));
  TRY(need_zero(body, "defaultFolderId"));
  TRY(need_zero(body, "folderQuota"));
  ask.tell_by_mail = TRY(json::read_bool(body, "sendPasswordChangeNotification")).value_or(false);
  ask.password = TRY(read_secret(body, "password"));
  if (ask.tell_by_mail && !ask.password) {
    return fail(Errc::invalid, "sendPasswordChangeNotification goes with a password");
  }
  ask.current_password = TRY(read_secret(body, "currentPassword"));
  return ask;
}

}  // namespace bulkhead::gate_http
