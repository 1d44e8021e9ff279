// moveit-rest section 2: the token routes have a body and an error shape of their own.
#include "gate_http/routes.h"
#include "proto/http/form.h"
#include "proto/http/json_out.h"

namespace bulkhead::gate_http {
namespace {

// The warden's, for whatever is wrong with a sign-on (R-034).
constexpr std::string_view refusal = "Invalid username/password or not allowed to sign on from this location.";

std::string view_text(const Secret& secret) { return to_text(secret.view()); }
Secret secret_of(const http::Form& form, std::string_view name) { return Secret::copy_of(as_bytes(form.find(name).value_or(""))); }

Result<void> token_error(Exchange& exchange, http::Status status, std::string_view error, std::int64_t code, std::string_view text) {
  std::string json;
  json::Writer out{json};
  out.begin_object();
  out.key("error").string(error);
  out.key("error_code").integer(code);
  out.key("error_description").string(text);
  out.end_object();
  return exchange.answer_json(status, json);
}

Result<void> answer_message(Exchange& exchange, http::Status status, std::string_view message) {
  std::string json;
  json::Writer out{json};
  out.begin_object().key("message").string(message).end_object();
  return exchange.answer_json(status, json);
}

Result<void> granted(Exchange& exchange, const asks::SignOnResult& result) {
  TRY(exchange.session.adopt(result));
  std::string json;
  json::Writer out{json};
  out.begin_object();
  out.key("access_token").string(view_text(result.access_token));
  out.key("token_type").string("bearer");
  out.key("expires_in").integer(result.expires_in_s);
  out.key("refresh_token").string(view_text(result.refresh_token));
  if (result.password_expires_in_s > 0) out.key("password_expires_in").integer(result.password_expires_in_s);
  out.end_object();
  const Result<void> sent = exchange.answer_json(http::Status::ok, json);
  wipe({reinterpret_cast<std::uint8_t*>(json.data()), json.size()});  // NOLINT(*reinterpret-cast): it held tokens
  return sent;
}

Result<void> password_change_required(Exchange& exchange, const asks::SignOnResult& result) {
  std::string json;
  json::Writer out{json};
  out.begin_object();
  out.key("error").string("password_change_required");
  out.key("error_code").integer(3988);
  out.key("error_description").string("The password must be changed: send it again together with new_password.");
  out.key("mfa_access_token").null();
  out.key("user").begin_object().key("org_id").integer(result.organisation).end_object();
  out.key("password_requirements").begin_object();
  out.key("minimum_length").integer(result.password_length_min);
  out.key("username_match_requirement").string("MustNotResemble");
  out.key("require_letters_numbers").boolean(false);
  out.key("no_dictionary_words").boolean(true);
  out.key("require_mixed_case").boolean(false);
  out.key("require_non_alphanumeric").boolean(false);
  out.end_object();
  out.end_object();
  return exchange.answer_json(http::Status::bad_request, json);
}

Result<asks::SignOnResult> sign_on(Exchange& exchange, const http::Form& form) {
  asks::SignOn ask;
  ask.user_name = std::string{form.find("username").value_or("")};
  ask.password = secret_of(form, "password");
  if (const auto fresh = form.find("new_password"); fresh && !fresh->empty()) ask.new_password = secret_of(form, "new_password");
  return exchange.session.sign_on_channel().ask(ask);
}

}  // namespace

Result<void> get_token(Exchange& exchange) {
  return exchange.answer_json(http::Status::ok, R"({"status":"up"})");
}

Result<void> post_token(Exchange& exchange) {
  Result<Bytes> body = exchange.body.all(http::form_max);
  if (!body.ok()) return body.error();
  Secret raw{std::move(*body)};
  const Result<http::Form> form = http::Form::parse(raw.view());
  if (!form.ok()) return token_error(exchange, http::Status::bad_request, "invalid_request", 200, form.error().message());
  const std::string_view grant = form->find("grant_type").value_or("");
  // The second step of a sign-on with a second factor, which nobody has: no mfa_access_token is right.
  if (grant == "otp") return token_error(exchange, http::Status::bad_request, "invalid_grant", 2025, refusal);
  if (grant != "password" && grant != "refresh_token") {
    return token_error(exchange, http::Status::bad_request, "unsupported_grant_type", 200,
                       "grant_type must be password or refresh_token: nothing else is offered here");
  }
  const Result<asks::SignOnResult> result =
      grant == "password" ? sign_on(exchange, *form) : exchange.session.sign_on_channel().ask(asks::Refresh{secret_of(*form, "refresh_token")});
  if (result.ok()) return result->granted ? granted(exchange, *result) : password_change_required(exchange, *result);
  const Errc kind = result.error().kind();
  const std::string& why = result.error().message();
  if (kind == Errc::unauthenticated || kind == Errc::expired) {
    return token_error(exchange, http::Status::bad_request, "invalid_grant", 2025, why);
  }
  if (kind == Errc::invalid || kind == Errc::too_large) return token_error(exchange, http::Status::bad_request, "invalid_request", 2025, why);
  return result.error();
}

// Would mail a code to somebody whose second factor that is: there is none.
Result<void> send_code(Exchange& exchange) {
  const Secret body{TRY(exchange.body.all(http::form_max))};
  return answer_message(exchange, http::Status::unauthorized, "The token is not valid.");
}

Result<void> revoke_token(Exchange& exchange) {
  const Secret body{TRY(exchange.body.all(http::form_max))};
  const Result<http::Form> form = http::Form::parse(body.view());
  const auto answer = [&](http::Status status, std::string_view message) {
    return answer_message(exchange, status, message);
  };
  if (!form.ok()) return answer(http::Status::bad_request, form.error().message());
  const auto revoked = exchange.session.sign_on_channel().ask(asks::Revoke{secret_of(*form, "token")});
  if (revoked.ok()) {
    exchange.session.forget();
    return answer(http::Status::ok, "The token was revoked.");
  }
  const Errc kind = revoked.error().kind();
  if (kind == Errc::unauthenticated || kind == Errc::expired || kind == Errc::too_large) {
    return answer(http::Status::unauthorized, "The token is not valid.");
  }
  return revoked.error();
}

}  // namespace bulkhead::gate_http
