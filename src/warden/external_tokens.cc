// External tokens: registered and taken away by their user, taken away by who rules his account. Nobody signs on with
// one yet.
#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"

namespace bulkhead::warden {

void Answers::from_gate_external(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListExternalTokens::number:
      return ipc::answer_now<asks::ListExternalTokens>(call, [&](auto& ask) {
        return outward([&]() -> Result<asks::ListExternalTokens::Reply> {
          const User user = TRY(credentials_of(number, ask.user));
          return asks::ListExternalTokens::Reply{TRY(identity_.external_tokens_of(user.id))};
        }());
      });
    case asks::AddExternalToken::number:
      return ipc::answer_now<asks::AddExternalToken>(
          call, [&](auto& ask) { return outward(add_external_token(number, ask)); });
    case asks::RemoveExternalToken::number:
      return ipc::answer_now<asks::RemoveExternalToken>(
          call, [&](auto& ask) { return outward(remove_external_token(number, ask)); });
    default:
      from_gate_administration(call);
  }
}

Result<ipc::Nothing> Answers::add_external_token(ConnectionNumber number, const asks::AddExternalToken& ask) {
  const User user = TRY(credentials_of(number, {}));
  if (ask.token.empty()) return fail(Errc::invalid, "token is missing");
  if (ask.token.size() > asks::external_token_size_max) return fail(Errc::invalid, "token is too long");
  const TokenHash hash = hash_of_token(ask.token);
  if (ask.check) {
    if (TRY(identity_.has_external_token(user.id, ask.type, hash))) return ipc::Nothing{};
    return fail(Errc::not_found, "there is no such token");
  }
  const asks::ExternalTokenRow row{make_user_id(), {}, user.organisation, ask.type, clock_.unix_ms()};
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&user, number, asks::EventKind::token_added, &user, cat("external token ", row.id)));
    return identity_.add_external_token(user.id, row, hash);
  }));
  log(Level::info, "external_token_added", {{"user_name", user.user_name}, {"token", row.id}});
  return ipc::Nothing{};
}

Result<ipc::Nothing> Answers::remove_external_token(ConnectionNumber number, const asks::RemoveExternalToken& ask) {
  const User user = TRY(credentials_of(number, ask.user));
  const User from = TRY(asker(number));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::token_removed, &user,
             ask.id.empty() ? "external token" : cat("external token ", ask.id)));
    return ask.id.empty() ? identity_.remove_external_token(user.id, ask.type, hash_of_token(ask.token))
                          : identity_.remove_external_token(user.id, ask.id);
  }));
  log(Level::info, "external_token_removed", {{"user_name", user.user_name}});
  return ipc::Nothing{};
}

}  // namespace bulkhead::warden
