#include "warden/answers.h"

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "crypt/ed25519.h"
#include "warden/token_scopes.h"

namespace bulkhead::warden {
namespace {

constexpr UnixMs cleaning_period_ms = 60'000;

template <class Notice>
Notice decoded(const ipc::Call& call) {
  Result<Notice> notice = ipc::decode<Notice>(call.frame.body, "notice");
  if (!notice.ok()) die(cat("hull: ", notice.error().message()));
  return std::move(*notice);
}

}  // namespace

Error outward_error(const Error& error) {
  switch (error.kind()) {
    case Errc::invalid:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::too_large:
    case Errc::exhausted:
    case Errc::unauthenticated:
    case Errc::other_principal:
      return error;
    case Errc::denied:
    case Errc::storage_full:
    case Errc::io:
    case Errc::corrupt:
    case Errc::expired:
    case Errc::unsupported:
    case Errc::over_quota:
    case Errc::held:
      break;
  }
  if (error.kind() == Errc::denied && error.message() == forbidden_text) return error;
  log(Level::error, "ask_failed", {{"why", error.message()}, {"line", cat(error.where().line())}});
  return Error{error.kind(), "not possible at this moment: try again later", error.where()};
}

Answers::Answers(ipc::Service& service, Identity identity, Secret seed, Fd control, Fd vault, Clock clock)
    : service_{service},
      clock_{clock},
      identity_{std::move(identity)},
      seed_{std::move(seed)},
      hull_{service.serve(
          std::move(control), asks::from_hull, 0, [this](ipc::Call& call) { from_hull(call); },
          [this](ipc::PeerId) { service_.stop(); }, true)},
      vault_{service.connect(std::move(vault),
                             [this](ipc::PeerId) {
                               log(Level::error, "vault_is_gone");
                               service_.stop();  // hull starts both again
                             })},
      derivation_{service, hull_, vault_, clock},
      connections_{service, hull_},
      mail_{service, hull_, identity_, clock} {
  service_.on_commit([this] { return commit(); });
  service_.on_violation([this](ConnectionNumber number, std::string_view what) {
    service_.notify(hull_, asks::Violation{number, std::string{what.substr(0, 256)}});
  });
  service_.on_tick(tick_ms, [this] { tick(); });
}

void Answers::ready(std::uint32_t layers, std::uint32_t landlock_abi) {
  service_.notify(hull_, asks::Ready{layers, landlock_abi, to_bytes(crypt::ed25519_public(seed_.view()))});
  derivation_.tick();  // asks for the first hashers
}

void Answers::from_hull(ipc::Call& call) {
  ENSURE(call.frame.kind == ipc::Kind::notice);
  switch (call.frame.number) {
    case asks::Introduce::number:
      return introduce(decoded<asks::Introduce>(call), std::move(call.frame.descriptors.front()));
    case asks::PeerAddress::number: {
      asks::PeerAddress notice = decoded<asks::PeerAddress>(call);
      if (Connection* const found = connections_.find(notice.connection); found != nullptr) {
        found->address = std::move(notice.address);
      }
      return;
    }
    case asks::WardenSettings::number:
      return set(decoded<asks::WardenSettings>(call));
    case asks::Stop::number:
      return service_.stop();
    default:
      die(cat("hull sent notice ", call.frame.number, ", which is not for the warden"));
  }
}

void Answers::set(const asks::WardenSettings& settings) {
  access_life_ms_ = UnixMs{settings.access_token_life_s} * 1000;
  refresh_life_ms_ = UnixMs{settings.refresh_token_life_s} * 1000;
  ENSURE(access_life_ms_ > 0 && access_life_ms_ <= capability::lifetime_max_ms);
  ENSURE(refresh_life_ms_ >= access_life_ms_);
  session_key_ = settings.session_key;
  throttle_.configure(settings.attempts_max, MonotonicMs{settings.attempts_window_s} * 1000);
  reset_throttle_.configure(settings.attempts_max, MonotonicMs{settings.attempts_window_s} * 1000);
  reset_life_ms_ = UnixMs{settings.reset_link_life_s} * 1000;
  mail_.configure(settings.mail_from, settings.public_url, settings.mail_server);
}

void Answers::introduce(const asks::Introduce& notice, Fd channel) {
  switch (notice.role) {
    case asks::Role::hasher:
      return derivation_.add_hasher(std::move(channel));
    case asks::Role::mailer:
      return mail_.add_mailer(std::move(channel));
    case asks::Role::admin:
      service_.serve(std::move(channel), asks::admin_warden_asks, 0, [this](ipc::Call& call) { from_admin(call); });
      return;
    case asks::Role::porter:
      die("hull introduced a porter, which has nothing to ask here");
    case asks::Role::chronicle:
      service_.serve(std::move(channel), asks::warden_event_asks, 0, [this](ipc::Call& call) { from_chronicle(call); });
      return;
    case asks::Role::gate:
      break;
    case asks::Role::gate_ssh:
      ENSURE(session_key_ != crypt::Ed25519Public{});  // zeros are a point whose signatures anyone can make
      break;
  }
  ENSURE(access_life_ms_ > 0);
  if (connections_.size() >= connections_max) {  // its channel closes: the gate cannot sign anyone on, and ends
    log(Level::error, "too_many_connections", {{"connection", cat(notice.connection)}});
    return;
  }
  const ConnectionNumber number = notice.connection;
  const bool ssh = notice.role == asks::Role::gate_ssh;
  const ipc::PeerId peer = service_.serve(
      std::move(channel), ssh ? ipc::Table{asks::ssh_login_asks} : ipc::Table{asks::login_asks}, number,
      [this, ssh](ipc::Call& call) { ssh ? from_ssh_gate(call) : from_gate(call); },
      [this, number](ipc::PeerId) { connections_.remove(number); });
  connections_.add(number, peer);
}

Connection& Answers::connection(ConnectionNumber number) {
  Connection* const found = connections_.find(number);
  ENSURE(found != nullptr);  // a channel is served only as long as its connection is listed
  return *found;
}

void Answers::from_gate(ipc::Call& call) {
  if (call.frame.kind != ipc::Kind::ask) return service_.end(call.ticket.peer, "a gate sends asks only");
  const ConnectionNumber number = call.connection;
  if (!capability::admits(login_scopes, connection(number).scopes, call.frame.number)) {
    return service_.refuse(call.ticket, fail(Errc::denied, "the scope of this token does not reach that far"));
  }
  switch (call.frame.number) {
    case asks::SignOn::number:
      sign_on(call);
      break;
    case asks::Refresh::number:
      ipc::answer_now<asks::Refresh>(call, [&](auto& ask) { return outward(refresh(number, ask.refresh_token)); });
      break;
    case asks::Bearer::number:
      ipc::answer_now<asks::Bearer>(call, [&](auto& ask) { return outward(bearer(number, ask.access_token)); });
      break;
    case asks::Revoke::number:
      ipc::answer_now<asks::Revoke>(call, [&](auto& ask) { return outward(revoke(number, ask.token)); });
      break;
    case asks::Account::number:
      ipc::answer_now<asks::Account>(call, [&](auto&) { return outward(account(number)); });
      break;
    default:
      from_gate_resets(call);
  }
  wipe(call.frame.body);  // it held a password or a token
}

void Answers::from_admin(ipc::Call& call) {
  if (call.frame.kind != ipc::Kind::ask) return service_.end(call.ticket.peer, "the command line sends asks only");
  switch (call.frame.number) {
    case asks::AddUser::number:
      add_user(call);
      break;
    case asks::ListUsers::number:
      ipc::answer_now<asks::ListUsers>(call, [&](auto& ask) { return outward(list_users(ask)); });
      break;
    case asks::SetUserActive::number:
      ipc::answer_now<asks::SetUserActive>(call, [&](auto& ask) { return outward(set_user_active(ask)); });
      break;
    case asks::SetUserPassword::number:
      set_user_password(call);
      break;
    case asks::DeleteUser::number:
      ipc::answer_now<asks::DeleteUser>(call, [&](auto& ask) { return outward(delete_user(ask)); });
      break;
    case asks::MailState::number:
      ipc::answer_now<asks::MailState>(call, [&](auto&) { return outward(mail_.state()); });
      break;
    case asks::TestMail::number:
      mail_.test(call);
      break;
    default:
      from_admin_keys(call);
  }
  wipe(call.frame.body);
}

Bytes Answers::sign(const User& user, const Session& session, capability::Method method, ConnectionNumber number) {
  capability::Capability capability;
  std::ranges::copy(user.id, capability.principal.begin());
  capability.tenant = user.organisation;
  capability.username = user.user_name;
  capability.role = user.role;
  capability.method = session.acting != 0 ? capability::Method::acting : method;
  capability.scopes = session.scopes;
  capability.connection = number;
  capability.issued = clock_.unix_ms();
  // What begins within the life of an access token may end later: over its connection the session counts, and when that
  // ends, so does the connection. A clock that was set back must not make it live too long.
  capability.expires = std::min(std::max(session.access_expires, session.refresh_expires),
                                capability.issued + capability::lifetime_max_ms);
  capability.session = session.id;
  return capability::sign(seed_.view(), capability);
}

void Answers::tick() {
  derivation_.tick();
  store_pending_resets();
  mail_.tick();
  if (const Result<void> ended = end_lapsed_tokens(); !ended.ok()) {
    log(Level::error, "tokens_not_checked", {{"why", ended.error().message()}});
  }
  const bool cleaning = clock_.unix_ms() >= next_cleaning_;
  refusal_credit_ = std::min(refusal_credit_ + refusals_per_tick, refusal_credit_max);
  const bool refused = !refusals_.empty() || (refusals_left_out_ > 0 && refusal_credit_ > 0);
  if (failures_.empty() && !refused && !cleaning) return;
  const Result<void> stored = identity_.as_one([&]() -> Result<void> {
    for (const auto& [user, failures] : failures_) TRY(identity_.note_failures(user, failures.count, failures.last));
    if (cleaning) TRY(identity_.end_expired_sessions(clock_.unix_ms()));
    if (cleaning) TRY(note_api_tokens());
    if (refused) TRY(store_refusals());
    if (cleaning) TRY(identity_.remove_expired_resets(clock_.unix_ms()));
    if (cleaning) TRY(identity_.remove_old_mails(clock_.unix_ms() - mails_kept_ms));
    return {};
  });
  failures_.clear();
  refusals_.clear();
  if (cleaning) next_cleaning_ = clock_.unix_ms() + cleaning_period_ms;
  if (!stored.ok()) log(Level::error, "tick_not_stored", {{"why", stored.error().message()}});
}

Result<void> Answers::commit() {
  Result<void> committed = identity_.commit();
  if (committed.ok())
    connections_.kept();
  else
    connections_.lost();
  if (!committed.ok()) return outward_error(committed.error());
  return {};
}

}  // namespace bulkhead::warden
