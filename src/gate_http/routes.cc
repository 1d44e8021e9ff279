#include "gate_http/routes.h"

#include <algorithm>
#include <array>

namespace bulkhead::gate_http {
namespace {

using http::Method;

constexpr std::array table{
    Route{Method::get, "/", Access::open, front_page},
    Route{Method::get, "/livez", Access::open, alive},
    Route{Method::get, "/api/v1/token", Access::open, get_token},
    Route{Method::post, "/api/v1/token", Access::open, post_token},
    Route{Method::post, "/api/v1/auth/token", Access::open, post_token},  // moveit-rest section 10: some clients call this
    Route{Method::post, "/api/v1/token/revoke", Access::open, revoke_token},
    Route{Method::post, "/api/v1/token/otp", Access::open, send_code},
    Route{Method::post, "/api/bulkhead/v1/password-resets", Access::open, request_reset},
    Route{Method::put, "/api/bulkhead/v1/password-resets", Access::open, use_reset},

    Route{Method::get, "/api/v1/info", Access::open, public_org},
    Route{Method::get, "/api/v1/serverinfo", Access::signed_on, server_info},
    Route{Method::get, "/api/v1/openapi.json", Access::signed_on, openapi},
    Route{Method::get, "/api/v1/auth/identityproviders", Access::signed_on, list_identity_providers},

    Route{Method::get, "/api/v1/users/self", Access::signed_on, users_self},
    Route{Method::get, "/api/v1/users/{id}/quota", Access::signed_on, get_user_quota},
    Route{Method::patch, "/api/v1/users/{id}/quota", Access::signed_on, change_user_quota},
    Route{Method::get, "/api/v1/users", Access::signed_on, list_users},
    Route{Method::post, "/api/v1/users", Access::signed_on, add_user},
    Route{Method::get, "/api/v1/users/{id}", Access::signed_on, get_user},
    Route{Method::patch, "/api/v1/users/{id}", Access::signed_on, change_user},
    Route{Method::delete_, "/api/v1/users/{id}", Access::signed_on, delete_user},
    Route{Method::get, "/api/v1/organizations", Access::signed_on, list_organisations},
    Route{Method::post, "/api/v1/organizations", Access::signed_on, add_organisation},
    Route{Method::get, "/api/v1/organizations/{id}", Access::signed_on, get_organisation},
    Route{Method::patch, "/api/v1/organizations/{id}", Access::signed_on, change_organisation},

    Route{Method::post, "/api/v1/organizations/{id}/maxusercounts", Access::signed_on, set_user_counts},
    Route{Method::post, "/api/v1/organizations/{id}/packageaccess", Access::signed_on, set_package_access},
    Route{Method::post, "/api/v1/organizations/{id}/passwordreset", Access::signed_on, set_password_reset},
    Route{Method::post, "/api/v1/organizations/{id}/interfaceconfiguration", Access::signed_on, set_interface},
    Route{Method::post, "/api/v1/auth/actasadmin", Access::signed_on, act_as_admin},
    Route{Method::get, "/api/v1/users/self/externaltokens", Access::signed_on, list_external_tokens},
    Route{Method::post, "/api/v1/users/self/externaltokens", Access::signed_on, add_external_token},
    Route{Method::delete_, "/api/v1/users/self/externaltokens", Access::signed_on, remove_external_token},
    Route{Method::delete_, "/api/v1/users/self/externaltokens/{token}", Access::signed_on, remove_own_external_token},
    Route{Method::get, "/api/v1/users/{id}/externaltokens", Access::signed_on, list_user_external_tokens},
    Route{Method::delete_, "/api/v1/users/{id}/externaltokens/{token}", Access::signed_on, remove_user_external_token},

    Route{Method::get, "/api/v1/settings/security/remoteaccess/rules", Access::signed_on, list_network_rules},
    Route{Method::post, "/api/v1/settings/security/remoteaccess/rules", Access::signed_on, add_network_rule},
    Route{Method::delete_, "/api/v1/settings/security/remoteaccess/rules/{id}", Access::signed_on, remove_network_rule},
    Route{Method::get, "/api/v1/settings/security/ipwhitelist", Access::signed_on, list_trusted_networks},
    Route{Method::post, "/api/v1/settings/security/ipwhitelist", Access::signed_on, add_trusted_network},
    Route{Method::put, "/api/v1/settings/security/ipwhitelist/{id}", Access::signed_on, change_trusted_network},
    Route{Method::delete_, "/api/v1/settings/security/ipwhitelist/{id}", Access::signed_on, remove_trusted_network},
    Route{Method::get, "/api/v1/settings/security/password/aging/policies", Access::signed_on, list_aging_policies},
    Route{Method::post, "/api/v1/settings/security/password/aging/policies", Access::signed_on, add_aging_policy},
    Route{Method::patch, "/api/v1/settings/security/password/aging", Access::signed_on, set_default_aging},
    Route{Method::post, "/api/v1/settings/security/password/permissions", Access::signed_on, set_password_permissions},
    Route{Method::get, "/api/v1/settings/security/userauth/expiration/policies", Access::signed_on, list_expiration_policies},
    Route{Method::post, "/api/v1/settings/security/userauth/expiration/policies", Access::signed_on, add_expiration_policy},
    Route{Method::patch, "/api/v1/settings/security/userauth/expiration", Access::signed_on, set_default_expiration},

    Route{Method::get, "/api/v1/folders", Access::signed_on, list_folders},
    Route{Method::get, "/api/v1/folders/{id}", Access::signed_on, get_folder},
    Route{Method::patch, "/api/v1/folders/{id}", Access::signed_on, change_folder},
    Route{Method::delete_, "/api/v1/folders/{id}", Access::signed_on, delete_folder},
    Route{Method::get, "/api/v1/folders/{id}/subfolders", Access::signed_on, list_subfolders},
    Route{Method::post, "/api/v1/folders/{id}/subfolders", Access::signed_on, create_subfolder},
    Route{Method::get, "/api/v1/folders/{id}/subfolders/{subfolder}", Access::signed_on, redirect_subfolder},
    Route{Method::delete_, "/api/v1/folders/{id}/subfolders/{subfolder}", Access::signed_on, redirect_subfolder},
    Route{Method::get, "/api/v1/folders/{id}/acls", Access::signed_on, list_acl},
    Route{Method::post, "/api/v1/folders/{id}/acls", Access::signed_on, set_acl_entry},
    Route{Method::put, "/api/v1/folders/{id}/acls", Access::signed_on, set_acl_entry},
    Route{Method::delete_, "/api/v1/folders/{id}/acls", Access::signed_on, remove_acl_entry},
    Route{Method::patch, "/api/v1/folders/{id}/acls/{entry}", Access::signed_on, change_acl_entry},
    Route{Method::get, "/api/v1/folders/{id}/files", Access::signed_on, list_folder_files},
    Route{Method::post, "/api/v1/folders/{id}/files", Access::signed_on, upload_file},
    Route{Method::put, "/api/v1/folders/{id}/files", Access::signed_on, put_piece},
    Route{Method::get, "/api/v1/folders/{id}/files/{file}", Access::signed_on, redirect_file},
    Route{Method::get, "/api/v1/folders/{id}/files/{file}/download", Access::signed_on, redirect_download},

    Route{Method::patch, "/api/v1/folders/{id}/filemasks", Access::signed_on, change_masks},
    Route{Method::patch, "/api/v1/folders/{id}/maintenance", Access::signed_on, change_maintenance},
    Route{Method::patch, "/api/v1/folders/{id}/miscellaneous", Access::signed_on, change_miscellaneous},
    Route{Method::patch, "/api/v1/folders/{id}/characterRestrictions", Access::signed_on, change_characters},
    Route{Method::patch, "/api/v1/folders/{id}/notifications", Access::signed_on, change_notifications},
    Route{Method::post, "/api/v1/folders/{id}/copy", Access::signed_on, copy_folder},
    Route{Method::post, "/api/v1/folders/{id}/move", Access::signed_on, move_folder},
    Route{Method::get, "/api/v1/folders/{id}/content", Access::signed_on, folder_content},

    Route{Method::get, "/api/v1/files", Access::signed_on, list_files},
    Route{Method::get, "/api/v1/files/detailed", Access::signed_on, find_files},  // before {id}
    Route{Method::get, "/api/v1/files/{id}", Access::signed_on, get_file},
    Route{Method::patch, "/api/v1/files/{id}", Access::signed_on, change_file},
    Route{Method::delete_, "/api/v1/files/{id}", Access::signed_on, delete_file},
    Route{Method::get, "/api/v1/files/{id}/download", Access::signed_on, download_file},

    Route{Method::get, "/api/v1/groups", Access::signed_on, list_groups},
    Route{Method::post, "/api/v1/groups", Access::signed_on, create_group},
    Route{Method::get, "/api/v1/groups/{id}/members", Access::signed_on, list_members},
    Route{Method::post, "/api/v1/groups/{id}/members", Access::signed_on, add_members},
    Route{Method::delete_, "/api/v1/groups/{id}/members/{user}", Access::signed_on, remove_member},
    Route{Method::get, "/api/v1/users/{id}/groups", Access::signed_on, list_user_groups},

    Route{Method::get, "/api/bulkhead/v1/tokens", Access::signed_on, list_tokens},
    Route{Method::post, "/api/bulkhead/v1/tokens", Access::signed_on, add_token},
    Route{Method::patch, "/api/bulkhead/v1/tokens/{id}", Access::signed_on, change_token},
    Route{Method::delete_, "/api/bulkhead/v1/tokens/{id}", Access::signed_on, remove_token},
    Route{Method::get, "/api/bulkhead/v1/users/{id}/tokens", Access::signed_on, list_user_tokens},
    Route{Method::delete_, "/api/bulkhead/v1/users/{id}/tokens/{token}", Access::signed_on, remove_user_token},
    Route{Method::get, "/api/bulkhead/v1/users/{id}/keys", Access::signed_on, list_user_keys},
    Route{Method::post, "/api/bulkhead/v1/users/{id}/keys", Access::signed_on, add_user_key},
    Route{Method::delete_, "/api/bulkhead/v1/users/{id}/keys/{key}", Access::signed_on, remove_user_key},
    Route{Method::get, "/api/bulkhead/v1/users/{id}/signon", Access::signed_on, get_user_sign_on},
    Route{Method::patch, "/api/bulkhead/v1/users/{id}/signon", Access::signed_on, change_user_sign_on},
    Route{Method::post, "/api/bulkhead/v1/users/{id}/passwordreset", Access::signed_on, send_reset},

    Route{Method::get, "/api/bulkhead/v1/search", Access::signed_on, search_files},
    Route{Method::get, "/api/v1/logs", Access::signed_on, list_log},
    Route{Method::get, "/api/v1/logs/{id}", Access::signed_on, get_log_entry},
    Route{Method::post, "/api/v1/settings/miscellaneous/aging/logs", Access::signed_on, set_log_retention},
    Route{Method::get, "/api/bulkhead/v1/files/{id}/downloads", Access::signed_on, list_downloads},

    Route{Method::post, "/api/v1/settings/appearance/brand/logos", Access::signed_on, set_logos},
    Route{Method::get, "/api/bulkhead/v1/brand/logos/{place}", Access::signed_on, get_logo},
    Route{Method::get, "/api/v1/xferstatus", Access::signed_on, list_transfers},
    Route{Method::get, "/api/bulkhead/v1/explain", Access::signed_on, explain},
    Route{Method::get, "/api/bulkhead/v1/folders/{id}/virtual", Access::signed_on, list_virtual_folders},
    Route{Method::post, "/api/bulkhead/v1/folders/{id}/virtual", Access::signed_on, add_virtual_folder},
    Route{Method::get, "/api/bulkhead/v1/virtual/{id}", Access::signed_on, get_virtual_folder},
    Route{Method::patch, "/api/bulkhead/v1/virtual/{id}", Access::signed_on, change_virtual_folder},
    Route{Method::delete_, "/api/bulkhead/v1/virtual/{id}", Access::signed_on, remove_virtual_folder},
    Route{Method::get, "/api/bulkhead/v1/folders/{id}/history", Access::signed_on, get_history_settings},
    Route{Method::patch, "/api/bulkhead/v1/folders/{id}/history", Access::signed_on, change_history_settings},
    Route{Method::get, "/api/bulkhead/v1/files/{id}/versions", Access::signed_on, list_versions},
    Route{Method::get, "/api/bulkhead/v1/files/{id}/versions/{version}/download", Access::signed_on, download_version},
    Route{Method::post, "/api/bulkhead/v1/files/{id}/versions/{version}/restore", Access::signed_on, restore_version},
    Route{Method::delete_, "/api/bulkhead/v1/files/{id}/versions/{version}", Access::signed_on, delete_version},
    Route{Method::get, "/api/bulkhead/v1/recyclebin", Access::signed_on, list_recycle_bin},
    Route{Method::delete_, "/api/bulkhead/v1/recyclebin", Access::signed_on, empty_recycle_bin},
    Route{Method::post, "/api/bulkhead/v1/recyclebin/{id}/restore", Access::signed_on, restore_from_bin},
    Route{Method::delete_, "/api/bulkhead/v1/recyclebin/{id}", Access::signed_on, delete_from_bin},
    Route{Method::post, "/api/bulkhead/v1/holds", Access::signed_on, place_hold},
    Route{Method::get, "/api/bulkhead/v1/holds", Access::signed_on, list_holds},
    Route{Method::get, "/api/bulkhead/v1/holds/{id}", Access::signed_on, get_hold},
    Route{Method::delete_, "/api/bulkhead/v1/holds/{id}", Access::signed_on, lift_hold},
    Route{Method::get, "/api/bulkhead/v1/folders/{id}/cleanup", Access::signed_on, preview_cleanup},
    Route{Method::get, "/api/bulkhead/v1/zip", Access::signed_on, download_zip},
    Route{Method::post, "/api/bulkhead/v1/zip", Access::signed_on, download_zip},
    Route{Method::options, "/tus", Access::signed_on, tus_options},
    Route{Method::options, "/tus/{id}", Access::signed_on, tus_options},
    Route{Method::post, "/tus", Access::signed_on, tus_create},
    Route{Method::get, "/tus/{id}", Access::signed_on, tus_status},
    Route{Method::patch, "/tus/{id}", Access::signed_on, tus_append},
    Route{Method::delete_, "/tus/{id}", Access::signed_on, tus_remove},
    Route{Method::post, "/api/v1/files/{id}/copy", Access::signed_on, copy_file},
    Route{Method::post, "/api/v1/files/{id}/move", Access::signed_on, move_file},
    Route{Method::get, "/api/v1/files/{id}/newstates", Access::signed_on, list_new_states},
    Route{Method::post, "/api/v1/files/{id}/newstates", Access::signed_on, make_new},
    Route{Method::delete_, "/api/v1/files/{id}/newstates/{user}", Access::signed_on, make_seen},
    Route{Method::get, "/api/bulkhead/v1/receipts/{index}", Access::signed_on, get_receipt},
    Route{Method::get, "/api/bulkhead/v1/ledger/checkpoint", Access::signed_on, ledger_checkpoint},
    Route{Method::get, "/api/bulkhead/v1/ledger/tile/{level}/{a}", Access::signed_on, ledger_tile},
    Route{Method::get, "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}", Access::signed_on, ledger_tile},
    Route{Method::get, "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}", Access::signed_on, ledger_tile},
    Route{Method::get, "/api/bulkhead/v1/ledger/tile/{level}/{a}/{b}/{c}/{d}", Access::signed_on, ledger_tile},
};

consteval std::size_t open_routes() {
  std::size_t count = 0;
  for (const Route& route : table) count += route.access == Access::open ? 1 : 0;
  return count;
}
static_assert(open_routes() <= open_routes_max, "every route before sign-on is attack surface: think again");

consteval auto describe() {
  std::array<api::Described, table.size()> described{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    described[i] = {api::find_operation(table[i].method, table[i].pattern), table[i].access == Access::open};
  }
  return described;
}
constexpr auto described = describe();
static_assert(std::ranges::all_of(described, [](const api::Described& one) { return one.operation != nullptr; }),
              "a route without its description: gate_http/api/operations.h");
static_assert(table.size() == api::operations.size(), "a description without its route: gate_http/api/operations.h");

// Whether the segments fit the pattern; `captures` gets the {…} ones.
bool fits(std::string_view pattern, const std::vector<std::string>& segments, std::vector<std::string_view>& captures) {
  captures.clear();
  std::size_t i = 0;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    const std::string_view part = pattern.substr(0, slash);
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
    if (i >= segments.size()) return false;
    if (part.front() == '{') captures.push_back(segments[i]);
    else if (part != segments[i]) return false;
    ++i;
  }
  return i == segments.size();
}

}  // namespace

std::span<const Route> routes() { return table; }
std::span<const api::Described> described_routes() { return described; }

Found find_route(std::span<const Route> in, Method method, const http::Target& target) {
  const Method wanted = method == Method::head ? Method::get : method;
  Found found;
  for (const Route& route : in) {
    std::vector<std::string_view> captures;
    if (target.asterisk || !fits(route.pattern, target.segments, captures)) continue;
    if (route.method == wanted) {
      return Found{&route, api::find_operation(route.method, route.pattern), false, std::move(captures)};
    }
    found.other_method = true;
  }
  return found;
}

}  // namespace bulkhead::gate_http
