// API tokens, SSH keys and methods of sign-on. The gate turns JSON into asks; who may do what is decided in the warden.
#include <algorithm>

#include "base/cat.h"
#include "base/clock.h"
#include "core/capability/scopes.h"
#include "gate_http/lists.h"
#include "gate_http/routes.h"
#include "gate_http/timestamps.h"
#include "ipc/login_asks.h"
#include "proto/http/text.h"

namespace bulkhead::gate_http {
namespace {

using capability::Scope;
using capability::Scopes;

constexpr UnixMs day_ms = UnixMs{24} * 3'600 * 1'000;

struct ScopeName {
  std::string_view name;
  Scope scope;
};
constexpr std::array scope_names{ScopeName{"read", Scope::read}, ScopeName{"write", Scope::write},
                                 ScopeName{"delete", Scope::remove}, ScopeName{"admin", Scope::administer}};

// "self" is the principal; anything else is an id of somebody or of nobody.
std::string user_id(const Exchange& exchange) {
  const std::string_view id = exchange.captures.at(0);
  return id == "self" ? std::string{} : std::string{id};
}

// As RFC 6749 section 3.3 writes scopes: names with spaces between.
Result<std::uint8_t> read_scopes(std::string_view text) {
  std::uint8_t bits = 0;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view name = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    bool known = false;
    for (const ScopeName& each : scope_names) {
      if (!http::equal_ignoring_case(name, each.name)) continue;
      bits = static_cast<std::uint8_t>(bits | Scopes{each.scope}.bits());
      known = true;
    }
    if (!known) return fail(Errc::invalid, "scope must be one or more of read, write, delete and admin");
  }
  return bits;
}

std::string scopes_text(std::uint8_t bits) {
  std::string out;
  for (const ScopeName& each : scope_names) {
    if (Scopes::from_bits(bits).has(each.scope)) out += cat(out.empty() ? "" : " ", each.name);
  }
  return out;
}

void stamp(json::Writer& out, std::string_view name, const std::optional<std::int64_t>& time) {
  out.key(name);
  if (time)
    out.string(format_timestamp(*time));
  else
    out.null();
}

void token_fields(json::Writer& out, const asks::TokenRow& token) {
  out.key("id").string(token.id);
  out.key("name").string(token.name);
  out.key("scope").string(scopes_text(token.scopes));
  out.key("prefix").string(token.prefix);
  out.key("networks").string(token.networks);
  stamp(out, "created", token.created_ms);
  stamp(out, "expires", token.expires_ms);
  stamp(out, "lastUsed", token.last_used_ms);
  out.key("lastAddress").string(token.last_address);
}

void write_token(json::Writer& out, const asks::TokenRow& token) {
  out.begin_object();
  token_fields(out, token);
  out.end_object();
}

// A fingerprint as OpenSSH prints it has slashes, which no path segment may hold: its id is the same hash in base64url.
constexpr std::string_view fingerprint_label = "SHA256:";

std::string with_letters(std::string text, char from_plus, char to_plus, char from_slash, char to_slash) {
  std::ranges::replace(text, from_plus, to_plus);
  std::ranges::replace(text, from_slash, to_slash);
  return text;
}
std::string key_id(std::string_view fingerprint) {
  fingerprint.remove_prefix(std::min(fingerprint_label.size(), fingerprint.size()));
  return with_letters(std::string{fingerprint}, '+', '-', '/', '_');
}
std::string fingerprint_of(std::string_view id) {
  if (id.starts_with(fingerprint_label)) id.remove_prefix(fingerprint_label.size());
  return cat(fingerprint_label, with_letters(std::string{id}, '-', '+', '_', '/'));
}

void write_key(json::Writer& out, const asks::KeyRow& key) {
  out.begin_object();
  out.key("id").string(key_id(key.fingerprint));
  out.key("fingerprint").string(key.fingerprint);
  out.key("type").string(key.type);
  out.key("comment").string(key.comment);
  stamp(out, "added", key.added_ms);
  stamp(out, "lastUsed", key.last_used_ms);
  out.end_object();
}

Result<void> answer_sign_on(Exchange& exchange, const asks::GetUserSignOn::Reply& reply) {
  std::string text;
  json::Writer out{text};
  out.begin_object().key("methods").string(reply.methods).end_object();
  return exchange.answer_json(http::Status::ok, text);
}

Result<void> answer_tokens(Exchange& exchange, std::string user) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListTokens{std::move(user)}));
  return answer_page(exchange, "created", reply.rows, write_token);
}

}  // namespace

