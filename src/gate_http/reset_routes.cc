// A new password by a link in a mail. The first two are open: what they answer says nothing of any account.
#include "gate_http/routes.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {
namespace {

constexpr std::string_view sent_if_there =
    "If there is such an account with a mail address, a link is on its way to it.";

Result<void> answer_accepted(Exchange& exchange, std::string_view message) {
  std::string json;
  json::Writer out{json};
  out.begin_object().key("message").string(message).end_object();
  return exchange.answer_json(http::Status::accepted, json);
}

Result<Secret> secret_of(const json::Value& body, std::string_view name) {
  std::string text = TRY(json::read_string(body, name)).value_or("");
  Secret out = Secret::copy_of(as_bytes(text));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT(*reinterpret-cast)
  return out;
}

Result<asks::RequestReset> read_request(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  return asks::RequestReset{TRY(json::read_string(body, "username")).value_or("")};
}

Result<asks::UseReset> read_use(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::UseReset ask;
  ask.token = TRY(secret_of(body, "token"));
  ask.new_password = TRY(secret_of(body, "newPassword"));
  return ask;
}

}  // namespace

Result<void> request_reset(Exchange& exchange) {
  TRY(exchange.session.sign_on_channel().ask(TRY(read_request(exchange))));
  return answer_accepted(exchange, sent_if_there);
}

Result<void> use_reset(Exchange& exchange) {
  TRY(exchange.session.sign_on_channel().ask(TRY(read_use(exchange))));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> send_reset(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::SendReset{std::string{exchange.captures.at(0)}}));
  return answer_accepted(exchange, "A link is on its way to this user.");
}

}  // namespace bulkhead::gate_http
