#include "gate_http/routes.h"

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

    Route{Method::get, "/api/v1/users/self", Access::signed_on, users_self},
    Route{Method::get, "/api/v1/users", Access::signed_on, list_users},
    Route{Method::post, "/api/v1/users", Access::signed_on, add_user},
    Route{Method::get, "/api/v1/users/{id}", Access::signed_on, get_user},
    Route{Method::patch, "/api/v1/users/{id}", Access::signed_on, change_user},
    Route{Method::delete_, "/api/v1/users/{id}", Access::signed_on, delete_user},
    Route{Method::get, "/api/v1/organizations", Access::signed_on, list_organisations},
    Route{Method::post, "/api/v1/organizations", Access::signed_on, add_organisation},
    Route{Method::get, "/api/v1/organizations/{id}", Access::signed_on, get_organisation},
    Route{Method::patch, "/api/v1/organizations/{id}", Access::signed_on, change_organisation},

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
    Route{Method::get, "/api/v1/folders/{id}/acls", Access::signed_on, list_grants},
    Route{Method::post, "/api/v1/folders/{id}/acls", Access::signed_on, set_grant},
    Route{Method::delete_, "/api/v1/folders/{id}/acls", Access::signed_on, remove_grant},
    Route{Method::get, "/api/v1/folders/{id}/files", Access::signed_on, list_folder_files},
    Route{Method::post, "/api/v1/folders/{id}/files", Access::signed_on, upload_file},
    Route{Method::get, "/api/v1/folders/{id}/files/{file}", Access::signed_on, redirect_file},
    Route{Method::get, "/api/v1/folders/{id}/files/{file}/download", Access::signed_on, redirect_download},

    Route{Method::get, "/api/v1/files", Access::signed_on, list_files},
    Route{Method::get, "/api/v1/files/{id}", Access::signed_on, get_file},
    Route{Method::patch, "/api/v1/files/{id}", Access::signed_on, change_file},
    Route{Method::delete_, "/api/v1/files/{id}", Access::signed_on, delete_file},
    Route{Method::get, "/api/v1/files/{id}/download", Access::signed_on, download_file},
};

consteval std::size_t open_routes() {
  std::size_t count = 0;
  for (const Route& route : table) count += route.access == Access::open ? 1 : 0;
  return count;
}
static_assert(open_routes() <= open_routes_max, "every route before sign-on is attack surface: think again");

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

Found find_route(std::span<const Route> in, Method method, const http::Target& target) {
  const Method wanted = method == Method::head ? Method::get : method;
  Found found;
  for (const Route& route : in) {
    std::vector<std::string_view> captures;
    if (target.asterisk || !fits(route.pattern, target.segments, captures)) continue;
    if (route.method == wanted) return Found{&route, false, std::move(captures)};
    found.other_method = true;
  }
  return found;
}

}  // namespace bulkhead::gate_http
