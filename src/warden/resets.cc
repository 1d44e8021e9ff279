// A new password by a link. Whoever asks for one hears the same, as fast, whatever account he names: the answer is
// given before the account is looked up, by the next tick. What a link is worth is decided when it is used, by the same
// rules as a sign-on from there, and whatever is wrong with it, it reads as one that never was.
#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "core/mail/mailbox.h"
#include "core/path/user_name.h"
#include "crypt/random.h"
#include "warden/answers.h"
#include "warden/mail_text.h"

namespace bulkhead::warden {
namespace {

Error no_such_link() {
  return fail(Errc::not_found, "This link is not good any more. Ask for a new one.");
}

}  // namespace

void Answers::from_gate_resets(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::RequestReset::number:
      return ipc::answer_now<asks::RequestReset>(call, [&](auto& ask) { return outward(request_reset(number, ask)); });
    case asks::UseReset::number:
      return use_reset(call);
    case asks::SendReset::number:
      return ipc::answer_now<asks::SendReset>(call, [&](auto& ask) { return outward(send_reset(number, ask.id)); });
    default:
      from_gate_tokens(call);
  }
}

// Every request counts, also of names that nobody has. One too many is dropped in silence.
Result<ipc::Nothing> Answers::request_reset(ConnectionNumber number, const asks::RequestReset& ask) {
  const Connection& from = connection(number);
  const Result<UserName> name = UserName::parse(ask.user_name);
  const std::string key = name.ok() ? name->fold() : ask.user_name;
  Throttle::Who who = Throttle::who(key, from.address);
  who.trusted = TRY(is_trusted(from));
  const bool refused = reset_throttle_.refuses(who, clock_.monotonic_ms());
  const bool dropped = refused || pending_resets_.size() >= resets_pending_max;
  log(dropped ? Level::warning : Level::info, dropped ? "reset_request_dropped" : "reset_requested",
      {{"user_name", ask.user_name}, {"connection", cat(number)}});
  if (refused) service_.notify(hull_, asks::Refused{number});
  if (dropped) return ipc::Nothing{};
  reset_throttle_.failed(who, clock_.monotonic_ms());
  pending_resets_.push_back({key, from.address});
  return ipc::Nothing{};
}

void Answers::store_pending_resets() {
  for (const PendingReset& pending : std::exchange(pending_resets_, {})) {
    const Result<void> stored = store_pending(pending);
    if (!stored.ok()) log(Level::error, "reset_not_stored", {{"why", stored.error().message()}});
  }
}

Result<void> Answers::store_pending(const PendingReset& pending) {
  const std::optional<User> user = TRY(identity_.user_by_key(pending.name));
  if (!user) return {};
  Connection from;
  from.address = pending.address;
  if (!TRY(may_have_link(*user, from, false))) return {};
  const std::optional<UnixMs> last = TRY(identity_.last_mail_to(user->id, MailKind::reset));
  const UnixMs now = clock_.unix_ms();
  if (last && now - *last < reset_pause_ms && now >= *last) return {};  // his mailbox is not to be filled
  return identity_.as_one([&]() -> Result<void> {
    TRY(note_link(*user, pending.address));
    return store_link(*user, MailKind::reset, reset_life_ms_, false);
  });
}

// Within as_one(). Who asked is not known: the event has the address, and no user but the one that the mail goes to.
Result<void> Answers::note_link(const User& user, const std::string& address) {
  asks::Event event;
  event.time_ms = clock_.unix_ms();
  event.kind = asks::EventKind::password_link_made;
  event.organisation = user.organisation;
  event.target = user.id;
  event.target_name = user.user_name;
  event.address = address;
  event.message = "asked for on the sign-on page";
  return identity_.add_event(std::move(event));
}

// Who may not sign on from there has no link either. Without an administrator's wish none for an account whose password
// is not ours to set, may not be changed by its user, or is out of its grace.
Result<bool> Answers::may_have_link(const User& user, const Connection& from, bool by_administrator) {
  if (TRY(is_over(user, from, Moment::sign_on)) || !mail::is_address(user.email)) return false;
  if (by_administrator) return true;
  const bool has_password = user.password_changed || !TRY(identity_.foreign_hash(user.id)).empty();
  return has_password && TRY(identity_.may_change_own_password(user.organisation)) &&
         TRY(age_of_password(user)) != PasswordAge::over;
}

// Belongs into as_one(). The token is made with the mail.
Result<void> Answers::store_link(const User& user, MailKind kind, UnixMs life_ms, bool by_administrator) {
  const UnixMs now = clock_.unix_ms();
  Reset reset;
  reset.user = user.id;
  crypt::fill_random(reset.hash);
  reset.state = state_of(user);
  reset.by_administrator = by_administrator;
  reset.created = now;
  reset.expires = now + life_ms;
  Mail mail;
  mail.kind = kind;
  mail.user = user.id;
  mail.created = now;
  mail.expires = reset.expires;
  mail.next = now;
  TRY(identity_.drop_waiting_links(user.id));
  TRY(identity_.put_reset(reset));
  TRY(identity_.add_mail(mail));
  log(Level::info, "reset_link_made", {{"user_name", user.user_name}});
  return {};
}

