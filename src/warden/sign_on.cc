// SignOn. The way of a name that nobody has, of a wrong password and of a disabled account is the same up to the
// answer: look-up, argon2id, pepper, look-up, compare. Nothing is written for a refusal, since a write costs a sync.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "core/path/user_name.h"
#include "crypt/random.h"
#include "warden/answers.h"
#include "warden/password_policy.h"

namespace bulkhead::warden {

void Answers::sign_on(ipc::Call& call) {
  Result<asks::SignOn> ask = ipc::decode<asks::SignOn>(call.frame.body, "sign_on");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  Connection& from = connection(call.connection);
  if (from.signing_on) return service_.refuse(call.ticket, fail(Errc::exhausted, "one sign-on at a time"));

  const Result<UserName> name = UserName::parse(ask->user_name);
  const std::string key = name.ok() ? name->fold() : ask->user_name;
  Attempt attempt;
  attempt.ticket = call.ticket;
  attempt.connection = call.connection;
  attempt.who = Throttle::who(key, from.address);
  const Result<bool> trusted = is_trusted(from);
  if (!trusted.ok()) return service_.refuse(call.ticket, outward_error(trusted.error()));
  attempt.who.trusted = *trusted;
  attempt.name = ask->user_name;
  if (throttle_.refuses(attempt.who, clock_.monotonic_ms())) return refuse_sign_on(attempt, "throttled");
  if (ask->password.size() > password_size_max) {
    throttle_.failed(attempt.who, clock_.monotonic_ms());
    return refuse_sign_on(attempt, "password too long");
  }

  // A text that is no user name is looked up all the same: no row has such a key.
  Result<std::optional<User>> user = identity_.user_by_key(name.ok() ? key : std::string_view{"\x01"});
  if (!user.ok()) return service_.refuse(call.ticket, outward_error(user.error()));
  attempt.user = id_of_nobody(key);
  crypt::fill_random(attempt.credential.salt);
  if (*user) {
    attempt.user = (*user)->id;
    attempt.credential = (*user)->credential;
  }
  if (ask->new_password) {
    attempt.new_is_old = equal_constant_time(ask->new_password->view(), ask->password.view());
    attempt.new_password = std::move(ask->new_password);
  }
  derive(std::move(attempt), std::move(ask->password), &Answers::password_derived);
}

void Answers::derive(Attempt attempt, Secret password, void (Answers::*then)(Attempt, Result<Verifier>)) {
  const std::uint64_t id = next_work_++;
  const ipc::Ticket ticket = attempt.ticket;
  Connection& from = connection(attempt.connection);
  const Credential credential = attempt.credential;
  std::string user = attempt.user;
  Result<std::string> foreign_hash = identity_.foreign_hash(user);
  if (!foreign_hash.ok()) return service_.refuse(ticket, outward_error(foreign_hash.error()));
  if (!foreign_hash->empty()) attempt.foreign = password.clone();
  from.signing_on = true;
  attempts_.emplace(id, std::move(attempt));
  Derivation::Done done = [this, id, then](Result<Verifier> verifier) {
    auto found = attempts_.extract(id);
    Connection* const still = connections_.find(found.mapped().connection);
    if (still == nullptr || still->peer != found.mapped().ticket.peer) return;  // hung up
    still->signing_on = false;
    (this->*then)(std::move(found.mapped()), std::move(verifier));
  };
  const Result<void> started =
      foreign_hash->empty()
          ? derivation_.derive(std::move(password), credential, std::move(user), std::move(done))
          : derivation_.check(std::move(password), std::move(*foreign_hash), credential, std::move(done));
  if (started.ok()) return;
  attempts_.erase(id);
  from.signing_on = false;
  service_.refuse(ticket, started.error());
}

void Answers::password_derived(Attempt attempt, Result<Verifier> verifier) {
  if (!verifier.ok()) return service_.refuse(attempt.ticket, outward_error(verifier.error()));
  // Guesses that were in flight together count one after the other.
  if (throttle_.refuses(attempt.who, clock_.monotonic_ms())) return refuse_sign_on(attempt, "throttled");
  const Result<std::optional<User>> user = user_of_password(attempt, *verifier);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  if (*user) return password_right(std::move(attempt), **user);
  refuse_sign_on(attempt, "wrong");
}

// Looked up again, since the account may have changed meanwhile. Null when it was not the password: that is counted.
Result<std::optional<User>> Answers::user_of_password(const Attempt& attempt, const Verifier& verifier) {
  std::optional<User> user = TRY(identity_.user_by_id(attempt.user));
  const User nobody;
  const User& found = user ? *user : nobody;
  const bool right = equal_constant_time(verifier, found.credential.verifier) &&
                     equal_constant_time(attempt.credential.salt, found.credential.salt);
  // Looked at whether the password is right or not, so that both cost the same.
  const bool over = TRY(is_over(found, connection(attempt.connection), Moment::sign_on)) ||
                    TRY(age_of_password(found)) == PasswordAge::over;
  if (user && right && !over) return user;
  throttle_.failed(attempt.who, clock_.monotonic_ms());
  if (user) count_failure(user->id);
  return std::optional<User>{};
}

void Answers::count_failure(const std::string& user) {
  if (!failures_.contains(user) && failures_.size() >= failed_users_per_tick_max) return;
  Failures& failures = failures_[user];
  ++failures.count;
  failures.last = clock_.unix_ms();
}

void Answers::refuse_sign_on(const Attempt& attempt, std::string_view why) {
  log(Level::warning, "sign_on_refused",
      {{"why", why}, {"user_name", attempt.name}, {"connection", cat(attempt.connection)}});
  note_refusal(attempt.connection, attempt.name, "password", why);
  service_.notify(hull_, asks::Refused{attempt.connection});
  service_.refuse(attempt.ticket, fail(Errc::unauthenticated, std::string{refusal_text}));
}

void Answers::password_right(Attempt attempt, const User& user) {
  if (const Result<void> one = Connections::check_principal(connection(attempt.connection), user.id); !one.ok()) {
    return service_.refuse(attempt.ticket, one.error());
  }
  throttle_.succeeded(attempt.who);
  const Result<PasswordAge> age = age_of_password(user);
  if (!age.ok()) return service_.refuse(attempt.ticket, outward_error(age.error()));
  const bool must_change = user.must_change_password || *age == PasswordAge::must_change;
  if (!attempt.new_password && !must_change) {
    if (!attempt.foreign) return service_.answer(attempt.ticket, outward(grant(attempt, user, nullptr)));
    attempt.proven = attempt.credential.salt;
    Secret password = attempt.foreign->clone();
    return derive_new(std::move(attempt), std::move(password), &Answers::foreign_password_derived);
  }
  if (!attempt.new_password) {
    asks::SignOnResult change;
    change.organisation = user.organisation;
    change.password_length_min = password_length_min;
    return service_.answer(attempt.ticket, Result<asks::SignOnResult>{std::move(change)});
  }

  Result<void> taken = check_new_password(*attempt.new_password, person(user));
  if (taken.ok() && attempt.new_is_old) {
    taken = fail(Errc::invalid, "The new password is the old one: choose another one.");
  }
  if (!taken.ok()) return service_.refuse(attempt.ticket, taken.error());
  attempt.proven = attempt.credential.salt;
  Secret password = std::move(*attempt.new_password);
  attempt.new_password.reset();
  derive_new(std::move(attempt), std::move(password), &Answers::new_password_derived);
}

void Answers::new_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  const Result<std::optional<User>> user = identity_.user_by_id(attempt.user);
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  // The password that was proven must still be the account's.
  if (!user->has_value() || !(*user)->active || (*user)->credential.salt != attempt.proven) {
    return refuse_sign_on(attempt, "changed meanwhile");
  }
  service_.answer(attempt.ticket, outward(grant(attempt, **user, &*fresh)));
}

