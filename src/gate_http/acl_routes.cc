// The entries of a folder: who else may do what there (moveit-rest section 5, /folders/{id}/acls).
#include "base/cat.h"
#include "gate_http/access_names.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using policy::Rights;

struct Holder {
  bool is_group = false;
  std::string id;  // or name
};

// {type: User|Group, id}
Result<Holder> read_holder(const json::Value& body) {
  const std::string type = http::to_lower(TRY(json::read_string(body, "type")).value_or("User"));
  if (type != "user" && type != "group") return fail(Errc::invalid, "type must be User or Group");
  Holder holder{type == "group", {}};
  const json::Value* const id = body.find("id");
  if (id != nullptr && id->kind() == json::Value::Kind::integer)
    holder.id = cat(id->integer());
  else
    holder.id = TRY(json::read_string(body, "id")).value_or("");
  if (holder.id.empty()) return fail(Errc::invalid, "id is missing: the id or name of a user or group");
  return holder;
}

// What names no entry is one that does not exist.
Result<Holder> holder_of(std::string_view entry) {
  const std::string kind = http::to_lower(entry.substr(0, entry.find('!')));
  const std::size_t mark = entry.find('!');
  if ((kind != "user" && kind != "group") || mark == std::string_view::npos || mark + 1 == entry.size()) {
    return fail(Errc::not_found, "there is no such entry");
  }
  return Holder{kind == "group", std::string{entry.substr(mark + 1)}};
}

Result<asks::Behaviour> read_behaviour(const json::Value& body, asks::Behaviour absent) {
  const std::string name = http::to_lower(TRY(json::read_string(body, "overrideBehaviourType")).value_or(""));
  if (name.empty()) return absent;
  if (name == "overrideinherited") return asks::Behaviour::override_inherited;
  if (name == "addtoinherited") return asks::Behaviour::add_to_inherited;
  return fail(Errc::invalid, "overrideBehaviourType must be OverrideInherited or AddToInherited");
}

// permissions into `ask`. A whole entry is set; a part changes those that are named.
Result<void> read_rights(const json::Value& body, bool whole, asks::SetGrant& ask) {
  const json::Value* const object = TRY(json::read_object(body, "permissions"));
  if (object == nullptr) return fail(Errc::invalid, "permissions is missing");
  const Permissions permissions = TRY(read_permissions(*object));
  ask.rights = permissions.given.bits();
  ask.named = whole ? Rights::all().bits() : permissions.named.bits();
  if (const json::Value* const share = TRY(json::read_object(*object, "sharePermissions"))) {
    ask.share = TRY(read_permissions(*share)).given.bits();
  }
  return {};
}

Result<std::string> entries_page(Exchange& exchange, std::uint32_t folder) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  return list_text(exchange, asks::ListGrants{folder, {}}, page, write_grant);
}

// After a change. Who may give and not see hears of nobody.
Result<void> answer_entries(Exchange& exchange, std::uint32_t folder) {
  Result<std::string> text = entries_page(exchange, folder);
  if (!text.ok() && text.error().kind() == Errc::denied) text = empty_list(exchange);
  return exchange.answer_json(http::Status::ok, TRY(std::move(text)));
}

}  // namespace

Result<void> list_acl(Exchange& exchange) {
  const std::uint32_t folder = TRY(folder_id(exchange.captures.at(0)));
  return exchange.answer_json(http::Status::ok, TRY(entries_page(exchange, folder)));
}

Result<void> set_acl_entry(Exchange& exchange) {
  asks::SetGrant ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  Holder holder = TRY(read_holder(body));
  ask.holder = std::move(holder.id);
  ask.is_group = holder.is_group;
  ask.behaviour = TRY(read_behaviour(body, asks::Behaviour::override_inherited));
  TRY(read_rights(body, true, ask));
  TRY(exchange.session.keeper().ask(ask));
  return answer_entries(exchange, ask.folder);
}

Result<void> change_acl_entry(Exchange& exchange) {
  asks::SetGrant ask;
  ask.folder = TRY(folder_id(exchange.captures.at(0)));
  Holder holder = TRY(holder_of(exchange.captures.at(1)));
  const json::Value body = TRY(exchange.json_body());
  ask.holder = std::move(holder.id);
  ask.is_group = holder.is_group;
  ask.existing = true;
  ask.behaviour = TRY(read_behaviour(body, asks::Behaviour::add_to_inherited));
  TRY(read_rights(body, false, ask));
  const asks::GrantRow changed = TRY(exchange.session.keeper().ask(ask));
  std::string text;
  json::Writer out{text};
  write_grant(out, changed);
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> remove_acl_entry(Exchange& exchange) {
  const std::uint32_t folder = TRY(folder_id(exchange.captures.at(0)));
  Holder holder = TRY(read_holder(TRY(exchange.json_body())));
  TRY(exchange.session.keeper().ask(asks::RemoveGrant{folder, std::move(holder.id), holder.is_group}));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace bulkhead::gate_http
