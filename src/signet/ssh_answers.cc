#include "signet/ssh_answers.h"

#include <algorithm>

#include "base/writer.h"
#include "core/ssh_session/statement.h"
#include "crypt/random.h"
#include "signet/exchange_form.h"

namespace bulkhead::signet {
namespace {

// OpenSSH PROTOCOL section 2.5: what a proof is over begins with this, and so is no exchange hash.
constexpr std::string_view proof_label = "hostkeys-prove-00@openssh.com";

}  // namespace

SshAnswers::SshAnswers(HostKeys keys, Secret statement_seed, std::function<MonotonicMs()> clock)
    : keys_{std::move(keys)}, statement_seed_{std::move(statement_seed)}, clock_{std::move(clock)} {}

asks::SignetHello SshAnswers::hello() const {
  return {crypt::ed25519_public(statement_seed_.view()), keys_.fingerprints()};
}

void SshAnswers::serve(ipc::Service& service, Fd channel, std::uint64_t connection) {
  const ipc::PeerId peer = service.serve(
      std::move(channel), asks::ssh_signing_asks, connection, [this](ipc::Call& call) { answer(call); },
      [this](ipc::PeerId gone) { sessions_.erase(gone); });
  Session& session = sessions_[peer];
  session.refilled = clock_();
  session.cookie.resize(ssh::kex_cookie_size);
  crypt::fill_random(session.cookie);
}

void SshAnswers::answer(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::HostKeys::number:
      return ipc::answer_now<asks::HostKeys>(call, [&](asks::HostKeys&) -> Result<asks::HostKeys::Reply> {
        return asks::HostKeys::Reply{keys_.blobs(), sessions_.at(call.ticket.peer).cookie};
      });
    case asks::SignExchange::number:
      return sign(call);
    default:
      ENSURE(call.frame.number == asks::ProveHostKey::number);
      const Session& session = sessions_.at(call.ticket.peer);
      if (session.id.empty()) return call.service.end(call.ticket.peer, "a proof before the first key exchange");
      return ipc::answer_now<asks::ProveHostKey>(call, [&](asks::ProveHostKey& ask) { return prove(session, ask); });
  }
}

bool SshAnswers::take_turn(Session& session) {
  const MonotonicMs periods = (clock_() - session.refilled) / exchange_period_ms;
  session.refilled += periods * exchange_period_ms;
  session.exchanges_left = static_cast<std::uint32_t>(
      std::min<MonotonicMs>(exchanges_at_once, MonotonicMs{session.exchanges_left} + periods));
  if (session.exchanges_left == 0) return false;
  --session.exchanges_left;
  return true;
}

void SshAnswers::sign(ipc::Call& call) {
  const Result<asks::SignExchange> ask = ipc::decode<asks::SignExchange>(call.frame.body, "sign_exchange");
  wipe(call.frame.body);  // the shared secret was in it
  if (!ask.ok()) return call.service.end(call.ticket.peer, ask.error().message());
  Session& session = sessions_.at(call.ticket.peer);
  if (!take_turn(session)) {
    return call.service.refuse(call.ticket, fail(Errc::exhausted, "too many key exchanges on this connection"));
  }
  const bool first = session.id.empty();
  Result<Exchange> exchange = exchange_form(*ask, first ? session.cookie : Bytes{},
                                            [this](std::string_view algorithm) { return keys_.blob_for(algorithm); });
  if (!exchange.ok()) return call.service.end(call.ticket.peer, exchange.error().message());
  Result<Bytes> signature = keys_.sign(exchange->host_key_algorithm, exchange->hash);
  if (!signature.ok()) return call.service.refuse(call.ticket, signature.error());
  ++signatures_;
  asks::SignExchange::Reply reply{std::move(*signature), std::move(exchange->hash), {}};
  if (first) {
    session.id = reply.exchange_hash;
    reply.statement = ssh_session::sign(
        statement_seed_.view(), {call.connection, session.id, to_bytes(keys_.blob_for(exchange->host_key_algorithm))});
  }
  call.service.answer<asks::SignExchange::Reply>(call.ticket, std::move(reply));
}

Result<asks::ProveHostKey::Reply> SshAnswers::prove(const Session& session, const asks::ProveHostKey& ask) {
  for (const std::string_view algorithm : ssh::host_key_algorithms) {
    if (!std::ranges::equal(keys_.blob_for(algorithm), ask.key)) continue;
    if (algorithm == (ask.rsa_sha512 ? "rsa-sha2-256" : "rsa-sha2-512")) continue;
    const Bytes content = Writer{}.string(as_bytes(proof_label)).string(session.id).string(ask.key).take();
    ++signatures_;
    return asks::ProveHostKey::Reply{TRY(keys_.sign(algorithm, content))};
  }
  return fail(Errc::not_found, "this is no host key of this server");
}

}  // namespace bulkhead::signet
