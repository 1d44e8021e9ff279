// Users as an administrator sees them through a gate: who asks is the principal of the channel, with the role and the
// organisation that he has now. Every answer begins with asker() and, for somebody's account, account_for().
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "core/mail/mailbox.h"
#include "core/path/user_name.h"
#include "crypt/random.h"
#include "warden/account_fields.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

Party party(const User& user) {
  return {user.id, user.organisation, user.role};
}

Error nobody() {
  return fail(Errc::not_found, "there is no such user");
}

}  // namespace

void Answers::from_gate_administration(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::ListAccounts::number:
      return ipc::answer_now<asks::ListAccounts>(call, [&](auto& ask) { return outward(list_accounts(number, ask)); });
    case asks::GetAccount::number:
      return ipc::answer_now<asks::GetAccount>(call, [&](auto& ask) { return outward(get_account(number, ask.id)); });
    case asks::AddAccount::number:
      return add_account(call);
    case asks::ChangeAccount::number:
      return change_account(call);
    case asks::RemoveAccount::number:
      return ipc::answer_now<asks::RemoveAccount>(call,
                                                  [&](auto& ask) { return outward(remove_account(number, ask.id)); });
    default:
      from_gate_organisations(call);
  }
}

Result<User> Answers::asker(ConnectionNumber number) {
  const Connection& from = connection(number);
  std::optional<User> user;
  if (!from.principal.empty() && !from.sessions.empty()) user = TRY(identity_.user_by_id(from.principal));
  if (!user || TRY(is_over(*user, from, Moment::session)))
    return fail(Errc::unauthenticated, std::string{refusal_text});
  std::string own = user->id;  // his account stays his own
  User acting = TRY(as_acting(std::move(*user), from.acting));
  acting.id = std::move(own);
  return acting;
}

// Looks up the account, and decides.
Result<User> Answers::account_for(const User& asker, const std::string& id, Act act) {
  std::optional<User> target = TRY(identity_.user_by_id(id.empty() ? asker.id : id));
  if (!target) return nobody();
  switch (standing(party(asker), party(*target), act)) {
    case Standing::hidden:
      return nobody();
    case Standing::forbidden:
      return fail(Errc::denied, std::string{forbidden_text});
    case Standing::allowed:
      return std::move(*target);
  }
  return nobody();
}

asks::UserRow Answers::row_of(const User& user, Shown shown) {
  asks::UserRow row;
  row.id = user.id;
  row.organisation = user.organisation;
  row.user_name = user.user_name;
  row.full_name = user.full_name;
  row.email = user.email;
  row.role = static_cast<std::uint8_t>(user.role);
  row.active = user.active;
  row.must_change_password = user.must_change_password;
  row.last_sign_on_ms = user.last_sign_on;
  row.password_changed_ms = user.password_changed;
  if (shown == Shown::all) {
    row.notes = user.notes;
    row.status_note = user.status_note;
  }
  row.language = user.language;
  row.email_format = user.email_format;
  row.notifications = user.notifications;
  row.expiration_policy = static_cast<std::uint32_t>(user.expiration_policy);
  return row;
}

Result<asks::ListAccounts::Reply> Answers::list_accounts(ConnectionNumber number, const asks::ListAccounts& ask) {
  const User from = TRY(asker(number));
  if (!sees_accounts(from.role)) return fail(Errc::denied, std::string{forbidden_text});
  UserFilter filter{ask.organisation,
                    ask.roles,
                    ask.status,
                    in_small_letters(ask.user_name),
                    in_small_letters(ask.full_name),
                    in_small_letters(ask.email),
                    ask.exact,
                    ask.sort};
  if (from.role != capability::Role::sys_admin) {  // standing() in the terms of a query
    filter.organisation = from.organisation;
    filter.roles &= ~(1U << static_cast<unsigned>(capability::Role::sys_admin));
  }
  asks::ListAccounts::Reply reply;
  reply.total = TRY(identity_.count_users(filter));
  for (const User& user :
       TRY(identity_.find_users(filter, ask.descending, ask.offset, std::min(ask.count, asks::accounts_per_list)))) {
    reply.rows.push_back(row_of(user, Shown::own));
  }
  return reply;
}

Result<asks::UserRow> Answers::get_account(ConnectionNumber number, const std::string& id) {
  const User from = TRY(asker(number));
  const User target = TRY(account_for(from, id, Act::see));
  return row_of(target, target.id == from.id ? Shown::own : Shown::all);
}

