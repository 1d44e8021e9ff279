// ChangeAccount: all of a change is decided and checked before anything of it is stored, and once more after a
// password was derived, since the account and the one who asks may have changed meanwhile.
#include "base/cat.h"
#include "base/log.h"
#include "crypt/random.h"
#include "warden/account_fields.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

bool edits(const asks::ChangeAccount& ask) {
  return ask.full_name || ask.email || ask.notes || ask.must_change_password;
}
bool prefers(const asks::ChangeAccount& ask) {
  return ask.language || ask.email_format || ask.notifications;
}
bool rules(const asks::ChangeAccount& ask) {
  return ask.role || ask.active || ask.status_note;
}

Result<void> put_texts(User& user, const asks::ChangeAccount& ask) {
  if (ask.full_name) user.full_name = TRY(line_of("full name", *ask.full_name));
  if (ask.email) {
    TRY(check_email(*ask.email));
    user.email = *ask.email;
  }
  if (ask.notes) {
    TRY(check_note("notes", *ask.notes));
    user.notes = *ask.notes;
  }
  if (ask.status_note) {
    TRY(check_note("statusNote", *ask.status_note));
    user.status_note = *ask.status_note;
  }
  if (ask.language) {
    TRY(check_language(*ask.language));
    user.language = *ask.language;
  }
  return {};
}

}  // namespace

// The account as it would be, but for its password.
Result<User> Answers::changed_account(const User& asker, const asks::ChangeAccount& ask) {
  User user = TRY(account_for(asker, ask.id, Act::see));
  if (prefers(ask)) TRY(account_for(asker, ask.id, Act::prefer));
  if (edits(ask)) TRY(account_for(asker, ask.id, Act::edit));
  if (rules(ask)) TRY(account_for(asker, ask.id, Act::rule));
  if (ask.password && user.id != asker.id) TRY(account_for(asker, ask.id, Act::password));
  if (ask.password && user.id != asker.id && asker.role == capability::Role::admin) TRY(may_reset_passwords(asker));
  if (ask.password && user.id == asker.id && !TRY(identity_.may_change_own_password(user.organisation))) {
    return fail(Errc::denied, std::string{forbidden_text});
  }
  const User before = user;
  TRY(put_texts(user, ask));
  if (ask.email_format) user.email_format = *ask.email_format;
  if (ask.notifications) user.notifications = *ask.notifications;
  if (ask.must_change_password) user.must_change_password = *ask.must_change_password;
  if (ask.role) user.role = TRY(role_of(*ask.role));
  if (ask.active) user.active = *ask.active;
  if (user.role != before.role && !may_grant(asker.role, user.role)) {
    return fail(Errc::denied, std::string{forbidden_text});
  }
  if (user.role != before.role) TRY(identity_.need_room_for(user));
  if (user.role != before.role || !user.active) TRY(keep_an_administrator(before));
  if (ask.password) TRY(check_new_password(*ask.password, person(user)));
  return user;
}

// A SysAdmin may have taken that from the Admins of the organisation.
Result<void> Answers::may_reset_passwords(const User& asker) {
  const auto settings = TRY(identity_.organisation_settings(asker.organisation));
  if (settings && !settings->admin_password_reset) return fail(Errc::denied, std::string{forbidden_text});
  return {};
}