Result<std::optional<User>> Answers::user_of_reset(const TokenHash& hash, const Connection& from) {
  const std::optional<Reset> reset = TRY(identity_.reset_by_hash(hash));
  if (!reset || reset->expires <= clock_.unix_ms()) return std::optional<User>{};
  std::optional<User> user = TRY(identity_.user_by_id(reset->user));
  if (!user || state_of(*user) != reset->state) return std::optional<User>{};
  if (!TRY(may_have_link(*user, from, reset->by_administrator))) return std::optional<User>{};
  return user;
}

void Answers::use_reset(ipc::Call& call) {
  Result<asks::UseReset> ask = ipc::decode<asks::UseReset>(call.frame.body, "use_reset");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  const Connection& from = connection(call.connection);
  Attempt attempt;
  attempt.ticket = call.ticket;
  attempt.connection = call.connection;
  attempt.reset = hash_of_token(ask->token);
  const Result<void> checked = [&]() -> Result<void> {
    if (from.signing_on) return fail(Errc::exhausted, "one password at a time");
    // Each token is an account of its own: only the source counts, so that no neighbour stands in the way.
    attempt.who = Throttle::who(to_hex(*attempt.reset), from.address);
    attempt.who.trusted = TRY(is_trusted(from));
    if (reset_throttle_.refuses(attempt.who, clock_.monotonic_ms())) {
      return fail(Errc::exhausted, "too many links that are not good: try again later");
    }
    const std::optional<User> user = TRY(user_of_reset(*attempt.reset, from));
    if (!user) {
      reset_throttle_.failed(attempt.who, clock_.monotonic_ms());
      service_.notify(hull_, asks::Refused{call.connection});
      log(Level::warning, "reset_refused", {{"connection", cat(call.connection)}});
      return no_such_link();
    }
    TRY(check_new_password(ask->new_password, person(*user)));
    attempt.user = user->id;
    return {};
  }();
  if (!checked.ok()) return service_.refuse(call.ticket, outward_error(checked.error()));
  derive_new(std::move(attempt), std::move(ask->new_password), &Answers::reset_password_derived);
}

void Answers::reset_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  service_.answer(attempt.ticket, outward(store_reset(attempt, *fresh)));
}

// Looked up again: of two who use a link at the same moment the second one is too late.
Result<ipc::Nothing> Answers::store_reset(const Attempt& attempt, const NewCredential& fresh) {
  const Connection& from = connection(attempt.connection);
  const std::optional<User> user = TRY(user_of_reset(*attempt.reset, from));
  if (!user || user->id != attempt.user) return no_such_link();
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(identity_.set_credential(user->id, fresh, false, clock_.unix_ms()));  // which ends the link
    TRY(note(&*user, attempt.connection, asks::EventKind::password_changed, &*user, "by a link"));
    TRY(identity_.drop_waiting_links(user->id));
    return identity_.end_sessions_of(user->id);
  }));
  connections_.end_user(user->id, attempt.connection);
  throttle_.succeeded(Throttle::who(user->name_key, from.address));
  log(Level::info, "password_reset", {{"user_name", user->user_name}, {"connection", cat(attempt.connection)}});
  return ipc::Nothing{};
}

Result<ipc::Nothing> Answers::send_reset(ConnectionNumber number, const std::string& id) {
  const User from = TRY(asker(number));
  const User user = TRY(account_for(from, id, Act::password));
  if (user.id == from.id) return fail(Errc::denied, std::string{forbidden_text});
  if (from.role == capability::Role::admin) TRY(may_reset_passwords(from));
  if (!user.active) return fail(Errc::conflict, "this user is disabled");
  if (!mail::is_address(user.email)) return fail(Errc::conflict, "this user has no mail address that can be used");
  // Who never had a password of his own is invited anew.
  const bool new_here = !user.password_changed && TRY(identity_.foreign_hash(user.id)).empty();
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::password_link_made, &user));
    return new_here ? store_link(user, MailKind::invitation, invitation_life_ms, true)
                    : store_link(user, MailKind::reset, reset_life_ms_, true);
  }));
  log(Level::info, "reset_link_sent", {{"user_name", user.user_name}, {"by", from.user_name}});
  return ipc::Nothing{};
}

// Belongs into as_one(). To whoever has an address; never the password.
Result<void> Answers::tell_of_password(const User& user) {
  if (!mail::is_address(user.email)) return {};
  Mail mail;
  mail.kind = MailKind::password_changed;
  mail.user = user.id;
  mail.created = clock_.unix_ms();
  mail.expires = mail.created + notice_life_ms;
  mail.next = mail.created;
  TRY(identity_.add_mail(mail));
  return {};
}

}  // namespace bulkhead::warden
