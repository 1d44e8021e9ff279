#include "proto/ssh/transport.h"

#include "base/cat.h"
#include "base/writer.h"
#include "proto/ssh/wire.h"

namespace bulkhead::ssh {
namespace {

constexpr std::size_t read_size_min = 64 * 1024;
constexpr std::size_t connected_read_size_min = packet_size_max;
constexpr std::size_t input_size_max = 1024 * 1024;
constexpr std::size_t service_name_size_max = 64;
constexpr std::size_t disconnect_text_size_max = 1024;

std::uint32_t reason_of(const Error& why, State state) {
  if (why.kind() == Errc::corrupt) return reason::mac_error;
  if (why.kind() == Errc::unsupported)
    return state == State::service ? reason::service_not_available : reason::key_exchange_failed;
  return reason::protocol_error;
}

}  // namespace

Transport::Transport(std::vector<Bytes> host_keys, Bytes first_cookie, TransportLimits limits)
    : host_keys_{std::move(host_keys)}, first_cookie_{std::move(first_cookie)}, limits_{limits} {
  ENSURE(first_cookie_.size() == kex_cookie_size);
  const std::string line = cat(server_version, "\r\n");
  copy_to(writer_.output().space(line.size()), as_bytes(line));
  writer_.output().commit(line.size());
  if (Result<void> offered = offer_exchange(); !offered.ok()) failure_ = std::move(offered).error();
}

MutableByteView Transport::received_space() {
  if (reader_.input().size() >= input_size_max) return {};
  return reader_.input().space(state_ == State::connected ? connected_read_size_min : read_size_min);
}

void Transport::received(std::size_t count, MonotonicMs now) {
  reader_.input().commit(count);
  now_ = now;
}

Result<Event> Transport::next() {
  if (failure_) return *failure_;
  Result<Event> event = step();
  if (!event.ok()) return end(std::move(event).error());
  return event;
}

Result<Event> Transport::step() {
  if (state_ == State::version && !TRY(take_version())) return Event{NeedInput{}};
  while (exchanging_ != Exchanging::signature) {
    if (state_ == State::closing) {
      reader_.drop_all();
      break;
    }
    // What is read before sign-on may be a password.
    if (state_ != State::connected) reader_.forget();
    TRY(check_rekey());
    const std::optional<MutableByteView> payload =
        TRY(reader_.read(state_ == State::connected ? packet_size_max : early_packet_size_max));
    if (!payload) break;
    std::optional<Event> event = TRY(take(*payload));
    if (failure_) return *failure_;
    if (event) return std::move(*event);
  }
  return Event{NeedInput{}};
}

// RFC 4253 section 4.2. Only a server may send lines before its identification.
Result<bool> Transport::take_version() {
  constexpr std::string_view prefix = "SSH-2.0-";
  const std::string_view text = as_text(reader_.input().view()).substr(0, version_size_max + 2);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    if (text.size() == version_size_max + 2) return fail(Errc::too_large, "identification is longer than 255 bytes");
    return false;
  }
  std::string_view line = text.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  bool good = line.starts_with(prefix) && line.size() > prefix.size() && line.size() <= version_size_max;
  for (char letter : line) good = good && letter >= ' ' && letter < 127;
  if (!good) return fail(Errc::invalid, "not an identification of SSH 2.0");
  client_version_ = std::string{line};
  reader_.input().consume(end + 1);
  state_ = State::exchange;
  return true;
}

State Transport::effective_state() const {
  if (state_ == State::closing || is_first_exchange()) return state_;
  if (exchanging_ == Exchanging::method) return State::rekey_exchanging;
  return exchanging_ == Exchanging::new_keys ? State::rekey_new_keys : state_;
}

Result<std::optional<Event>> Transport::take(ByteView payload) {
  const std::uint8_t message = payload.front();
  const State state = effective_state();
  const Verdict found = state_table.at(static_cast<std::size_t>(state)).at(message);
  if (drop_guess_ && (found == Verdict::guess || message == number::kex_ecdh_init)) {
    drop_guess_ = false;
    return std::optional<Event>{};
  }
  if (found == Verdict::drop) return std::optional<Event>{};
  if (found == Verdict::unimplemented) {
    TRY(answer(Writer{}.u8(number::unimplemented).u32(reader_.sequence()).view()));
    return std::optional<Event>{};
  }
  if (!admits(state, message, is_first_exchange() && agreed_.strict)) {
    return fail(Errc::invalid, cat("message ", message, " is not admitted in state ", static_cast<unsigned>(state)));
  }
  return take_admitted(payload);
}