void Answers::foreign_password_derived(Attempt attempt, Result<NewCredential> fresh) {
  if (!fresh.ok()) return service_.refuse(attempt.ticket, outward_error(fresh.error()));
  const Result<User> user = adopt_password(attempt, *fresh);
  if (!user.ok() && user.error().kind() == Errc::conflict) return refuse_sign_on(attempt, "changed meanwhile");
  if (!user.ok()) return service_.refuse(attempt.ticket, outward_error(user.error()));
  service_.answer(attempt.ticket, outward(grant(attempt, *user, nullptr)));
}

Result<asks::SignOnResult> Answers::grant(const Attempt& attempt, const User& user, const NewCredential* changed) {
  TRY(Connections::check_principal(connection(attempt.connection), user.id));
  const UnixMs now = clock_.unix_ms();
  Session session;
  crypt::fill_random(session.id);
  session.user = user.id;
  session.issued = now;
  session.access_expires = now + access_life_ms_;
  session.refresh_expires = now + refresh_life_ms_;
  asks::SignOnResult result;
  result.granted = true;
  result.access_token = make_token();
  result.refresh_token = make_token();
  result.expires_in_s = static_cast<std::uint32_t>(access_life_ms_ / 1000);
  result.organisation = user.organisation;
  const TokenHashes hashes{hash_of_token(result.access_token), hash_of_token(result.refresh_token)};

  auto stored = identity_.as_one([&]() -> Result<std::vector<capability::SessionId>> {
    if (changed != nullptr) {
      TRY(identity_.set_credential(user.id, *changed, false, now));
      TRY(identity_.end_sessions_of(user.id));
      TRY(note(&user, attempt.connection, asks::EventKind::password_changed, &user));
    }
    TRY(identity_.note_sign_on(user.id, now));
    TRY(note_sign_on(user, attempt.connection, "password"));
    return identity_.add_session(session, hashes);
  });
  const std::vector<capability::SessionId> ended = TRY(std::move(stored));
  failures_.erase(user.id);
  for (const capability::SessionId& id : ended) connections_.end_session(id);
  if (changed != nullptr) connections_.end_user(user.id, attempt.connection);
  if (changed == nullptr && TRY(age_of_password(user)) == PasswordAge::warn) {
    const UnixMs end = password_expires(user, TRY(identity_.policy(user.aging_policy))).value_or(now);
    result.password_expires_in_s = static_cast<std::uint32_t>(std::max<UnixMs>((end - now) / 1000, 1));
  }
  result.capability = sign(user, session, capability::Method::password, attempt.connection);
  connections_.bind(attempt.connection, user.id, session.id);  // last: until here nobody is signed on
  log(Level::info, "signed_on", {{"user_name", user.user_name}, {"connection", cat(attempt.connection)}});
  return result;
}

}  // namespace bulkhead::warden
