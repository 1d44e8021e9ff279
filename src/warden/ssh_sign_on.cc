// The asks of a gate for SSH: channels, methods in their order, and the end of a sign-on. Whatever goes wrong, the peer
// hears the same.
#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "core/path/user_name.h"
#include "core/ssh_session/statement.h"
#include "crypt/random.h"
#include "warden/answers.h"

namespace bulkhead::warden {
namespace {

std::vector<std::string> names_of(const std::vector<SshMethod>& methods) {
  std::vector<std::string> out;
  for (const SshMethod method : methods) out.emplace_back(name_of(method));
  return out;
}

}  // namespace

void Answers::from_ssh_gate(ipc::Call& call) {
  if (call.frame.kind != ipc::Kind::ask) return service_.end(call.ticket.peer, "a gate sends asks only");
  const ConnectionNumber number = call.connection;
  switch (call.frame.number) {
    case asks::OpenSshSession::number:
      ipc::answer_now<asks::OpenSshSession>(call, [&](auto& ask) { return outward(open_ssh_session(number, ask)); });
      break;
    case asks::Renew::number:
      ipc::answer_now<asks::Renew>(call, [&](auto&) { return outward(renew(number)); });
      break;
    case asks::SshAccount::number:
      ipc::answer_now<asks::SshAccount>(call, [&](auto&) { return outward(account(number)); });
      break;
    default:
      ssh_sign_on(call);
  }
  wipe(call.frame.body);  // it held a password
}

void Answers::ssh_sign_on(ipc::Call& call) {
  const ConnectionNumber number = call.connection;
  const Connection& from = connection(number);
  if (from.ssh.session_id.empty()) return service_.end(call.ticket.peer, "a sign-on ahead of its SSH session");
  if (from.signing_on) return service_.refuse(call.ticket, fail(Errc::exhausted, "one sign-on at a time"));
  switch (call.frame.number) {
    case asks::OfferKey::number:
      return ipc::answer_now<asks::OfferKey>(call, [&](auto& ask) { return outward(offer_key(number, ask)); });
    case asks::SignOnWithKey::number:
      return ipc::answer_now<asks::SignOnWithKey>(call,
                                                  [&](auto& ask) { return outward(sign_on_with_key(number, ask)); });
    case asks::SignOnWithPassword::number:
      return sign_on_with_password(call);
    case asks::StartDialogue::number:
      return ipc::answer_now<asks::StartDialogue>(call,
                                                  [&](auto& ask) { return outward(start_dialogue(number, ask)); });
    case asks::AnswerDialogue::number:
      return answer_dialogue(call);
    default:
      die("a row of ssh_login_asks.h has no answer");
  }
}

Result<ipc::Nothing> Answers::open_ssh_session(ConnectionNumber number, const asks::OpenSshSession& ask) {
  Result<ssh_session::Statement> statement = ssh_session::verify(session_key_, ask.statement, number);
  if (!statement.ok()) {
    log(Level::warning, "ssh_session_refused", {{"why", statement.error().message()}, {"connection", cat(number)}});
    return statement.error();
  }
  SshChannel& channel = connection(number).ssh;
  channel.session_id = std::move(statement->session_id);
  channel.host_key = std::move(statement->host_key);
  return ipc::Nothing{};
}

// Every ask that names a user ends a dialogue (RFC 4256 section 3.1) and, if it is another user, forgets the partial
// success (RFC 4252 section 5).
Result<Answers::Claim> Answers::claim(ConnectionNumber number, const std::string& name) {
  Connection& from = connection(number);
  SshProgress& progress = from.ssh.progress;
  if (progress.name != name) {
    progress = SshProgress{};
    progress.name = name;
  }
  progress.dialogue = Dialogue::none;
  const Result<UserName> parsed = UserName::parse(name);
  const std::string key = parsed.ok() ? parsed->fold() : name;
  Claim out;
  out.name = name;
  out.who = Throttle::who(key, from.address);
  out.who.trusted = TRY(is_trusted(from));
  // A text that is no user name is looked up all the same: no row has such a key.
  out.user = TRY(identity_.user_by_key(parsed.ok() ? key : std::string_view{"\x01"}));
  out.id = id_of_nobody(key);
  if (out.user) out.id = out.user->id;
  return out;
}

Result<bool> Answers::allows(const SshProgress& progress, const Claim& claim, SshMethod method) {
  const SignOnMethods methods = TRY(SignOnMethods::parse(claim.user ? claim.user->sign_on : std::string{}));
  return methods.allows(progress.done, method);
}

asks::SshSignOn Answers::refuse_ssh(ConnectionNumber number, const Claim& claim, SshMethod method, std::string_view why,
                                    bool counts, std::string_view key) {
  const std::vector<SshMethod> left = keep_partial_success(connection(number).ssh.progress, claim);
  if (counts) {
    throttle_.failed(claim.who, clock_.monotonic_ms());
    if (claim.user) count_failure(claim.user->id);
  }
  log(Level::warning, "sign_on_refused",
      {{"why", why},
       {"user_name", claim.name},
       {"method", name_of(method)},
       {"key", key},
       {"connection", cat(number)}});
  note_refusal(number, claim.name, cat("ssh ", name_of(method)),
               key.empty() ? std::string{why} : cat(why, " (", key, ")"));
  service_.notify(hull_, asks::Refused{number});
  return {asks::SshVerdict::refused, names_of(left), {}, 0};
}

// What is left of `progress` after a refusal, and the methods that can continue: whoever mistypes the second of two
// methods need not begin again, but a refused method leaves nothing of itself.
std::vector<SshMethod> Answers::keep_partial_success(SshProgress& progress, const Claim& claim) {
  SshProgress kept;
  const Result<SignOnMethods> methods = SignOnMethods::parse(progress.sign_on);
  if (!progress.done.empty() && progress.user == claim.id && methods.ok()) {
    kept.name = std::move(progress.name);
    kept.user = std::move(progress.user);
    kept.sign_on = std::move(progress.sign_on);
    kept.done = std::move(progress.done);
    kept.signers = std::move(progress.signers);
    kept.signers.resize(static_cast<std::size_t>(std::ranges::count(kept.done, SshMethod::publickey)));
    const auto has = [&kept](SshMethod method) { return std::ranges::find(kept.done, method) != kept.done.end(); };
    if (has(SshMethod::password) || has(SshMethod::keyboard_interactive)) kept.proven = progress.proven;
    if (has(SshMethod::keyboard_interactive)) kept.new_password = progress.new_password;
  }
  progress = std::move(kept);
  // The same for everyone who has shown nothing yet: the methods of one account would tell that it exists.
  if (progress.done.empty()) return {SshMethod::publickey, SshMethod::password, SshMethod::keyboard_interactive};
  return methods->next(progress.done);
}

// `claim.user` has just proven itself by `method`.
Result<asks::SshSignOn> Answers::method_done(ConnectionNumber number, const Claim& claim, SshMethod method) {
  SshProgress& progress = connection(number).ssh.progress;
  const User& user = *claim.user;
  if (!progress.user.empty() && progress.user != user.id)
    return refuse_ssh(number, claim, method, "another account of that name");
  const SignOnMethods methods = TRY(SignOnMethods::parse(user.sign_on));
  if (!methods.allows(progress.done, method)) return refuse_ssh(number, claim, method, "out of order");
  progress.user = user.id;
  progress.sign_on = user.sign_on;
  progress.done.push_back(method);
  if (methods.complete(progress.done)) return grant_ssh(number, claim, method);
  log(Level::info, "partly_signed_on",
      {{"user_name", user.user_name}, {"method", name_of(method)}, {"connection", cat(number)}});
  return asks::SshSignOn{asks::SshVerdict::partial, names_of(methods.next(progress.done)), {}, 0};
}

// Errc::unauthenticated when what was proven earlier does not hold any more.
Result<void> Answers::store_ssh_grant(const SshProgress& progress, const User& user, UnixMs now) {
  if (progress.proven && *progress.proven != user.credential.salt) {
    return fail(Errc::unauthenticated, "the password was changed meanwhile");
  }
  for (const SshSigner& signer : progress.signers) {
    const Result<void> noted = signer.authority ? identity_.note_authority(signer.fingerprint, now)
                                                : identity_.note_key(user.id, signer.fingerprint, now);
    if (noted.ok()) continue;
    if (noted.error().kind() != Errc::not_found) return noted;
    return fail(Errc::unauthenticated, "the key was removed meanwhile");
  }
  if (progress.new_password) {
    TRY(identity_.set_credential(user.id, *progress.new_password, false, now));
    TRY(identity_.end_sessions_of(user.id));
  }
  return identity_.note_sign_on(user.id, now);
}

Result<asks::SshSignOn> Answers::grant_ssh(ConnectionNumber number, const Claim& claim, SshMethod last) {
  Connection& from = connection(number);
  const User& user = *claim.user;
  TRY(Connections::check_principal(from, user.id));
  const UnixMs now = clock_.unix_ms();
  const Result<void> stored = identity_.as_one([&]() -> Result<void> {
    TRY(store_ssh_grant(from.ssh.progress, user, now));
    if (from.ssh.progress.new_password) TRY(note(&user, number, asks::EventKind::password_changed, &user));
    return note_sign_on(user, number, cat("ssh ", name_of(last)));
  });
  if (!stored.ok() && stored.error().kind() == Errc::unauthenticated) {
    from.ssh.progress = SshProgress{};
    return refuse_ssh(number, claim, last, stored.error().message());
  }
  TRY(stored);
  throttle_.succeeded(claim.who);
  failures_.erase(user.id);
  const SshProgress progress = std::exchange(from.ssh.progress, SshProgress{});
  if (progress.new_password) connections_.end_user(user.id, number);
  from.signers = progress.signers;
  from.method = progress.signers.empty() ? capability::Method::password : capability::Method::ssh_key;

  Session session;  // lives as long as its channel: nothing of it is stored
  crypt::fill_random(session.id);
  session.access_expires = now + access_life_ms_;
  asks::SshSignOn out{asks::SshVerdict::granted, {}, sign(user, session, from.method, number), session.access_expires};
  connections_.bind(number, user.id, session.id);  // last: until here nobody is signed on
  std::string keys;
  for (const SshSigner& signer : progress.signers) keys += cat(keys.empty() ? "" : " ", signer.described);
  log(Level::info, "signed_on",
      {{"user_name", user.user_name}, {"method", name_of(last)}, {"key", keys}, {"connection", cat(number)}});
  return out;
}

Result<asks::Renew::Reply> Answers::renew(ConnectionNumber number) {
  const Connection& from = connection(number);
  const auto ended = [] { return fail(Errc::unauthenticated, std::string{refusal_text}); };
  if (from.principal.empty() || from.sessions.empty()) return ended();
  const std::optional<User> user = TRY(identity_.user_by_id(from.principal));
  if (!user || TRY(is_over(*user, from, Moment::session))) return ended();
  Session session;
  session.id = from.sessions.front();
  session.access_expires = clock_.unix_ms() + access_life_ms_;
  return asks::Renew::Reply{sign(*user, session, from.method, number), session.access_expires};
}

}  // namespace bulkhead::warden
