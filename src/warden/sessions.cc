// Refresh, Bearer, Revoke: what a token can do. A token is looked up by its digest; every reason to refuse reads the
// same.
#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

Error refused() {
  return fail(Errc::unauthenticated, std::string{refusal_text});
}

}  // namespace

Result<User> Answers::user_of(const Session& session, const Connection& from) {
  std::optional<User> user = TRY(identity_.user_by_id(session.user));
  if (!user || TRY(is_over(*user, from, Moment::session))) return refused();
  return std::move(*user);
}

Result<asks::SignOnResult> Answers::refresh(ConnectionNumber number, const Secret& token) {
  const UnixMs now = clock_.unix_ms();
  const TokenHash hash = hash_of_token(token);
  std::optional<Session> session = TRY(identity_.session_by_refresh(hash));
  if (!session) {
    TRY(end_reused(hash));
    return refused();
  }
  if (session->refresh_expires <= now) return refused();
  const User user = TRY(user_of(*session, connection(number)));
  TRY(Connections::check_principal(connection(number), user.id, session->acting));
  const User acting = TRY(as_acting(user, session->acting));

  session->access_expires = now + access_life_ms_;
  session->refresh_expires = now + refresh_life_ms_;
  ++session->generation;
  asks::SignOnResult result;
  result.granted = true;
  result.access_token = make_token();
  result.refresh_token = make_token();
  result.expires_in_s = static_cast<std::uint32_t>(access_life_ms_ / 1000);
  result.organisation = acting.organisation;
  const TokenHashes hashes{hash_of_token(result.access_token), hash_of_token(result.refresh_token)};
  TRY(identity_.as_one([&] { return identity_.rotate(*session, hashes); }));
  result.capability = sign(acting, *session, capability::Method::refresh, number);
  connections_.bind(number, user.id, session->id, session->scopes, session->acting);
  return result;
}

// A refresh token that comes a second time was stolen, or its thief used it first: nobody keeps the session
// (RFC 9700 section 4.14.2).
Result<void> Answers::end_reused(const TokenHash& hash) {
  const std::optional<Session> session = TRY(identity_.session_by_spent(hash));
  if (!session) return {};
  log(Level::warning, "refresh_token_reused", {{"user", session->user}});
  TRY(identity_.as_one([&] { return identity_.end_session(session->id); }));
  connections_.end_session(session->id);
  return {};
}

Result<asks::Bearer::Reply> Answers::bearer(ConnectionNumber number, const Secret& token) {
  if (is_api_token(token)) return bearer_of_api_token(number, token);
  const std::optional<Session> session = TRY(identity_.session_by_access(hash_of_token(token)));
  if (!session || session->access_expires <= clock_.unix_ms()) return refused();
  const User user = TRY(user_of(*session, connection(number)));
  TRY(Connections::check_principal(connection(number), user.id, session->acting));
  const User acting = TRY(as_acting(user, session->acting));
  asks::Bearer::Reply reply{sign(acting, *session, capability::Method::token, number), session->access_expires};
  connections_.bind(number, user.id, session->id, session->scopes, session->acting);
  return reply;
}

Result<ipc::Nothing> Answers::revoke(ConnectionNumber number, const Secret& token) {
  const TokenHash hash = hash_of_token(token);
  std::optional<Session> session = TRY(identity_.session_by_access(hash));
  if (!session) session = TRY(identity_.session_by_refresh(hash));
  if (!session) session = TRY(identity_.session_by_spent(hash));
  if (!session) return refused();
  const std::optional<User> user = TRY(identity_.user_by_id(session->user));
  TRY(identity_.as_one([&]() -> Result<void> {
    if (user) TRY(note(&*user, number, asks::EventKind::sign_off, nullptr));
    return identity_.end_session(session->id);
  }));
  connections_.unbind(number, session->id);
  connections_.end_session(session->id);
  log(Level::info, "session_revoked", {{"user", session->user}, {"connection", cat(number)}});
  return ipc::Nothing{};
}

}  // namespace bulkhead::warden
