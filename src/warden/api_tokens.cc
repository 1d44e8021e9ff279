// API tokens: made and taken away by their owner in a session of his own, taken away by who rules his account. One acts
// with the rights that its owner has now, within its scopes; decision 32.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "core/ssh_key/networks.h"
#include "warden/account_fields.h"
#include "warden/answers.h"
#include "warden/network_rules.h"

namespace bulkhead::warden {
namespace {

constexpr std::size_t name_size_max = 100;      // bytes
constexpr std::size_t networks_size_max = 250;  // bytes
constexpr UnixMs day_ms = UnixMs{24} * 3'600 * 1'000;

Result<std::string> checked_name(const std::string& text) {
  std::string name = TRY(line_of("name", text));
  if (name.empty()) return fail(Errc::invalid, "name is missing");
  if (name.size() > name_size_max) return fail(Errc::invalid, cat("name: at most ", name_size_max, " bytes"));
  return name;
}

Result<void> check_networks(std::string_view networks) {
  if (networks.empty()) return {};
  if (networks.size() <= networks_size_max && ssh_key::Networks::parse(networks).ok()) return {};
  return fail(Errc::invalid, "networks: an address, a block such as 192.0.2.0/24, or several joined by commas");
}

// The session of all connections that the token is used on.
capability::SessionId session_of(const ApiToken& token) {
  static_assert(user_id_size == sizeof(capability::SessionId));
  capability::SessionId id{};
  copy_to(id, as_bytes(token.id));
  return id;
}

asks::TokenRow token_row(const ApiToken& token) {
  return {token.id,      token.name,    token.scopes.bits(), token.networks,    token.prefix,
          token.created, token.expires, token.last_used,     token.last_address};
}

}  // namespace

void Answers::from_gate_tokens(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::AddToken::number:
      return ipc::answer_now<asks::AddToken>(call, [&](auto& ask) { return outward(add_token(number, ask)); });
    case asks::ListTokens::number:
      return ipc::answer_now<asks::ListTokens>(call, [&](auto& ask) { return outward(list_tokens(number, ask)); });
    case asks::ChangeToken::number:
      return ipc::answer_now<asks::ChangeToken>(call, [&](auto& ask) { return outward(change_token(number, ask)); });
    case asks::RemoveToken::number:
      return ipc::answer_now<asks::RemoveToken>(call, [&](auto& ask) { return outward(remove_token(number, ask)); });
    default:
      from_gate_keys(call);
  }
}

Result<asks::AddToken::Reply> Answers::add_token(ConnectionNumber number, const asks::AddToken& ask) {
  const User owner = TRY(asker(number));
  const UnixMs now = clock_.unix_ms();
  ApiToken token;
  token.id = make_user_id();
  token.user = owner.id;
  token.name = TRY(checked_name(ask.name));
  token.scopes = capability::Scopes::from_bits(ask.scopes);
  if (token.scopes.empty() || token.scopes.bits() != ask.scopes || !capability::token_scopes.has(token.scopes)) {
    return fail(Errc::invalid, "scope must be one or more of read, write, delete and admin");
  }
  TRY(check_networks(ask.networks));
  token.networks = ask.networks;
  if (ask.expires_ms <= now || ask.expires_ms > now + asks::token_days_max * day_ms) {
    return fail(Errc::invalid, cat("a token lasts from now for at most ", asks::token_days_max, " days"));
  }
  token.created = now;
  token.expires = ask.expires_ms;
  Secret secret = make_api_token();
  token.prefix = as_text(secret.view().first(api_token_shown));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&owner, number, asks::EventKind::token_added, &owner,
             cat("API token ", token.prefix, "... '", token.name, "'")));
    return identity_.add_api_token(token, hash_of_token(secret));
  }));
  log(Level::info, "api_token_added",
      {{"user_name", owner.user_name}, {"token", token.id}, {"scopes", cat(int{token.scopes.bits()})}});
  return asks::AddToken::Reply{token_row(token), std::move(secret)};
}

Result<asks::ListTokens::Reply> Answers::list_tokens(ConnectionNumber number, const asks::ListTokens& ask) {
  const User owner = TRY(credentials_of(number, ask.user));
  asks::ListTokens::Reply reply;
  for (ApiToken& token : TRY(identity_.api_tokens_of(owner.id))) {
    if (const auto use = token_uses_.find(token.id); use != token_uses_.end()) {
      token.last_used = use->second.time;
      token.last_address = use->second.address;
    }
    reply.rows.push_back(token_row(token));
  }
  return reply;
}

