// What a SysAdmin sets for an organisation, and that he acts for one (moveit-rest sections 2.5 and 5).
#include <array>

#include "gate_http/access_names.h"
#include "gate_http/ids.h"
#include "gate_http/routes.h"
#include "ipc/login_asks.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::array package_access_names{"None", "AdminOnly", "AdminAndGroupAdmin"};

// Sends what was read of a body, and answers with the part of the settings that the route is about.
template <class Write>
Result<void> change(Exchange& exchange, asks::ChangeOrganisationSettings ask, Write write) {
  ask.id = TRY(organisation_id(exchange.captures.at(0)));
  const asks::OrganisationSettings settings = TRY(exchange.session.warden().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  write(out, settings);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace

Result<void> set_user_counts(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeOrganisationSettings ask;
  ask.total_users = TRY(json::read_u32(body, "totalUsers", INT32_MAX));
  ask.end_users = TRY(json::read_u32(body, "endUsers", INT32_MAX));
  ask.temp_users = TRY(json::read_u32(body, "tempUsers", INT32_MAX));
  return change(exchange, ask, [](json::Writer& out, const asks::OrganisationSettings& settings) {
    out.key("totalUsers").integer(settings.total_users);
    out.key("endUsers").integer(settings.end_users);
    out.key("tempUsers").integer(settings.temp_users);
  });
}

Result<void> set_package_access(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeOrganisationSettings ask;
  if (const auto name = TRY(json::read_string(body, "adminPackageAccess"))) {
    for (std::size_t i = 0; i < package_access_names.size(); ++i) {
      if (!http::equal_ignoring_case(*name, package_access_names.at(i))) continue;
      ask.package_access = static_cast<asks::PackageAccess>(i);
    }
    if (!ask.package_access) {
      return fail(Errc::invalid, "adminPackageAccess must be None, AdminOnly or AdminAndGroupAdmin");
    }
  }
  ask.package_entries_in_log = TRY(json::read_bool(body, "showAdHocTransferEntriesInLog"));
  ask.everywhere = TRY(json::read_bool(body, "applyToAllOrganizations")).value_or(false);
  return change(exchange, ask, [](json::Writer& out, const asks::OrganisationSettings& settings) {
    out.key("adminPackageAccess").string(package_access_names.at(static_cast<std::size_t>(settings.package_access)));
    out.key("showAdHocTransferEntriesInLog").boolean(settings.package_entries_in_log);
  });
}

Result<void> set_password_reset(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeOrganisationSettings ask;
  ask.admin_password_reset = TRY(json::read_bool(body, "enableAdminPasswordReset"));
  return change(exchange, ask, [](json::Writer& out, const asks::OrganisationSettings& settings) {
    out.key("enableAdminPasswordReset").boolean(settings.admin_password_reset);
  });
}

Result<void> set_interface(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeOrganisationSettings ask;
  ask.show_files = TRY(json::read_bool(body, "showFileAndFolder"));
  ask.show_packages = TRY(json::read_bool(body, "showAdHocPackage"));
  ask.show_sharing = TRY(json::read_bool(body, "showSecureFolderSharing"));
  return change(exchange, ask, [](json::Writer& out, const asks::OrganisationSettings& settings) {
    out.key("showFileAndFolder").boolean(settings.show_files);
    out.key("showAdHocPackage").boolean(settings.show_packages);
    out.key("showSecureFolderSharing").boolean(settings.show_sharing);
  });
}

// The connection is that of the SysAdmin: with the Admin that he acts as, the token is shown on another one.
Result<void> act_as_admin(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const auto id = TRY(json::read_integer(body, "orgId", 0, INT32_MAX));
  if (!id) return fail(Errc::invalid, "orgId is missing");
  const auto reply = TRY(exchange.session.warden().ask(asks::ActAsAdmin{static_cast<std::uint32_t>(*id)}));
  exchange.session.forget();
  exchange.close = true;
  std::string text;
  json::Writer out{text};
  out.begin_object();
  out.key("orgId").integer(reply.organisation);
  out.key("permission").string(role_name(reply.role));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

}  // namespace bulkhead::gate_http
