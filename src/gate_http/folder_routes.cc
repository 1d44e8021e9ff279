#include <algorithm>
#include <array>

#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "core/policy/rights.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

asks::FolderSort sort_of(std::string_view field) {
  if (field == "name") return asks::FolderSort::name;
  if (field == "type") return asks::FolderSort::kind;
  if (field == "lastcontentchangetime") return asks::FolderSort::changed;
  return asks::FolderSort::path;
}

Result<void> answer_folders(Exchange& exchange, std::uint32_t parent, std::string_view default_sort) {
  const http::Target& target = exchange.head.target;
  const Page page = TRY(read_page(target, default_sort));
  asks::ListFolders ask;
  ask.parent = parent;
  ask.name_mask = TRY(target.query_one("name")).value_or("");
  ask.path_mask = TRY(target.query_one("path")).value_or("");
  ask.sort = sort_of(page.sort_field);
  std::string text;
  json::Writer out{text};
  out.begin_object();
  TRY(write_list(exchange, ask, page, out, write_simple_folder));
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<asks::Inherit> read_inherit(const json::Value& body) {
  const std::string name = http::to_lower(TRY(json::read_string(body, "inheritPermissions")).value_or("Always"));
  if (name == "none") return asks::Inherit::none;
  if (name == "copyonly") return asks::Inherit::copy_only;
  if (name == "always" || name.empty()) return asks::Inherit::always;
  return fail(Errc::invalid, "inheritPermissions must be None, CopyOnly or Always");
}

using policy::Right;
constexpr std::array permission_names{
    std::pair{"readFiles", Right::read_files},     std::pair{"writeFiles", Right::write_files},
    std::pair{"deleteFiles", Right::delete_files}, std::pair{"listFiles", Right::list_files},
    std::pair{"notify", Right::notify},            std::pair{"addDeleteSubfolders", Right::add_delete_subfolders},
    std::pair{"share", Right::share},              std::pair{"admin", Right::admin},
    std::pair{"listUsers", Right::list_users}};

Result<void> answer_grants(Exchange& exchange, http::Status status, const std::vector<asks::GrantRow>& rows) {
  Page page = TRY(read_page(exchange.head.target, "name"));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  const std::size_t first = std::min<std::size_t>(page.offset(), rows.size());
  const std::size_t last = std::min<std::size_t>(first + page.per_page, rows.size());
  for (std::size_t i = first; i < last; ++i) write_grant(out, rows[i]);
  out.end_array();
  write_paging(out, page, rows.size());
  out.end_object();
  return exchange.answer_json(status, text);
}

// {type: User, id, permissions}: who, and with which rights.
Result<asks::SetGrant> read_grant(Exchange& exchange, bool removing) {
  const json::Value body = TRY(exchange.json_body());
  asks::SetGrant ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const std::string type = http::to_lower(TRY(json::read_string(body, "type")).value_or("User"));
  if (type != "user") return fail(Errc::invalid, "type must be User");
  ask.user = TRY(json::read_string(body, "id")).value_or("");
  if (ask.user.empty()) return fail(Errc::invalid, "id is missing: the id or name of a user");
  if (removing) return ask;
  const json::Value* permissions = TRY(json::read_object(body, "permissions"));
  if (permissions == nullptr) return fail(Errc::invalid, "permissions is missing");
  policy::Rights rights;
  for (const auto& [name, right] : permission_names) {
    if (TRY(json::read_bool(*permissions, name)).value_or(false)) rights |= right;
  }
  ask.rights = rights.bits();
  return ask;
}

}  // namespace

Result<void> list_folders(Exchange& exchange) { return answer_folders(exchange, 0, "path"); }

Result<void> list_subfolders(Exchange& exchange) {
  return answer_folders(exchange, TRY(folder_id(exchange.captures.at(0))), "name");
}

Result<void> get_folder(Exchange& exchange) {
  const asks::GetFolder ask{TRY(folder_id(exchange.captures.at(0)))};
  return answer_folder(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> change_folder(Exchange& exchange) {
  asks::ChangeFolder ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.name = TRY(json::read_string(body, "name"));
  ask.description = TRY(json::read_string(body, "description"));
  return answer_folder(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> delete_folder(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(asks::DeleteFolder{TRY(folder_id(exchange.captures.at(0)))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> create_subfolder(Exchange& exchange) {
  asks::CreateFolder ask;
  ask.parent = TRY(folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  const std::optional<std::string> name = TRY(json::read_string(body, "name"));
  if (!name) return fail(Errc::invalid, "name is missing");
  ask.name = *name;
  ask.inherit = TRY(read_inherit(body));
  return answer_folder(exchange, http::Status::created, TRY(exchange.session.keeper().ask(ask)));
}

Result<void> redirect_subfolder(Exchange& exchange) {
  return exchange.redirect(cat("/api/v1/folders/", TRY(folder_id(exchange.captures.at(1)))));
}

Result<void> list_grants(Exchange& exchange) {
  const asks::ListGrants ask{TRY(folder_id(exchange.captures.at(0)))};
  return answer_grants(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)).rows);
}

Result<void> set_grant(Exchange& exchange) {
  const asks::SetGrant ask = TRY(read_grant(exchange, false));
  if (ask.rights == 0) return fail(Errc::invalid, "permissions gives no right; use DELETE to take an entry away");
  return answer_grants(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)).rows);
}

Result<void> remove_grant(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(TRY(read_grant(exchange, true))));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace bulkhead::gate_http