Result<std::optional<Event>> Transport::take_admitted(ByteView payload) {
  switch (payload.front()) {
    case number::disconnect:
      return take_disconnect(payload);
    case number::ignore:
    case number::unimplemented:
    case number::debug:
      break;
    case number::ext_info:
      // RFC 8308 section 2.4: of a client, only as the first message after its NEWKEYS. Nothing in it concerns us.
      if (reader_.packets() != 1) return fail(Errc::invalid, "EXT_INFO at the wrong time");
      break;
    case number::kexinit:
      TRY(take_kexinit(payload));
      break;
    case number::kex_ecdh_init:
      return std::optional<Event>{TRY(take_share(payload))};
    case number::newkeys:
      TRY(take_new_keys(payload));
      break;
    case number::service_request:
      TRY(take_service_request(payload));
      break;
    case number::ping:
      TRY(take_ping(payload));
      break;
    default:
      return std::optional<Event>{Message{payload}};
  }
  return std::optional<Event>{};
}

Error Transport::take_disconnect(ByteView payload) {
  Reader reader{payload.subspan(1)};
  const std::uint32_t why = reader.u32();
  std::string text = to_text(reader.string(disconnect_text_size_max));
  for (char& letter : text) {
    if (letter < ' ' || letter == 127) letter = '?';
  }
  return fail(Errc::expired, cat("the peer disconnected, reason ", why, ": ", text));
}

// RFC 4253 section 10.
Result<void> Transport::take_service_request(ByteView payload) {
  Reader reader{payload.subspan(1)};
  const ByteView name = reader.string(service_name_size_max);
  TRY(reader.done("SERVICE_REQUEST"));
  if (as_text(name) != "ssh-userauth") return fail(Errc::unsupported, "no such service");
  state_ = State::auth;
  return answer(Writer{}.u8(number::service_accept).string(name).view());
}

// OpenSSH PROTOCOL section 1.11.
Result<void> Transport::take_ping(ByteView payload) {
  Reader reader{payload.subspan(1)};
  const ByteView data = reader.string(packet_size_max);
  TRY(reader.done("PING"));
  Bytes pong = Writer{}.u8(number::pong).string(data).take();
  if (exchanging_ == Exchanging::idle) return answer(pong);
  unread_answers_ += pong.size();
  if (unread_answers_ > unread_answers_max) return fail(Errc::exhausted, "the peer asks more than it reads");
  held_pongs_.push_back(std::move(pong));
  return {};
}

void Transport::enter(State state) {
  ENSURE(state == State::auth || state == State::dialogue || state == State::connected);
  if (state_ != State::closing) state_ = state;
}

bool Transport::may_send() const {
  return !failure_ && state_ >= State::service && state_ != State::closing &&
         (exchanging_ == Exchanging::idle || exchanging_ == Exchanging::new_keys);
}

void Transport::send(std::span<const ByteView> pieces) {
  if (failure_ || state_ == State::closing) return;
  ENSURE(may_send());
  put(pieces);
}

void Transport::send(ByteView payload) {
  send({&payload, 1});
}

void Transport::put(std::span<const ByteView> pieces) {
  if (Result<void> written = writer_.write(pieces); !written.ok()) {
    failure_ = std::move(written).error();
    state_ = State::closing;
  }
}

Result<void> Transport::answer(ByteView payload) {
  const std::size_t before = output().size();
  put({&payload, 1});
  if (failure_) return *failure_;
  unread_answers_ += output().size() - before;
  answers_end_ = taken_out_ + output().size();
  if (unread_answers_ > unread_answers_max) return fail(Errc::exhausted, "the peer asks more than it reads");
  return {};
}

void Transport::sent(std::size_t count) {
  writer_.output().consume(count);
  taken_out_ += count;
  if (taken_out_ >= answers_end_ && held_pongs_.empty()) unread_answers_ = 0;
}

void Transport::disconnect(std::uint32_t reason, std::string_view description) {
  if (failure_ || state_ == State::closing) return;
  const Bytes message = Writer{}.u8(number::disconnect).u32(reason).string(as_bytes(description)).string({}).take();
  const ByteView piece{message};
  put({&piece, 1});
  state_ = State::closing;
}

Error Transport::end(Error why) {
  // After a failure of libcrypto no key is trusted to protect one more packet.
  const bool speak = why.kind() != Errc::expired && why.kind() != Errc::io && state_ != State::version;
  if (speak) disconnect(reason_of(why, state_), "protocol error");
  state_ = State::closing;
  if (!failure_) failure_ = why;
  return why;
}

}  // namespace bulkhead::ssh