// The account that `ask` describes, all checked but its password.
Result<User> Answers::new_account(const User& asker, const asks::AddAccount& ask) {
  User user;
  user.organisation = asker.organisation;
  if (ask.organisation != 0 && ask.organisation != asker.organisation) {
    const bool there = rules_organisations(asker.role) && TRY(identity_.organisation(ask.organisation)).has_value();
    if (!there) return fail(Errc::not_found, "there is no such organisation");
    user.organisation = ask.organisation;
  }
  user.full_name = TRY(line_of("full name", ask.full_name));
  user.email = ask.email;
  user.notes = ask.notes;
  if (!ask.source.empty()) {
    const User source = TRY(account_for(asker, ask.source, Act::edit));
    if (source.role == capability::Role::temporary_user) {
      return fail(Errc::invalid, "sourceUserId: a temporary user is not cloned");
    }
    user.role = source.role;
    if (ask.full_name.empty()) user.full_name = source.full_name;
    if (ask.notes.empty()) user.notes = source.notes;
    user.language = source.language;
    user.email_format = source.email_format;
    user.notifications = source.notifications;
    user.sign_on = source.sign_on;
    if (source.organisation == user.organisation) {
      user.expiration_policy = source.expiration_policy;
      user.aging_policy = source.aging_policy;
    }
  }
  if (ask.role) user.role = TRY(role_of(*ask.role));
  if (!may_grant(asker.role, user.role)) return fail(Errc::denied, std::string{forbidden_text});
  TRY(check_email(user.email));
  TRY(check_note("notes", user.notes));
  const UserName name = TRY(UserName::parse(ask.user_name));
  user.name_key = name.fold();
  user.user_name = name.text();
  user.must_change_password = ask.must_change_password;
  user.id = make_user_id();
  if (TRY(identity_.user_by_key(user.name_key))) return fail(Errc::conflict, "a user of that name exists");
  return user;
}

void Answers::add_account(ipc::Call& call) {
  Result<asks::AddAccount> ask = ipc::decode<asks::AddAccount>(call.frame.body, "add_account");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  Result<Attempt> checked = [&]() -> Result<Attempt> {
    const User from = TRY(asker(call.connection));
    if (connection(call.connection).signing_on) return fail(Errc::exhausted, "one password at a time");
    Attempt attempt;
    attempt.ticket = call.ticket;
    attempt.connection = call.connection;
    attempt.added = TRY(new_account(from, *ask));
    attempt.user = attempt.added->id;
    if (ask->password.empty() && !mail::is_address(attempt.added->email)) {
      return fail(Errc::invalid, "password is missing, and there is no mail address for a link with which to choose one");
    }
    if (!ask->password.empty()) TRY(check_new_password(ask->password, person(*attempt.added)));
    return attempt;
  }();
  if (!checked.ok()) return service_.refuse(call.ticket, outward_error(checked.error()));
  if (!ask->password.empty()) {
    return derive_new(std::move(*checked), std::move(ask->password), &Answers::account_password_derived);
  }
  service_.answer(call.ticket, outward(store_account(call.connection, std::move(*checked->added), nullptr)));
}

void Answers::account_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  service_.answer(attempt.ticket, outward(store_account(attempt.connection, std::move(*attempt.added), &*fresh)));
}

// Without a password: nobody knows his verifier, and a link is mailed with which he chooses one.
Result<asks::UserRow> Answers::store_account(ConnectionNumber number, User user, const NewCredential* fresh) {
  const User from = TRY(asker(number));  // he may have lost the right meanwhile
  if (!may_grant(from.role, user.role)) return fail(Errc::denied, std::string{forbidden_text});
  user.created = clock_.unix_ms();
  if (user.aging_policy == 0 && user.expiration_policy == 0) TRY(take_default_policies(user));
  if (fresh == nullptr) {
    crypt::fill_random(user.credential.salt);
    crypt::fill_random(user.credential.verifier);
    user.must_change_password = false;
  }
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(identity_.add_user(user));
    TRY(note(&from, number, asks::EventKind::user_added, &user, cat("permission ", role_name(user.role))));
    if (fresh == nullptr) return store_link(user, MailKind::invitation, invitation_life_ms, true);
    return identity_.set_credential(user.id, *fresh, user.must_change_password, user.created);
  }));
  if (fresh != nullptr) user.password_changed = user.created;
  log(Level::info, "user_added", {{"user_name", user.user_name}, {"by", from.user_name}});
  return row_of(user, Shown::all);
}

// An organisation without an administrator, and a server without a SysAdmin that had one, are out of anybody's hands.
Result<void> Answers::keep_an_administrator(const User& leaving) {
  if (leaving.role != capability::Role::admin && leaving.role != capability::Role::sys_admin) return {};
  if (!leaving.active || TRY(identity_.another_active(leaving))) return {};
  return fail(Errc::conflict, "this is the last administrator: make another one first");
}

Result<ipc::Nothing> Answers::remove_account(ConnectionNumber number, const std::string& id) {
  const User from = TRY(asker(number));
  const User target = TRY(account_for(from, id, Act::rule));
  TRY(keep_an_administrator(target));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(&from, number, asks::EventKind::user_deleted, &target));
    return identity_.delete_user(target.id);
  }));
  connections_.end_user(target.id);
  log(Level::info, "user_deleted", {{"user_name", target.user_name}, {"by", from.user_name}});
  return ipc::Nothing{};
}

}  // namespace bulkhead::warden