Result<asks::TokenRow> Answers::change_token(ConnectionNumber number, const asks::ChangeToken& ask) {
  const User owner = TRY(asker(number));
  std::optional<ApiToken> token = TRY(identity_.api_token(ask.id));
  if (!token || token->user != owner.id) return fail(Errc::not_found, "there is no such token");
  if (ask.name) token->name = TRY(checked_name(*ask.name));
  if (ask.expires_ms) {
    if (*ask.expires_ms >= token->expires)
      return fail(Errc::invalid, "the end of a token is only ever brought forward");
    token->expires = *ask.expires_ms;
  }
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&owner, number, asks::EventKind::token_changed, &owner,
             cat("API token ", token->prefix, "... '", token->name, "'", ask.expires_ms ? ", ends earlier" : "")));
    return identity_.change_api_token(*token);
  }));
  if (ask.expires_ms) {
    connections_.unbind(number, session_of(*token));
    connections_.end_session(session_of(*token));
  }
  log(Level::info, "api_token_changed", {{"user_name", owner.user_name}, {"token", token->id}});
  return token_row(*token);
}

Result<ipc::Nothing> Answers::remove_token(ConnectionNumber number, const asks::RemoveToken& ask) {
  const User owner = TRY(credentials_of(number, ask.user));
  const std::optional<ApiToken> token = TRY(identity_.api_token(ask.id));
  if (!token || token->user != owner.id) return fail(Errc::not_found, "there is no such token");
  const User from = TRY(asker(number));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::token_removed, &owner,
             cat("API token ", token->prefix, "... '", token->name, "'")));
    return identity_.remove_api_token(owner.id, token->id);
  }));
  token_uses_.erase(token->id);
  connections_.unbind(number, session_of(*token));  // who asks hears the answer
  connections_.end_session(session_of(*token));
  log(Level::info, "api_token_removed", {{"user_name", owner.user_name}, {"token", token->id}});
  return ipc::Nothing{};
}

// None when the token, or its owner, may not be used from there any more. It is no way round a password that must be
// changed or has run out.
Result<std::optional<User>> Answers::owner_of(const ApiToken& token, const Connection& from) {
  const std::optional<User> none;
  if (token.expires <= clock_.unix_ms()) return none;
  if (!token.networks.empty() && !fits(token.networks, from.address)) return none;
  std::optional<User> owner = TRY(identity_.user_by_id(token.user));
  if (!owner || owner->must_change_password || TRY(is_over(*owner, from, Moment::session))) return none;
  const PasswordAge age = TRY(age_of_password(*owner));
  if (age == PasswordAge::over || age == PasswordAge::must_change) return none;
  return owner;
}

Result<asks::Bearer::Reply> Answers::bearer_of_api_token(ConnectionNumber number, const Secret& secret) {
  const Connection& from = connection(number);
  const std::optional<ApiToken> token = TRY(identity_.api_token_by_hash(hash_of_token(secret)));
  const std::optional<User> owner = token ? TRY(owner_of(*token, from)) : std::optional<User>{};
  if (!owner) {
    if (token) log(Level::warning, "api_token_refused", {{"token", token->id}, {"connection", cat(number)}});
    return fail(Errc::unauthenticated, std::string{refusal_text});
  }
  TRY(Connections::check_principal(from, owner->id));
  const UnixMs now = clock_.unix_ms();
  Session session;
  session.id = session_of(*token);
  session.user = owner->id;
  session.issued = now;
  // As long as a transfer may take: what ends the token meanwhile ends the connection (end_lapsed_tokens()).
  session.access_expires = std::min(token->expires, now + capability::lifetime_max_ms);
  session.scopes = token->scopes;
  asks::Bearer::Reply reply{sign(*owner, session, capability::Method::api_token, number),
                            std::min(token->expires, now + access_life_ms_)};
  if (token_uses_.size() < token_uses_max || token_uses_.contains(token->id)) {
    token_uses_[token->id] = {now, from.address};
  }
  connections_.bind(number, owner->id, session.id, session.scopes);
  connections_.note_api_token(number, token->id);
  return reply;
}

// Belongs into as_one().
Result<void> Answers::note_api_tokens() {
  for (const auto& [id, use] : std::exchange(token_uses_, {})) {
    TRY(identity_.note_api_token(id, use.time, use.address));
  }
  return identity_.remove_expired_api_tokens(clock_.unix_ms() - expired_tokens_kept_ms);
}

// What ends by itself: the token, the password or the account of its owner. A few connections at a time.
Result<void> Answers::end_lapsed_tokens() {
  std::vector<ConnectionNumber> lapsed;
  std::size_t checked = 0;
  auto at = connections_.all().upper_bound(lapsed_until_);
  for (; at != connections_.all().end() && checked < tokens_checked_per_tick_max; ++at) {
    for (const std::string& id : at->second.api_tokens) {
      const std::optional<ApiToken> token = TRY(identity_.api_token(id));
      const bool stands = token && TRY(owner_of(*token, at->second)).has_value();
      if (!stands && (lapsed.empty() || lapsed.back() != at->first)) lapsed.push_back(at->first);
      ++checked;
    }
    lapsed_until_ = at->first;
  }
  if (at == connections_.all().end()) lapsed_until_ = 0;
  for (const ConnectionNumber number : lapsed) connections_.end_connection(number);
  return {};
}

}  // namespace bulkhead::warden