void Answers::change_account(ipc::Call& call) {
  Result<asks::ChangeAccount> ask = ipc::decode<asks::ChangeAccount>(call.frame.body, "change_account");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  if (!ask->password) return service_.answer(call.ticket, outward(store_change(call.connection, *ask, nullptr)));
  Attempt attempt;
  attempt.ticket = call.ticket;
  attempt.connection = call.connection;
  Secret current;
  const Result<bool> own = [&]() -> Result<bool> {
    const Connection& channel = connection(call.connection);
    if (channel.signing_on) return fail(Errc::exhausted, "one password at a time");
    const User from = TRY(asker(call.connection));
    const User user = TRY(changed_account(from, *ask));
    attempt.user = user.id;
    attempt.name = user.user_name;
    attempt.credential = user.credential;
    attempt.proven = user.credential.salt;
    if (user.id != from.id) return false;
    if (!ask->current_password || ask->current_password->empty()) {
      return fail(Errc::invalid, "currentPassword is missing");
    }
    if (equal_constant_time(ask->current_password->view(), ask->password->view())) {
      return fail(Errc::invalid, "The new password is the old one: choose another one.");
    }
    attempt.who = Throttle::who(user.name_key, channel.address);
    attempt.who.trusted = TRY(is_trusted(channel));
    if (throttle_.refuses(attempt.who, clock_.monotonic_ms())) {
      return fail(Errc::exhausted, "too many wrong passwords: try again later");
    }
    if (ask->current_password->size() > password_size_max) return fail(Errc::invalid, "currentPassword is too long");
    current = std::move(*ask->current_password);
    return true;
  }();
  if (!own.ok()) return service_.refuse(call.ticket, outward_error(own.error()));
  Secret password = ask->password->clone();
  attempt.change = std::move(*ask);
  if (*own) return derive(std::move(attempt), std::move(current), &Answers::current_password_derived);
  derive_new(std::move(attempt), std::move(password), &Answers::changed_password_derived);
}

void Answers::current_password_derived(Attempt attempt, Result<Verifier> verifier) {
  if (!verifier.ok()) return service_.refuse(attempt.ticket, outward_error(verifier.error()));
  const Result<std::optional<User>> user = user_of_password(attempt, *verifier);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  if (!user->has_value()) {
    log(Level::warning, "current_password_wrong",
        {{"user_name", attempt.name}, {"connection", cat(attempt.connection)}});
    service_.notify(hull_, asks::Refused{attempt.connection});
    return service_.refuse(attempt.ticket, fail(Errc::denied, "currentPassword is not right."));
  }
  Secret password = attempt.change->password->clone();
  derive_new(std::move(attempt), std::move(password), &Answers::changed_password_derived);
}

void Answers::changed_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  const Result<std::optional<User>> user = identity_.user_by_id(attempt.user);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  if (!user->has_value() || (*user)->credential.salt != attempt.proven) {
    return service_.refuse(attempt.ticket, fail(Errc::conflict, "the password was changed meanwhile"));
  }
  service_.answer(attempt.ticket, outward(store_change(attempt.connection, *attempt.change, &*fresh)));
}

Result<asks::UserRow> Answers::store_change(ConnectionNumber number, const asks::ChangeAccount& ask,
                                            const NewCredential* fresh) {
  const User from = TRY(asker(number));
  User user = TRY(changed_account(from, ask));
  const User before = TRY(account_for(from, ask.id, Act::see));
  const bool own = user.id == from.id;
  const bool ends = fresh != nullptr || user.role != before.role || (before.active && !user.active);
  const std::vector<capability::SessionId> kept =
      own ? connection(number).sessions : std::vector<capability::SessionId>{};
  const UnixMs now = clock_.unix_ms();
  if (fresh != nullptr && own) user.must_change_password = false;
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(identity_.set_profile(user));
    if (fresh != nullptr) TRY(identity_.set_credential(user.id, *fresh, user.must_change_password, now));
    if (ends) TRY(identity_.end_sessions_of(user.id, kept));
    if (fresh != nullptr) TRY(note(&from, number, asks::EventKind::password_changed, &user));
    const std::string change = change_of(before, user);
    if (!change.empty()) TRY(note(&from, number, asks::EventKind::user_changed, &user, change));
    if (fresh != nullptr && ask.tell_by_mail) TRY(tell_of_password(user));
    return {};
  }));
  if (fresh != nullptr) user.password_changed = now;
  if (ends) connections_.end_user_but(user.id, own ? number : 0);
  log(Level::info, "user_changed",
      {{"user_name", user.user_name},
       {"by", from.user_name},
       {"role", cat(static_cast<int>(before.role), " ", static_cast<int>(user.role))},
       {"active", user.active ? "yes" : "no"},
       {"password", fresh != nullptr ? "changed" : "kept"}});
  return row_of(user, own ? Shown::own : Shown::all);
}

}  // namespace bulkhead::warden