Result<void> list_tokens(Exchange& exchange) {
  return answer_tokens(exchange, {});
}

Result<void> list_user_tokens(Exchange& exchange) {
  return answer_tokens(exchange, user_id(exchange));
}

Result<void> add_token(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::AddToken ask;
  ask.name = TRY(json::read_string(body, "name")).value_or("");
  ask.scopes = TRY(read_scopes(TRY(json::read_string(body, "scope")).value_or("")));
  ask.networks = TRY(json::read_string(body, "networks")).value_or("");
  const auto days = TRY(json::read_integer(body, "expiresInDays", 1, asks::token_days_max));
  const auto date = TRY(json::read_string(body, "expires"));
  if (days.has_value() == date.has_value()) return fail(Errc::invalid, "either expiresInDays or expires is needed");
  ask.expires_ms = days ? unix_now_ms() + *days * day_ms : TRY(parse_timestamp(*date));
  const asks::AddToken::Reply made = TRY(exchange.session.warden().ask(ask));
  std::string text;
  json::Writer out{text};
  out.begin_object();
  token_fields(out, made.row);
  out.key("token").string(as_text(made.token.view()));
  out.end_object();
  const Result<void> sent = exchange.answer_json(http::Status::created, text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});  // NOLINT(*reinterpret-cast): it held the token
  return sent;
}

Result<void> change_token(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  asks::ChangeToken ask;
  ask.id = exchange.captures.at(0);
  ask.name = TRY(json::read_string(body, "name"));
  if (const auto date = TRY(json::read_string(body, "expires"))) ask.expires_ms = TRY(parse_timestamp(*date));
  return answer_one(exchange, http::Status::ok, TRY(exchange.session.warden().ask(ask)), write_token);
}

Result<void> remove_token(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveToken{{}, std::string{exchange.captures.at(0)}}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> remove_user_token(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveToken{user_id(exchange), std::string{exchange.captures.at(1)}}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> list_user_keys(Exchange& exchange) {
  const auto reply = TRY(exchange.session.warden().ask(asks::ListUserKeys{user_id(exchange)}));
  return answer_page(exchange, "added", reply.rows, write_key);
}

Result<void> add_user_key(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const asks::AddUserKey ask{user_id(exchange), TRY(json::read_string(body, "key")).value_or("")};
  return answer_one(exchange, http::Status::created, TRY(exchange.session.warden().ask(ask)), write_key);
}

Result<void> remove_user_key(Exchange& exchange) {
  TRY(exchange.session.warden().ask(asks::RemoveUserKey{user_id(exchange), fingerprint_of(exchange.captures.at(1))}));
  return exchange.answer_empty(http::Status::no_content);
}

Result<void> get_user_sign_on(Exchange& exchange) {
  return answer_sign_on(exchange, TRY(exchange.session.warden().ask(asks::GetUserSignOn{user_id(exchange)})));
}

Result<void> change_user_sign_on(Exchange& exchange) {
  const json::Value body = TRY(exchange.json_body());
  const asks::SetUserSignOn ask{user_id(exchange), TRY(json::read_string(body, "methods")).value_or("")};
  return answer_sign_on(exchange, TRY(exchange.session.warden().ask(ask)));
}

}  // namespace bulkhead::gate_http
