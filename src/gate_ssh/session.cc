#include "gate_ssh/session.h"

#include <algorithm>

#include "ipc/ssh_signing_asks.h"

namespace bulkhead::gate_ssh {

Session::Session(Wire& wire, Made made, Channel::Start start, UnixMs now)
    : wire_{wire},
      made_{std::move(made)},
      catalog_{made_.siblings.keeper},
      porter_{made_.siblings.porter, made_.ring, made_.capability},
      services_{catalog_, porter_, made_.user_name, made_.agent},
      start_{start} {
  expire_at(made_.expires_ms, now);
  wire_.send(ssh::print_host_keys(made_.host_keys));
}

Result<void> Session::take(ByteView payload) {
  const ssh::ConnectionMessage message = TRY(ssh::parse_connection(payload));
  if (const auto* request = std::get_if<ssh::GlobalRequest>(&message)) return on_global(*request);
  if (const auto* open = std::get_if<ssh::ChannelOpen>(&message)) {
    on_open(*open);
    return {};
  }
  // Answers to requests that wanted none: some clients send them.
  if (std::holds_alternative<ssh::RequestSuccess>(message) || std::holds_alternative<ssh::RequestFailure>(message))
    return {};
  return on_channel(message);
}

Result<void> Session::on_global(const ssh::GlobalRequest& request) {
  if (!request.want_reply) return {};
  if (request.name != ssh::host_keys_prove_name) {
    wire_.send(ssh::print_connection(ssh::RequestFailure{}));
    return {};
  }
  const Result<std::vector<Bytes>> signatures = prove(request.rest);
  if (!signatures.ok() && signatures.error().kind() == Errc::io) return signatures.error();
  wire_.send(signatures.ok() ? ssh::print_host_keys_proved(*signatures) : ssh::print_connection(ssh::RequestFailure{}));
  return {};
}

Result<std::vector<Bytes>> Session::prove(ByteView rest) {
  const std::vector<ByteView> keys = TRY(ssh::parse_host_keys_prove(rest));
  std::vector<Bytes> signatures;
  for (const ByteView key : keys) {
    const Bytes asked = to_bytes(key);
    if (std::find(made_.host_keys.begin(), made_.host_keys.end(), asked) == made_.host_keys.end()) {
      return fail(Errc::not_found, "not a host key of this server");
    }
    if (++proofs_ > proofs_max) return fail(Errc::exhausted, "too many proofs");
    signatures.push_back(TRY(made_.siblings.signet.ask(asks::ProveHostKey{asked, made_.rsa_sha512})).signature);
  }
  return signatures;
}

void Session::on_open(const ssh::ChannelOpen& open) {
  const auto refuse = [&](ssh::OpenRefusal reason, std::string_view why) {
    wire_.send(ssh::print_open_failure(open.sender, reason, why));
  };
  if (open.type.starts_with("direct-")) {
    return refuse(ssh::OpenRefusal::administratively_prohibited, "no forwarding here");
  }
  if (open.type != "session") return refuse(ssh::OpenRefusal::unknown_channel_type, "no such channel type here");
  const auto free = std::find(channels_.begin(), channels_.end(), nullptr);
  if (free == channels_.end()) return refuse(ssh::OpenRefusal::resource_shortage, "two session channels at a time");
  if (open.packet_max < peer_data_size_min) return refuse(ssh::OpenRefusal::resource_shortage, "packets are too small");
  *free = std::make_unique<Channel>(wire_, services_, start_, next_number_++, open);
}

Result<std::unique_ptr<Channel>*> Session::channel(std::uint32_t number) {
  for (std::unique_ptr<Channel>& channel : channels_) {
    if (channel && channel->number() == number) return &channel;
  }
  return fail(Errc::invalid, "a message for a channel that is not open");
}

Result<void> Session::on_channel(const ssh::ConnectionMessage& message) {
  if (const auto* data = std::get_if<ssh::ChannelData>(&message)) {
    return (*TRY(channel(data->recipient)))->on_data(data->data);
  }
  if (const auto* adjust = std::get_if<ssh::ChannelWindowAdjust>(&message)) {
    return (*TRY(channel(adjust->recipient)))->on_adjust(adjust->count);
  }
  if (const auto* request = std::get_if<ssh::ChannelRequest>(&message)) {
    return (*TRY(channel(request->recipient)))->on_request(*request);
  }
  if (const auto* eof = std::get_if<ssh::ChannelEof>(&message)) return (*TRY(channel(eof->recipient)))->on_eof();
  if (const auto* close = std::get_if<ssh::ChannelClose>(&message)) {
    std::unique_ptr<Channel>& closed = *TRY(channel(close->recipient));
    closed->on_close();
    closed.reset();
    return {};
  }
  // Extended data goes from server to client only here, and this server opens no channel and asks nothing of one.
  return fail(Errc::invalid, "a message that nobody waits for");
}

void Session::proceed() {
  for (const std::unique_ptr<Channel>& channel : channels_) {
    if (channel) channel->proceed();
  }
}

bool Session::holds() {
  bool held = false;
  for (const std::unique_ptr<Channel>& channel : channels_) {
    if (!channel || !channel->holds()) continue;
    if (channel->waits_for_peer()) channel->copy_held();
    held = held || channel->holds();
  }
  return held;
}

Result<void> Session::take_answers() {
  if (!porter_.on_readable()) return fail(Errc::io, "the porter is gone");
  return {};
}

Result<void> Session::renew(UnixMs now) {
  asks::Renew::Reply renewed = TRY(made_.siblings.warden.ask(asks::Renew{}));
  TRY(made_.siblings.keeper.ask(asks::Adopt{renewed.capability}));
  porter_.renew(std::move(renewed.capability));
  expire_at(renewed.expires_ms, now);
  return {};
}

void Session::expire_at(UnixMs expires_ms, UnixMs now) {
  const UnixMs life = std::max<UnixMs>(expires_ms - now, 0);
  renew_at_ = expires_ms - std::min(renewal_margin_ms, life / 2);
}

void Session::end(int timeout_ms) {
  channels_ = {};
  porter_.settle(timeout_ms);
}

}  // namespace bulkhead::gate_ssh
