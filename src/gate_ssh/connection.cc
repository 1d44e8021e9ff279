#include "gate_ssh/connection.h"

#include <algorithm>

#include "base/log.h"
#include "ipc/ssh_signing_asks.h"

namespace bulkhead::gate_ssh {
namespace {

constexpr MonotonicMs linger_ms = 2'000;  // for the last words
constexpr int settle_ms = 10'000;         // for the porter to store what it was given
constexpr MonotonicMs wait_limit_ms = 60'000;
constexpr std::size_t agent_size_max = 255;

std::string agent_text(std::string_view client_version) {
  std::string text;
  for (const char letter : client_version.substr(0, agent_size_max)) {
    if (letter >= ' ' && letter <= '~') text += letter;
  }
  return text;
}

MonotonicMs seconds(std::uint32_t count) {
  return MonotonicMs{count} * 1'000;
}

ssh::TransportLimits limits_of(const asks::SshGateSettings& settings) {
  return {.rekey_bytes = std::uint64_t{settings.rekey_mib} << 20U, .rekey_ms = seconds(settings.rekey_s)};
}

}  // namespace

Connection::Connection(Made made)
    : made_{std::move(made)},
      transport_{made_.host_keys, made_.first_cookie, limits_of(made_.settings)},
      wire_{transport_},
      login_{made_.siblings, made_.settings.sign_on_attempts},
      active_ms_{monotonic_now_ms()},
      took_ms_{active_ms_} {}

void Connection::run() {
  const Result<void> served = serve();
  ENSURE(!served.ok());
  log(Level::info, "connection_ended", {{"why", served.error().message()}, {"agent", agent_}});
  linger();
  made_.link.finish();
  if (session_) session_->end(settle_ms);
}

Result<void> Connection::serve() {
  for (;;) {
    const MonotonicMs now = monotonic_now_ms();
    TRY(check_times(now));
    TRY(turn(now));
    const Link::Interest interest{.input = !session_ || !session_->holds(),
                                  .output = !transport_.output().empty(),
                                  .control = true,
                                  .porter = session_ ? session_->porter_fd() : -1};
    const Link::Ready ready = made_.link.wait(interest, wait_max(now));
    if (ready.control) return end(Disconnect::by_application, fail(Errc::expired, "the server is stopping"));
    if (ready.porter) {
      active_ms_ = monotonic_now_ms();
      TRY(session_->take_answers());
    }
    if (ready.input) TRY(read_input(monotonic_now_ms()));
  }
}

// Everything that can be done without waiting.
Result<void> Connection::turn(MonotonicMs now) {
  if (transport_.output().empty()) took_ms_ = now;
  std::size_t written = 0;
  do {
    TRY(take_messages());
    if (session_) session_->proceed();
    TRY(wire_.flush());
    written = TRY(write_output(now));
  } while (written > 0);
  return {};
}

Result<void> Connection::take_messages() {
  for (;;) {
    if (session_ && session_->holds()) {
      session_->proceed();
      if (session_->holds()) return {};
    }
    Result<ssh::Event> event = transport_.next();
    if (!event.ok()) {
      disconnected_ = true;  // the transport has said it
      return std::move(event).error();
    }
    if (std::holds_alternative<ssh::NeedInput>(*event)) return {};
    if (auto* asked = std::get_if<ssh::NeedSignature>(&*event)) {
      TRY(sign(std::move(*asked)));
    } else {
      TRY(take_message(std::get<ssh::Message>(*event).payload));
      TRY(wire_.flush());
    }
  }
}

Result<void> Connection::take_message(ByteView payload) {
  if (!session_) return take_login_message(payload);
  const Result<void> taken = session_->take(payload);
  return taken.ok() ? taken : end(Disconnect::protocol_error, taken.error());
}

Result<void> Connection::take_login_message(ByteView payload) {
  Result<Login::Answer> answer = login_.answer(payload);
  if (!answer.ok()) return end(login_.reason(), answer.error());
  wire_.send(std::move(answer->message));
  transport_.enter(answer->state);
  if (answer->granted) start_session();
  return {};
}

Result<void> Connection::sign(ssh::NeedSignature asked) {
  if (asked.first) agent_ = agent_text(asked.client_version);
  const Result<asks::SignExchange::Reply> answered = made_.siblings.signet.ask(
      asks::SignExchange{std::move(asked.client_version), std::move(asked.client_kexinit),
                         std::move(asked.server_kexinit), std::move(asked.method), std::move(asked.host_key_algorithm),
                         std::move(asked.client_share), std::move(asked.server_share), std::move(asked.shared_secret)});
  if (!answered.ok()) return end(Disconnect::by_application, answered.error());
  TRY(transport_.signed_exchange(answered->signature, answered->exchange_hash));
  if (!asked.first) return {};
  const Result<void> opened = login_.open(answered->statement);
  return opened.ok() ? opened : end(Disconnect::by_application, opened.error());
}

void Connection::start_session() {
  session_.emplace(wire_,
                   Session::Made{.siblings = made_.siblings,
                                 .ring = made_.ring,
                                 .host_keys = made_.host_keys,
                                 .rsa_sha512 = transport_.agreed().host_key != "rsa-sha2-256",
                                 .user_name = login_.user_name(),
                                 .agent = agent_,
                                 .capability = login_.capability(),
                                 .expires_ms = login_.expires_ms()},
                   made_.start, unix_now_ms());
}

Result<void> Connection::read_input(MonotonicMs now) {
  const MutableByteView space = transport_.received_space();
  if (space.empty()) return {};
  const std::size_t count = TRY(made_.link.read(space));
  if (count == 0) return {};
  transport_.received(count, now);
  active_ms_ = now;
  return {};
}

Result<std::size_t> Connection::write_output(MonotonicMs now) {
  if (transport_.output().empty()) return std::size_t{0};
  const std::size_t count = TRY(made_.link.write(transport_.output()));
  if (count > 0) {
    transport_.sent(count);
    active_ms_ = took_ms_ = now;
  }
  return count;
}

Result<void> Connection::check_times(MonotonicMs now) {
  if (!session_) return {};  // hull watches how long a sign-on takes
  if (!transport_.output().empty() && now - took_ms_ >= seconds(made_.settings.stall_timeout_s)) {
    return fail(Errc::io, "the peer takes nothing");
  }
  if (now - active_ms_ >= seconds(made_.settings.idle_timeout_s)) {
    return end(Disconnect::by_application, fail(Errc::expired, "idle for too long"));
  }
  const UnixMs time = unix_now_ms();
  if (time < session_->renew_at()) return {};
  const Result<void> renewed = session_->renew(time);
  return renewed.ok() ? renewed : end(Disconnect::by_application, renewed.error());
}

// Coarse: what is due is seen at the next look.
MonotonicMs Connection::wait_max(MonotonicMs now) const {
  if (!session_) return wait_limit_ms;
  MonotonicMs due = active_ms_ + seconds(made_.settings.idle_timeout_s);
  if (!transport_.output().empty()) due = std::min(due, took_ms_ + seconds(made_.settings.stall_timeout_s));
  return std::clamp<MonotonicMs>(std::min(due - now, session_->renew_at() - unix_now_ms()), 1'000, wait_limit_ms);
}

// What a sibling said is not for the peer.
Error Connection::end(Disconnect reason, const Error& why) {
  const bool ours = why.kind() == Errc::io || (reason == Disconnect::by_application && why.kind() != Errc::expired);
  transport_.disconnect(static_cast<std::uint32_t>(reason), ours ? "the server cannot go on" : why.message());
  disconnected_ = true;
  return why;
}

void Connection::linger() {
  if (!disconnected_) return;  // the socket is of no use any more
  const MonotonicMs until = monotonic_now_ms() + linger_ms;
  for (;;) {
    const MonotonicMs now = monotonic_now_ms();
    if (transport_.output().empty() || now >= until) return;
    const Result<std::size_t> written = write_output(now);
    if (!written.ok()) return;
    if (*written == 0) made_.link.wait({.output = true}, until - now);
  }
}

}  // namespace bulkhead::gate_ssh
