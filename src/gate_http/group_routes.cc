// Groups and who is in them (moveit-rest section 5).
#include "base/cat.h"
#include "gate_http/access_names.h"
#include "gate_http/ids.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

std::string_view relationship_name(asks::Relationship relationship) {
  return relationship == asks::Relationship::group_admin ? "GroupAdmin" : "Member";
}

Result<std::optional<asks::Relationship>> read_relationship(const json::Value& body) {
  const std::optional<std::string> name = TRY(json::read_string(body, "relationship"));
  if (!name) return std::optional<asks::Relationship>{};
  const std::string folded = http::to_lower(*name);
  if (folded == "member") return std::optional{asks::Relationship::member};
  if (folded == "groupadmin") return std::optional{asks::Relationship::group_admin};
  return fail(Errc::invalid, "relationship must be Member or GroupAdmin");
}

void write_group(json::Writer& out, const asks::GroupRow& group) {
  out.begin_object();
  out.key("id").integer(group.id);
  out.key("name").string(group.name);
  out.key("description").string(group.description);
  out.key("membersCount").integer(group.member_count);
  out.end_object();
}

// SimpleUser. What only the accounts know is null here.
void write_member(json::Writer& out, const asks::MemberRow& member) {
  out.begin_object();
  out.key("id").string(member.id);
  out.key("orgID").integer(member.organisation);
  out.key("username").string(member.name);
  out.key("permission").string(role_name(member.role));
  for (const std::string_view unknown : {"fullName", "email", "status", "lastLoginStamp"}) out.key(unknown).null();
  out.key("relationship").string(relationship_name(member.relationship));
  out.end_object();
}

void write_membership(json::Writer& out, const asks::MembershipRow& membership) {
  out.begin_object();
  out.key("relationship").string(relationship_name(membership.relationship));
  out.key("name").string(membership.name);
  out.key("description").string(membership.description);
  out.end_object();
}

template <class Ask, class WriteRow>
Result<std::string> page_of(Exchange& exchange, const Ask& ask, WriteRow write_row) {
  const Page page = TRY(read_page(exchange.head.target, "name"));
  return list_text(exchange, ask, page, write_row);
}

// After a change. Who took himself out of the group sees no members any more.
Result<void> answer_members(Exchange& exchange, std::uint32_t group) {
  Result<std::string> text = page_of(exchange, asks::ListMembers{group, {}}, write_member);
  const bool hidden = !text.ok() && (text.error().kind() == Errc::not_found || text.error().kind() == Errc::denied);
  if (hidden) text = empty_list(exchange);
  return exchange.answer_json(http::Status::ok, TRY(std::move(text)));
}

}  // namespace

Result<void> list_groups(Exchange& exchange) {
  return exchange.answer_json(http::Status::ok, TRY(page_of(exchange, asks::ListGroups{}, write_group)));
}

Result<void> create_group(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const std::optional<std::string> name = TRY(json::read_string(body, "name"));
  if (!name) return fail(Errc::invalid, "name is missing");
  const asks::CreateGroup ask{*name, TRY(json::read_string(body, "description")).value_or("")};
  std::string text;
  json::Writer out{text};
  write_group(out, TRY(exchange.session.keeper().ask(ask)));
  return exchange.answer_json(http::Status::created, text);
}

Result<void> list_members(Exchange& exchange) {
  const asks::ListMembers ask{TRY(group_id(exchange.captures.at(0))), {}};
  return exchange.answer_json(http::Status::ok, TRY(page_of(exchange, ask, write_member)));
}

Result<void> add_members(Exchange& exchange) {
  asks::AddMembers ask;
  ask.group = TRY(group_id(exchange.captures.at(0)));
  const json::Value body = TRY(exchange.json_body());
  const json::Value* const users = TRY(json::read_array(body, "userIds"));
  if (users == nullptr) return fail(Errc::invalid, "userIds is missing");
  for (const json::Value& user : users->items()) {
    if (user.kind() != json::Value::Kind::string) return fail(Errc::invalid, "userIds must be texts");
    ask.users.push_back(user.string());
  }
  ask.relationship = TRY(read_relationship(body));
  TRY(exchange.session.keeper().ask(ask));
  return answer_members(exchange, ask.group);
}

Result<void> remove_member(Exchange& exchange) {
  const asks::RemoveMember ask{TRY(group_id(exchange.captures.at(0))), std::string{exchange.captures.at(1)}};
  TRY(exchange.session.keeper().ask(ask));
  return answer_members(exchange, ask.group);
}

Result<void> list_user_groups(Exchange& exchange) {
  asks::UserGroups ask;
  if (exchange.captures.at(0) != "self") ask.user = exchange.captures.at(0);
  return exchange.answer_json(http::Status::ok, TRY(page_of(exchange, ask, write_membership)));
}

}  // namespace bulkhead::gate_http
