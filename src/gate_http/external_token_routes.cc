// External tokens of moveit-rest section 5: registered and listed. Signing on with one comes with the add-in.
#include "base/clock.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "ipc/login_asks.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::string_view outlook = "MicrosoftOutlook";  // the only type there is

struct Given {
  Secret token;
  bool check = false;
};

Result<Given> read_token(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const std::string type = TRY(json::read_string(body, "type")).value_or("");
  if (!http::equal_ignoring_case(type, outlook)) return fail(Errc::invalid, "type must be MicrosoftOutlook");
  std::string text = TRY(json::read_string(body, "token")).value_or("");
  if (text.empty()) return fail(Errc::invalid, "token is missing");
  Given given{Secret::copy_of(as_bytes(text)), TRY(json::read_bool(body, "check")).value_or(false)};
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT(*reinterpret-cast)
  return given;
}

void write_token(json::Writer& out, const asks::ExternalTokenRow& token) {
  out.begin_object();
  out.key("id").string(token.id);
  out.key("tokenID").string(token.digest);
  out.key("instID").integer(token.organisation);
  out.key("displayName").string(outlook);
  out.key("registeredAt").string(format_timestamp(token.registered_ms));
  out.key("lastUsed").null();
  out.key("tokenType").string(outlook);
  out.end_object();
}

Result<void> answer_tokens(Exchange& exchange, std::string user) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListExternalTokens{std::move(user)}));
  return answer_page(exchange, "displayname", reply.rows, write_token);
}

Result<void> remove(Exchange& exchange, const asks::RemoveExternalToken& ask) {
  TRY(exchange.session.warden().ask(ask));
  return exchange.answer_empty(http::Status::no_content);
}

}  // namespace

Result<void> list_external_tokens(Exchange& exchange) {
  return answer_tokens(exchange, {});
}

Result<void> list_user_external_tokens(Exchange& exchange) {
  return answer_tokens(exchange, std::string{exchange.captures.at(0)});
}

Result<void> add_external_token(Exchange& exchange) {
  Given given = TRY(read_token(exchange));
  TRY(exchange.session.warden().ask(
      asks::AddExternalToken{asks::ExternalTokenType::microsoft_outlook, std::move(given.token), given.check}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> remove_external_token(Exchange& exchange) {
  Given given = TRY(read_token(exchange));
  asks::RemoveExternalToken ask;
  ask.token = std::move(given.token);
  return remove(exchange, ask);
}

Result<void> remove_own_external_token(Exchange& exchange) {
  asks::RemoveExternalToken ask;
  ask.id = exchange.captures.at(0);
  return remove(exchange, ask);
}

Result<void> remove_user_external_token(Exchange& exchange) {
  asks::RemoveExternalToken ask;
  ask.user = exchange.captures.at(0);
  ask.id = exchange.captures.at(1);
  return remove(exchange, ask);
}

}  // namespace bulkhead::gate_http
