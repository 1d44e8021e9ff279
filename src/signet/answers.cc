#include "signet/answers.h"

#include <algorithm>

#include "ipc/signing_asks.h"
#include "signet/handshake_form.h"

namespace bulkhead::signet {

Answers::Answers(Identity identity) {
  identities_.emplace(1, std::move(identity));
}

void Answers::serve(ipc::Service& service, Fd channel, std::uint64_t connection) {
  service.serve(
      std::move(channel), asks::signing_asks, connection, [this](ipc::Call& call) { answer(call); },
      [this](ipc::PeerId peer) {
        told_.erase(peer);
        forget_unused();
      });
}

void Answers::replace(Identity identity) {
  const auto current = std::prev(identities_.end());
  if (current->second.chain() == identity.chain()) return;  // the same leaf, so the same key
  identities_.emplace(current->first + 1, std::move(identity));
  forget_unused();
  if (identities_.size() > generations_max) identities_.erase(identities_.begin());
}

void Answers::forget_unused() {
  const std::uint64_t current = std::prev(identities_.end())->first;
  std::erase_if(identities_, [&](const auto& identity) {
    return identity.first != current &&
           std::ranges::none_of(told_, [&](const auto& told) { return told.second == identity.first; });
  });
}

void Answers::answer(ipc::Call& call) {
  if (call.frame.number == asks::SignHandshake::number) return sign(call);
  ENSURE(call.frame.number == asks::Certificate::number);
  ipc::answer_now<asks::Certificate>(call, [&](asks::Certificate&) -> Result<asks::Certificate::Reply> {
    const auto current = std::prev(identities_.end());
    told_[call.ticket.peer] = current->first;
    return asks::Certificate::Reply{current->second.chain()};
  });
}

void Answers::sign(ipc::Call& call) {
  const Result<asks::SignHandshake> ask = ipc::decode<asks::SignHandshake>(call.frame.body, "sign_handshake");
  if (!ask.ok()) return call.service.end(call.ticket.peer, ask.error().message());
  const auto told = told_.find(call.ticket.peer);
  if (told == told_.end()) return call.service.end(call.ticket.peer, "a signature before the certificate");
  if (const auto form = handshake_form(ask->content); !form.ok()) {
    return call.service.end(call.ticket.peer, form.error().message());
  }
  const auto identity = identities_.find(told->second);
  if (identity == identities_.end()) {
    return call.service.refuse(call.ticket, fail(Errc::expired, "the certificate was replaced several times since"));
  }
  Result<Bytes> signature = identity->second.sign(ask->content);
  if (!signature.ok()) return call.service.refuse(call.ticket, signature.error());
  ++signatures_;
  call.service.answer<asks::SignHandshake::Reply>(call.ticket, asks::SignHandshake::Reply{std::move(*signature)});
}

}  // namespace bulkhead::signet
