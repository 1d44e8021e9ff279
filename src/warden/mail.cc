#include "warden/mail.h"

#include <algorithm>

#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "core/mail/message.h"
#include "crypt/random.h"
#include "ipc/control_asks.h"
#include "warden/mail_text.h"

namespace bulkhead::warden {
namespace {

UnixMs pause_after(std::int64_t attempts) {
  const std::int64_t doubled = std::min<std::int64_t>(attempts, 10);
  return std::min(mail_retry_first_ms << doubled, mail_retry_max_ms);
}

std::string message_id() {
  std::array<std::uint8_t, 16> random{};
  crypt::fill_random(random);
  return to_hex(random);
}

bool has_link(MailKind kind) {
  return kind == MailKind::reset || kind == MailKind::invitation;
}

}  // namespace

void Outbound::configure(std::string from, std::string public_url, std::string server) {
  from_ = std::move(from);
  public_url_ = std::move(public_url);
  server_ = std::move(server);
}

void Outbound::want_mailer() {
  if (mailer_ != 0 || wanted_) return;
  service_.notify(hull_, asks::WantMailer{});
  wanted_ = true;
  wanted_since_ = clock_.monotonic_ms();
}

void Outbound::tick() {
  const MonotonicMs now = clock_.monotonic_ms();
  if (wanted_ && now - wanted_since_ >= mailer_wait_max_ms) {
    log(Level::warning, "no_mailer_came");
    wanted_ = false;
  }
  if (mailer_ != 0 && now - mailer_since_ >= mailer_run_max_ms) {
    log(Level::error, "mailer_too_slow");
    service_.end(mailer_);
  }
  if (mailer_ != 0 || wanted_) return;
  const Result<std::optional<Mail>> due = identity_.due_mail(clock_.unix_ms());
  if (!due.ok()) return log(Level::error, "mail_not_read", {{"why", due.error().message()}});
  if (*due) want_mailer();
}

void Outbound::add_mailer(Fd socket) {
  wanted_ = false;
  if (mailer_ != 0) return;  // its channel closes, and it ends
  Result<std::optional<Prepared>> prepared = next();
  if (!prepared.ok()) return log(Level::error, "mail_not_made", {{"why", prepared.error().message()}});
  if (!*prepared) return;
  mailer_ = service_.connect(std::move(socket), [this](ipc::PeerId gone) {
    if (gone == mailer_) mailer_ = 0;
  });
  mailer_since_ = clock_.monotonic_ms();
  service_.ask<asks::SendMail>(
      mailer_, (*prepared)->ask,
      [this, mail = (*prepared)->mail](const Result<asks::SendMail::Reply>& reply) { answered(mail, reply); });
}

// The first that is due and can be made; what cannot be made any more ends here.
Result<std::optional<Outbound::Prepared>> Outbound::next() {
  for (std::size_t tries = 0; tries < 100; ++tries) {
    const UnixMs now = clock_.unix_ms();
    const std::optional<Mail> mail = TRY(identity_.due_mail(now));
    if (!mail) break;
    Wanted ask;
    if (mail->expires > now) {
      ask = TRY(identity_.as_one([&]() -> Result<Wanted> {
        TRY(identity_.note_attempt(mail->id, now + pause_after(mail->attempts)));
        return make(*mail);
      }));
    }
    if (ask) return std::optional<Prepared>{Prepared{*mail, std::move(*ask)}};
    settle(*mail, MailFate::failed,
           {asks::MailOutcome::refused,
            mail->expires > now ? "it was not wanted any more, or has no usable address" : "it was not sent in time"});
  }
  return std::optional<Prepared>{};
}

// Nothing: there is no reason for it any more, or nobody to send it to.
Result<Outbound::Wanted> Outbound::make(const Mail& mail) {
  mail::Message message;
  message.from = TRY(mail::parse_mailbox(from_));
  message.to.address = mail.address;
  message.date = clock_.unix_ms();
  message.id = message_id();
  std::string user_name;
  std::string link;
  if (!mail.user.empty()) {
    const std::optional<User> user = TRY(identity_.user_by_id(mail.user));
    if (!user || !user->active) return Wanted{};
    message.to = {user->full_name, user->email};
    user_name = user->user_name;
    if (has_link(mail.kind)) {
      const std::optional<Secret> token = TRY(new_token(*user));
      if (!token) return Wanted{};
      link = link_text(public_url_, *token);
    }
  }
  if (!mail::is_address(message.to.address)) return Wanted{};
  MailText text = mail_text(mail.kind, user_name, link, std::max<UnixMs>((mail.expires - mail.created) / 60'000, 1));
  message.subject = std::move(text.subject);
  message.text = std::move(text.text);
  Result<std::string> printed = mail::print_message(message);
  if (!printed.ok()) {
    message.to.name.clear();
    printed = TRY(mail::print_message(message));
  }
  return Wanted{asks::SendMail{message.from.address, message.to.address, Secret::copy_of(as_bytes(*printed))}};
}

Result<std::optional<Secret>> Outbound::new_token(const User& user) {
  std::optional<Reset> reset = TRY(identity_.reset_of(user.id));
  if (!reset || reset->state != state_of(user) || reset->expires <= clock_.unix_ms()) return std::optional<Secret>{};
  Secret token = make_token();
  reset->hash = hash_of_token(token);
  TRY(identity_.put_reset(*reset));
  return std::optional<Secret>{std::move(token)};
}

void Outbound::answered(const Mail& mail, const Result<asks::SendMail::Reply>& reply) {
  const ipc::PeerId mailer = std::exchange(mailer_, 0);
  if (mailer != 0) service_.end(mailer);  // one mail: it exits by itself
  const asks::SendMail::Reply lost{asks::MailOutcome::later, "the mailer ended without an answer"};
  const asks::SendMail::Reply& said = reply.ok() ? *reply : lost;
  const bool again = said.outcome == asks::MailOutcome::later && mail.kind != MailKind::test &&
                     clock_.unix_ms() + pause_after(mail.attempts) < mail.expires;
  MailFate fate = MailFate::failed;
  if (said.outcome == asks::MailOutcome::sent)
    fate = MailFate::sent;
  else if (again)
    fate = MailFate::waiting;
  settle(mail, fate, said);
  tick();  // the next one, if it is due
}

void Outbound::settle(const Mail& mail, MailFate fate, const asks::SendMail::Reply& reply) {
  const std::string answer = reply.answer.substr(0, 400);
  const Result<void> stored = identity_.as_one([&] { return identity_.note_fate(mail.id, fate, answer); });
  if (!stored.ok()) log(Level::error, "mail_not_noted", {{"why", stored.error().message()}});
  const bool sent = fate == MailFate::sent;
  log(sent ? Level::info : Level::warning,
      sent                        ? "mail_sent"
      : fate == MailFate::waiting ? "mail_waits"
                                  : "mail_failed",
      {{"mail", cat(mail.id)}, {"answer", answer}});
  if (const auto test = tests_.find(mail.id); test != tests_.end()) {
    service_.answer(test->second, Result<asks::SendMail::Reply>{reply});
    tests_.erase(test);
  }
}

Result<asks::MailState::Reply> Outbound::state() {
  asks::MailState::Reply reply = TRY(identity_.mail_state());
  reply.server = server_;
  return reply;
}

void Outbound::test(const ipc::Call& call) {
  const Result<asks::TestMail> ask = ipc::decode<asks::TestMail>(call.frame.body, "test_mail");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  if (!mail::is_address(ask->address)) {
    return service_.refuse(call.ticket, fail(Errc::invalid, "this is no mail address"));
  }
  Mail mail;
  mail.kind = MailKind::test;
  mail.address = ask->address;
  mail.created = clock_.unix_ms();
  mail.expires = mail.created + test_life_ms;
  mail.next = mail.created;
  const Result<std::int64_t> added = identity_.as_one([&] { return identity_.add_mail(mail); });
  if (!added.ok()) return service_.refuse(call.ticket, added.error());
  tests_.emplace(*added, call.ticket);
  want_mailer();
}

}  // namespace bulkhead::warden
