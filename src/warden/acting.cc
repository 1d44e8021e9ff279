// A SysAdmin who acts as the Admin of an organisation, for as long as his session lasts: decision 33. For keeper and
// vault he is somebody of that organisation, with an id of his own there.
#include "base/cat.h"
#include "base/log.h"
#include "warden/answers.h"

namespace bulkhead::warden {

Result<asks::ActAsAdmin::Reply> Answers::act_as_admin(ConnectionNumber number, const asks::ActAsAdmin& ask) {
  TRY(asker(number));
  const Connection& from = connection(number);
  // Who he is, not who he acts as: from there he may go on to another organisation.
  const std::optional<User> user = TRY(identity_.user_by_id(from.principal));
  const bool session = from.shown && from.scopes.has(capability::Scope::session);
  if (!user || !session || user->role != capability::Role::sys_admin) {
    return fail(Errc::denied, std::string{forbidden_text});
  }
  if (!TRY(identity_.organisation(ask.organisation))) return fail(Errc::not_found, "there is no such organisation");
  const capability::SessionId shown = *from.shown;
  // For the Admins of that organisation to see.
  User acting = TRY(as_acting(*user, ask.organisation));
  acting.id = user->id;
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&acting, number, asks::EventKind::acting_begun, nullptr));
    return identity_.set_acting(shown, ask.organisation);
  }));
  // A connection stays with whom it was bound to: the token is shown again on another one.
  connections_.unbind(number, shown);
  connections_.end_session(shown);
  log(Level::info, "acts_as_admin", {{"user_name", user->user_name}, {"organisation", cat(ask.organisation)}});
  return asks::ActAsAdmin::Reply{ask.organisation, static_cast<std::uint8_t>(capability::Role::admin)};
}

// The user as one who acts for that organisation; 0: as himself.
Result<User> Answers::as_acting(User user, std::uint32_t organisation) {
  if (organisation == 0) return user;
  if (user.role != capability::Role::sys_admin) return fail(Errc::unauthenticated, std::string{refusal_text});
  user.organisation = organisation;
  user.role = capability::Role::admin;
  user.id = acting_id(user.id, organisation);
  return user;
}

}  // namespace bulkhead::warden
