#pragma once
// Every route there is, as data: the table that dispatches is the table the census counts. A route without `open` answers
// 401 before one byte of its body is read.
#include <span>
#include <string_view>

#include "gate_http/api/document.h"
#include "gate_http/exchange.h"

namespace bulkhead::gate_http {

using Handler = Result<void> (*)(Exchange&);

enum class Access : std::uint8_t {
  open,       // without credentials; at most ten in the whole program
  signed_on,
};

struct Route {
  http::Method method;
  std::string_view pattern;  // "/api/v1/folders/{id}"; segments compare exactly, {…} takes one
  Access access;
  Handler handler;
};

std::span<const Route> routes();
// Beside routes(), in its order: what each does. A route without one does not compile (gate_http/api/operations.h).
std::span<const api::Described> described_routes();
inline constexpr std::size_t open_routes_max = 10;

struct Found {
  const Route* route = nullptr;  // null: nothing there, or not with this method
  const api::Operation* operation = nullptr;  // of the route
  bool other_method = false;     // the path exists
  std::vector<std::string_view> captures;
};
// HEAD finds the GET route.
Found find_route(std::span<const Route> table, http::Method method, const http::Target& target);

// token_routes.cc
Result<void> get_token(Exchange& exchange);
Result<void> post_token(Exchange& exchange);
Result<void> revoke_token(Exchange& exchange);
Result<void> send_code(Exchange& exchange);
Result<void> request_reset(Exchange& exchange);
Result<void> use_reset(Exchange& exchange);
Result<void> send_reset(Exchange& exchange);
// site_routes.cc
Result<void> front_page(Exchange& exchange);
Result<void> alive(Exchange& exchange);
// info_routes.cc
Result<void> public_org(Exchange& exchange);
Result<void> server_info(Exchange& exchange);
Result<void> openapi(Exchange& exchange);
Result<void> list_identity_providers(Exchange& exchange);
// user_routes.cc
Result<void> users_self(Exchange& exchange);
Result<void> list_users(Exchange& exchange);
Result<void> get_user(Exchange& exchange);
Result<void> add_user(Exchange& exchange);
Result<void> change_user(Exchange& exchange);
Result<void> delete_user(Exchange& exchange);
Result<void> list_organisations(Exchange& exchange);
Result<void> get_organisation(Exchange& exchange);
Result<void> add_organisation(Exchange& exchange);
Result<void> change_organisation(Exchange& exchange);
// organisation_routes.cc
Result<void> set_user_counts(Exchange& exchange);
Result<void> set_package_access(Exchange& exchange);
Result<void> set_password_reset(Exchange& exchange);
Result<void> set_interface(Exchange& exchange);
Result<void> act_as_admin(Exchange& exchange);
// external_token_routes.cc
Result<void> list_external_tokens(Exchange& exchange);
Result<void> list_user_external_tokens(Exchange& exchange);
Result<void> add_external_token(Exchange& exchange);
Result<void> remove_external_token(Exchange& exchange);
Result<void> remove_own_external_token(Exchange& exchange);
Result<void> remove_user_external_token(Exchange& exchange);
// credential_routes.cc
Result<void> list_tokens(Exchange& exchange);
Result<void> add_token(Exchange& exchange);
Result<void> change_token(Exchange& exchange);
Result<void> remove_token(Exchange& exchange);
Result<void> list_user_tokens(Exchange& exchange);
Result<void> remove_user_token(Exchange& exchange);
Result<void> list_user_keys(Exchange& exchange);
Result<void> add_user_key(Exchange& exchange);
Result<void> remove_user_key(Exchange& exchange);
Result<void> get_user_sign_on(Exchange& exchange);
Result<void> change_user_sign_on(Exchange& exchange);
// settings_routes.cc
Result<void> list_network_rules(Exchange& exchange);
Result<void> add_network_rule(Exchange& exchange);
Result<void> remove_network_rule(Exchange& exchange);
Result<void> list_trusted_networks(Exchange& exchange);
Result<void> add_trusted_network(Exchange& exchange);
Result<void> change_trusted_network(Exchange& exchange);
Result<void> remove_trusted_network(Exchange& exchange);
Result<void> list_aging_policies(Exchange& exchange);
Result<void> add_aging_policy(Exchange& exchange);
Result<void> set_default_aging(Exchange& exchange);
Result<void> list_expiration_policies(Exchange& exchange);
Result<void> add_expiration_policy(Exchange& exchange);
Result<void> set_default_expiration(Exchange& exchange);
Result<void> set_password_permissions(Exchange& exchange);
// folder_routes.cc
Result<void> list_folders(Exchange& exchange);
Result<void> get_folder(Exchange& exchange);
Result<void> change_folder(Exchange& exchange);
Result<void> delete_folder(Exchange& exchange);
Result<void> list_subfolders(Exchange& exchange);
Result<void> create_subfolder(Exchange& exchange);
Result<void> redirect_subfolder(Exchange& exchange);
// acl_routes.cc
Result<void> list_acl(Exchange& exchange);
Result<void> set_acl_entry(Exchange& exchange);  // POST and PUT
Result<void> change_acl_entry(Exchange& exchange);
Result<void> remove_acl_entry(Exchange& exchange);
// group_routes.cc
Result<void> list_groups(Exchange& exchange);
Result<void> create_group(Exchange& exchange);
Result<void> list_members(Exchange& exchange);
Result<void> add_members(Exchange& exchange);
Result<void> remove_member(Exchange& exchange);
Result<void> list_user_groups(Exchange& exchange);
// history_routes.cc
Result<void> get_history_settings(Exchange& exchange);
Result<void> change_history_settings(Exchange& exchange);
Result<void> list_versions(Exchange& exchange);
Result<void> download_version(Exchange& exchange);
Result<void> restore_version(Exchange& exchange);
Result<void> delete_version(Exchange& exchange);
Result<void> list_recycle_bin(Exchange& exchange);
Result<void> restore_from_bin(Exchange& exchange);
Result<void> delete_from_bin(Exchange& exchange);
Result<void> empty_recycle_bin(Exchange& exchange);
// notice_routes.cc
Result<void> change_notifications(Exchange& exchange);
// virtual_routes.cc
Result<void> list_virtual_folders(Exchange& exchange);
Result<void> add_virtual_folder(Exchange& exchange);
Result<void> get_virtual_folder(Exchange& exchange);
Result<void> change_virtual_folder(Exchange& exchange);
Result<void> remove_virtual_folder(Exchange& exchange);
// search_route.cc
Result<void> search_files(Exchange& exchange);

// brand_routes.cc
Result<void> set_logos(Exchange& exchange);
Result<void> get_logo(Exchange& exchange);

// transfer_route.cc
Result<void> list_transfers(Exchange& exchange);
// explain_route.cc
Result<void> explain(Exchange& exchange);
// retention_routes.cc
Result<void> place_hold(Exchange& exchange);
Result<void> list_holds(Exchange& exchange);
Result<void> get_hold(Exchange& exchange);
Result<void> lift_hold(Exchange& exchange);
Result<void> preview_cleanup(Exchange& exchange);
// file_routes.cc
Result<void> list_files(Exchange& exchange);
Result<void> list_folder_files(Exchange& exchange);
Result<void> get_file(Exchange& exchange);
Result<void> change_file(Exchange& exchange);
Result<void> delete_file(Exchange& exchange);
Result<void> redirect_file(Exchange& exchange);
Result<void> redirect_download(Exchange& exchange);
// log_routes.cc
Result<void> list_log(Exchange& exchange);
Result<void> get_log_entry(Exchange& exchange);
Result<void> list_downloads(Exchange& exchange);
Result<void> set_log_retention(Exchange& exchange);
// ledger_routes.cc
Result<void> get_receipt(Exchange& exchange);
Result<void> ledger_checkpoint(Exchange& exchange);
Result<void> ledger_tile(Exchange& exchange);
// download.cc, zip_download.cc, upload.cc
// tree_routes.cc
Result<void> move_file(Exchange& exchange);
Result<void> move_folder(Exchange& exchange);
Result<void> folder_content(Exchange& exchange);
Result<void> find_files(Exchange& exchange);
Result<void> list_new_states(Exchange& exchange);
Result<void> make_new(Exchange& exchange);
Result<void> make_seen(Exchange& exchange);
// destinationFolderId of a body.
Result<std::uint32_t> read_destination(const json::Value& body);
// copy_routes.cc
Result<void> copy_file(Exchange& exchange);
Result<void> copy_folder(Exchange& exchange);
// settings_routes.cc
Result<void> change_masks(Exchange& exchange);
Result<void> change_maintenance(Exchange& exchange);
Result<void> change_miscellaneous(Exchange& exchange);
Result<void> change_characters(Exchange& exchange);
Result<void> get_user_quota(Exchange& exchange);
Result<void> change_user_quota(Exchange& exchange);
// FolderDetails with what is set for the folder.
Result<void> answer_folder(Exchange& exchange, http::Status status, const asks::FolderRow& folder);
// download.cc, upload.cc
Result<void> download_file(Exchange& exchange);
// The content that the row describes, as the request wants it. `older`: it may be that of an older version.
Result<void> send_file(Exchange& exchange, const asks::FileRow& file, bool older);
Result<void> download_zip(Exchange& exchange);
Result<void> upload_file(Exchange& exchange);
// resumable.cc
Result<void> begin_resumable(Exchange& exchange);
Result<void> put_piece(Exchange& exchange);
// tus_create.cc, tus_routes.cc
Result<void> tus_options(Exchange& exchange);
Result<void> tus_create(Exchange& exchange);
Result<void> tus_status(Exchange& exchange);
Result<void> tus_append(Exchange& exchange);
Result<void> tus_remove(Exchange& exchange);

}  // namespace bulkhead::gate_http
