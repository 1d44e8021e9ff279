// Account, and what the command line does to users. A change that takes a right away ends the user's connections.
#include "base/cat.h"
#include "base/log.h"
#include "core/path/user_name.h"
#include "warden/account_fields.h"
#include "warden/answers.h"
#include "warden/password_policy.h"

namespace bulkhead::warden {

Result<asks::Account::Reply> Answers::account(ConnectionNumber number) {
  return row_of(TRY(asker(number)), Shown::own);
}

Result<User> Answers::user_named(std::string_view name) {
  const UserName parsed = TRY(UserName::parse(name));
  std::optional<User> user = TRY(identity_.user_by_key(parsed.fold()));
  if (!user) return fail(Errc::not_found, "there is no such user");
  return std::move(*user);
}

void Answers::add_user(ipc::Call& call) {
  Result<asks::AddUser> ask = ipc::decode<asks::AddUser>(call.frame.body, "add_user");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  const Result<void> started = [&]() -> Result<void> {
    const UserName name = TRY(UserName::parse(ask->user_name));
    NewPassword job;
    job.ticket = call.ticket;
    job.create = true;
    job.user.role = TRY(role_of(ask->role));
    job.user.full_name = TRY(line_of("full name", ask->full_name));
    TRY(check_email(ask->email));
    job.user.email = ask->email;
    job.user.id = make_user_id();
    job.user.name_key = name.fold();
    job.user.user_name = name.text();
    const std::optional<User> taken = TRY(identity_.user_by_key(job.user.name_key));
    if (taken) return fail(Errc::conflict, "a user of that name exists");
    return start_password(std::move(job), std::move(ask->password));
  }();
  if (!started.ok()) service_.refuse(call.ticket, outward_error(started.error()));
}

void Answers::set_user_password(ipc::Call& call) {
  Result<asks::SetUserPassword> ask = ipc::decode<asks::SetUserPassword>(call.frame.body, "set_user_password");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  const Result<void> started = [&]() -> Result<void> {
    NewPassword job;
    job.ticket = call.ticket;
    job.user = TRY(user_named(ask->user_name));
    return start_password(std::move(job), std::move(ask->password));
  }();
  if (!started.ok()) service_.refuse(call.ticket, outward_error(started.error()));
}

// An empty password: one is made, to be changed at the first sign-on.
Result<void> Answers::start_password(NewPassword job, Secret password) {
  job.user.must_change_password = password.empty();
  if (password.empty()) {
    job.one_time = make_one_time_password();
    password = job.one_time.clone();
  } else {
    TRY(check_new_password(password, person(job.user)));
  }
  const std::string user = job.user.id;
  const std::uint64_t id = next_work_++;
  new_passwords_.emplace(id, std::move(job));
  Result<void> started = derive_credential(user, std::move(password), [this, id](Result<NewCredential> fresh) {
    auto found = new_passwords_.extract(id);
    new_password_ready(std::move(found.mapped()), std::move(fresh));
  });
  if (!started.ok()) new_passwords_.erase(id);
  return started;
}

void Answers::new_password_ready(NewPassword job, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(job.ticket, outward_error(fresh.error()));
  service_.answer(job.ticket, outward(store_password(job, *fresh)));
}

Result<asks::AddUser::Reply> Answers::store_password(NewPassword& job, const NewCredential& fresh) {
  User& user = job.user;
  const UnixMs now = clock_.unix_ms();
  if (job.create) {
    user.created = now;
    TRY(identity_.as_one([&]() -> Result<void> {
      TRY(take_default_policies(user));
      TRY(identity_.add_user(user));
      TRY(note(nullptr, 0, asks::EventKind::user_added, &user, cat("permission ", role_name(user.role))));
      return identity_.set_credential(user.id, fresh, user.must_change_password, now);
    }));
  } else {
    const std::optional<User> still = TRY(identity_.user_by_id(user.id));
    if (!still) return fail(Errc::not_found, "there is no such user");
    const Result<void> stored = identity_.as_one([&]() -> Result<void> {
      TRY(identity_.set_credential(user.id, fresh, user.must_change_password, now));
      TRY(note(nullptr, 0, asks::EventKind::password_changed, &user));
      return identity_.end_sessions_of(user.id);
    });
    TRY(stored);
    connections_.end_user(user.id);
  }
  log(Level::info, job.create ? "user_added" : "password_set", {{"user_name", user.user_name}});
  return asks::AddUser::Reply{user.id, std::move(job.one_time)};
}

Result<asks::ListUsers::Reply> Answers::list_users(const asks::ListUsers& ask) {
  std::string after;
  if (!ask.after.empty()) after = TRY(UserName::parse(ask.after)).fold();
  const std::vector<User> users = TRY(identity_.users_after(after));
  asks::ListUsers::Reply reply;
  for (const User& user : users) {
    reply.users.push_back({user.id, user.user_name, user.full_name, user.email, static_cast<std::uint8_t>(user.role),
                           user.active, user.last_sign_on});
  }
  return reply;
}

Result<ipc::Nothing> Answers::set_user_active(const asks::SetUserActive& ask) {
  const User user = TRY(user_named(ask.user_name));
  if (!ask.active) TRY(keep_an_administrator(user));
  const Result<void> stored = identity_.as_one([&]() -> Result<void> {
    TRY(identity_.set_active(user.id, ask.active));
    if (!ask.active) TRY(identity_.end_sessions_of(user.id));
    User after = user;
    after.active = ask.active;
    return note(nullptr, 0, asks::EventKind::user_changed, &user, change_of(user, after));
  });
  TRY(stored);
  if (!ask.active) connections_.end_user(user.id);
  log(Level::info, ask.active ? "user_enabled" : "user_disabled", {{"user_name", user.user_name}});
  return ipc::Nothing{};
}

Result<ipc::Nothing> Answers::delete_user(const asks::DeleteUser& ask) {
  const User user = TRY(user_named(ask.user_name));
  TRY(keep_an_administrator(user));
  TRY(identity_.as_one([&]() -> Result<void> {
    TRY(note(nullptr, 0, asks::EventKind::user_deleted, &user));
    return identity_.delete_user(user.id);
  }));
  connections_.end_user(user.id);
  log(Level::info, "user_deleted", {{"user_name", user.user_name}});
  return ipc::Nothing{};
}

}  // namespace bulkhead::warden
