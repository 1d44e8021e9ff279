// Keys and methods of sign-on over SSH, through a gate: for oneself, or for whom one administers. The same checks as on
// the command line (keys.cc).
#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"
#include "warden/ssh_keys.h"

namespace bulkhead::warden {

void Answers::from_gate_keys(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListUserKeys::number:
      return ipc::answer_now<asks::ListUserKeys>(call, [&](auto& ask) {
        return outward([&]() -> Result<asks::ListUserKeys::Reply> {
          const User user = TRY(credentials_of(number, ask.user));
          asks::ListUserKeys::Reply reply;
          for (const StoredKey& key : TRY(identity_.keys_of(user.id))) reply.rows.push_back(key_row(key));
          return reply;
        }());
      });
    case asks::AddUserKey::number:
      return ipc::answer_now<asks::AddUserKey>(call, [&](auto& ask) { return outward(add_user_key(number, ask)); });
    case asks::RemoveUserKey::number:
      return ipc::answer_now<asks::RemoveUserKey>(call,
                                                  [&](auto& ask) { return outward(remove_user_key(number, ask)); });
    case asks::GetUserSignOn::number:
      return ipc::answer_now<asks::GetUserSignOn>(call, [&](auto& ask) {
        return outward([&]() -> Result<asks::GetUserSignOn::Reply> {
          return asks::GetUserSignOn::Reply{TRY(credentials_of(number, ask.user)).sign_on};
        }());
      });
    case asks::SetUserSignOn::number:
      return ipc::answer_now<asks::SetUserSignOn>(call,
                                                  [&](auto& ask) { return outward(set_user_sign_on(number, ask)); });
    case asks::ActAsAdmin::number:
      return ipc::answer_now<asks::ActAsAdmin>(call, [&](auto& ask) { return outward(act_as_admin(number, ask)); });
    default:
      from_gate_external(call);
  }
}

// The account whose tokens or keys are asked about: one's own in a whole session, or one that one rules.
Result<User> Answers::credentials_of(ConnectionNumber number, const std::string& user) {
  User from = TRY(asker(number));
  if (!user.empty() && user != from.id) return account_for(from, user, Act::rule);
  if (!connection(number).scopes.has(capability::Scope::session)) {
    return fail(Errc::denied, std::string{forbidden_text});
  }
  return from;
}

Result<asks::KeyRow> Answers::add_user_key(ConnectionNumber number, const asks::AddUserKey& ask) {
  const User user = TRY(credentials_of(number, ask.user));
  const StoredKey key = TRY(key_of(ask.line, clock_.unix_ms()));
  const User from = TRY(asker(number));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::key_added, &user, cat(key.type, " ", key.fingerprint)));
    return identity_.add_key(user.id, key);
  }));
  log(Level::info, "key_added", {{"user_name", user.user_name}, {"type", key.type}, {"key", key.fingerprint}});
  return key_row(key);
}

Result<ipc::Nothing> Answers::remove_user_key(ConnectionNumber number, const asks::RemoveUserKey& ask) {
  const User user = TRY(credentials_of(number, ask.user));
  const User from = TRY(asker(number));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::key_removed, &user, ask.fingerprint));
    return identity_.remove_key(user.id, ask.fingerprint);
  }));
  connections_.end_signed_by_key(user.id, ask.fingerprint);
  log(Level::info, "key_removed", {{"user_name", user.user_name}, {"key", ask.fingerprint}});
  return ipc::Nothing{};
}

Result<asks::GetUserSignOn::Reply> Answers::set_user_sign_on(ConnectionNumber number, const asks::SetUserSignOn& ask) {
  const User from = TRY(asker(number));
  const User user = TRY(account_for(from, ask.user, Act::rule));
  const SignOnMethods methods = TRY(SignOnMethods::parse(ask.methods));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::sign_on_methods_set, &user, methods.text()));
    return identity_.set_sign_on(user.id, methods.text());
  }));
  log(Level::info, "sign_on_set", {{"user_name", user.user_name}, {"methods", methods.text()}, {"by", from.user_name}});
  return asks::GetUserSignOn::Reply{methods.text()};
}

}  // namespace bulkhead::warden
