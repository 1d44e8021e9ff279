// Users and organisations. The gate turns JSON into asks; who may do what is decided in the warden.
#include "base/cat.h"
#include "base/encode.h"
#include "gate_http/account_objects.h"
#include "gate_http/ids.h"
#include "gate_http/objects.h"
#include "gate_http/routes.h"

namespace bulkhead::gate_http {
namespace {

// "self" is the principal; anything else is an id of somebody or of nobody.
std::string user_id(const Exchange& exchange) {
  const std::string_view id = exchange.captures.at(0);
  return id == "self" ? std::string{} : std::string{id};
}

// His home as the keeper shows it to who asks: the folder of his name below /Home that is his own.
Result<HomeOfUser> home_of(Exchange& exchange, const asks::UserRow& user) {
  const Result<asks::Lookup::Reply> found = exchange.session.keeper().ask(asks::Lookup{cat("/Home/", user.user_name)});
  if (!found.ok()) {
    const Errc kind = found.error().kind();
    if (kind == Errc::not_found || kind == Errc::denied || kind == Errc::invalid) return HomeOfUser{};
    return found.error();
  }
  if (!found->folder || found->folder->owner != user.id) return HomeOfUser{};
  if (found->folder->kind == asks::FolderKind::virtual_folder) return HomeOfUser{};
  return HomeOfUser{found->folder->id, found->folder->files_size};
}

Result<void> answer_user(Exchange& exchange, http::Status status, const asks::UserRow& user) {
  return exchange.answer_json(status, user_details(user, TRY(home_of(exchange, user))));
}

Result<asks::ListAccounts> read_filter(const http::Target& target, const Page& page) {
  asks::ListAccounts ask;
  ask.roles = TRY(roles_of(TRY(target.query_one("permission")).value_or("")));
  ask.status = TRY(status_of(TRY(target.query_one("status")).value_or("")));
  ask.user_name = TRY(target.query_one("username")).value_or("");
  ask.full_name = TRY(target.query_one("fullName")).value_or("");
  ask.email = TRY(target.query_one("email")).value_or("");
  const std::string_view exact = TRY(target.query_one("isExactMatch")).value_or("");
  ask.exact = exact == "true" || exact == "True" || exact == "1";
  if (const auto organisation = TRY(target.query_one("orgId")); organisation && !organisation->empty()) {
    ask.organisation = TRY(organisation_id(*organisation));
  }
  ask.sort = account_sort(page.sort_field);
  ask.descending = page.descending;
  return ask;
}

}  // namespace

Result<void> users_self(Exchange& exchange) {
  const asks::UserRow account = TRY(exchange.session.warden().ask(asks::Account{}));
  const asks::Home::Reply home = TRY(exchange.session.keeper().ask(asks::Home{}));
  return exchange.answer_json(http::Status::ok, user_details(account, {home.home_folder, home.files_size, home.quota}));
}

Result<void> list_users(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "username"));
  asks::ListAccounts ask = TRY(read_filter(exchange.head.target, page));
  std::string text;
  json::Writer out{text};
  std::uint64_t total = 0;
  out.begin_object().key("items").begin_array();
  for (std::uint32_t taken = 0; taken < page.per_page;) {
    ask.offset = page.offset() + taken;
    ask.count = page.per_page - taken;
    const asks::ListAccounts::Reply reply = TRY(exchange.session.warden().ask(ask));
    total = reply.total;
    if (reply.rows.empty()) break;
    for (const asks::UserRow& row : reply.rows) write_simple_user(out, row);
    taken += static_cast<std::uint32_t>(reply.rows.size());
  }
  out.end_array();
  write_paging(out, page, total);
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> get_user(Exchange& exchange) {
  return answer_user(exchange, http::Status::ok,
                     TRY(exchange.session.warden().ask(asks::GetAccount{user_id(exchange)})));
}

Result<void> add_user(Exchange& exchange) {
  const asks::AddAccount ask = TRY(read_new_account(TRY(exchange.json_body())));
  return answer_user(exchange, http::Status::created, TRY(exchange.session.warden().ask(ask)));
}

Result<void> change_user(Exchange& exchange) {
  asks::ChangeAccount ask = TRY(read_change(TRY(exchange.json_body())));
  ask.id = user_id(exchange);
  return answer_user(exchange, http::Status::ok, TRY(exchange.session.warden().ask(ask)));
}

Result<void> delete_user(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveAccount{user_id(exchange)}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> list_organisations(Exchange& exchange) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  const asks::ListOrganisations::Reply reply = TRY(exchange.session.warden().ask(asks::ListOrganisations{}));
  std::string text;
  json::Writer out{text};
  out.begin_object().key("items").begin_array();
  for (std::size_t i = page.offset(); i < reply.rows.size() && i < std::size_t{page.offset()} + page.per_page; ++i) {
    write_simple_organisation(out, reply.rows[page.descending ? reply.rows.size() - 1 - i : i]);
  }
  out.end_array();
  write_paging(out, page, reply.rows.size());
  out.end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> get_organisation(Exchange& exchange) {
  const asks::GetOrganisation ask{TRY(organisation_id(exchange.captures.at(0)))};
  return exchange.answer_json(http::Status::ok, organisation_details(TRY(exchange.session.warden().ask(ask))));
}

Result<void> add_organisation(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::AddOrganisation ask;
  ask.name = TRY(json::read_string(body, "name")).value_or("");
  ask.short_name = TRY(json::read_string(body, "shortName")).value_or("");
  ask.tech_name = TRY(json::read_string(body, "techName")).value_or("");
  ask.tech_phone = TRY(json::read_string(body, "techPhone")).value_or("");
  ask.tech_email = TRY(json::read_string(body, "techEmail")).value_or("");
  ask.base_url = TRY(json::read_string(body, "baseUrl")).value_or("");
  return exchange.answer_json(http::Status::created, organisation_details(TRY(exchange.session.warden().ask(ask))));
}

Result<void> change_organisation(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeOrganisation ask;
  ask.id = TRY(organisation_id(exchange.captures.at(0)));
  ask.name = TRY(json::read_string(body, "name"));
  ask.short_name = TRY(json::read_string(body, "shortName"));
  ask.notes = TRY(json::read_string(body, "notes"));
  ask.tech_name = TRY(json::read_string(body, "techName"));
  ask.tech_phone = TRY(json::read_string(body, "techPhone"));
  ask.tech_email = TRY(json::read_string(body, "techEmail"));
  ask.base_url = TRY(json::read_string(body, "baseUrl"));
  return exchange.answer_json(http::Status::ok, organisation_details(TRY(exchange.session.warden().ask(ask))));
}

}  // namespace bulkhead::gate_http
