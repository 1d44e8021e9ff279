// Virtual folders: names in a folder that lead to another one. Ours, no part of the contract.
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {

Result<void> list_virtual_folders(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  asks::ListVirtual ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  return exchange.answer_json(http::Status::ok, TRY(list_text(exchange, ask, page, write_virtual_folder)));
}

Result<void> add_virtual_folder(Exchange& exchange) {
  asks::CreateVirtual ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.name = TRY(json::read_string(body, "name")).value_or("");
  ask.target = TRY(json::read_u32(body, "targetId", INT32_MAX)).value_or(0);
  if (ask.target == 0) return fail(Errc::invalid, "targetId is missing");
  return answer_one(exchange, http::Status::created, TRY(exchange.session.keeper().ask(ask)), write_virtual_folder);
}

Result<void> get_virtual_folder(Exchange& exchange) {
  const asks::GetVirtual ask{TRY(virtual_folder_id(exchange.captures.at(0)))};
  return answer_one(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)), write_virtual_folder);
}

Result<void> change_virtual_folder(Exchange& exchange) {
  asks::RenameVirtual ask;
  ask.id = TRY(virtual_folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  ask.name = TRY(json::read_string(body, "name")).value_or("");
  return answer_one(exchange, http::Status::ok, TRY(exchange.session.keeper().ask(ask)), write_virtual_folder);
}

Result<void> remove_virtual_folder(Exchange& exchange) {
  TRY(exchange.session.keeper().ask(asks::DeleteVirtual{TRY(virtual_folder_id(exchange.captures.at(0)))}));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace bulkhead::gate_http
