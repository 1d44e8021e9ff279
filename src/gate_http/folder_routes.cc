#include "base/cat.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
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
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_simple_folder)));
}

Result<asks::Inherit> read_inherit(const json::Value& body) {
  const std::string name = http::to_lower(TRY(json::read_string(body, "inheritPermissions")).value_or("Always"));
  if (name == "none") return asks::Inherit::none;
  if (name == "copyonly") return asks::Inherit::copy_only;
  if (name == "always" || name.empty()) return asks::Inherit::always;
  return fail(Errc::invalid, "inheritPermissions must be None, CopyOnly or Always");
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
  ask.inherit_access = TRY(json::read_bool(body, "inheritAccess"));
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

}  // namespace bulkhead::gate_http
