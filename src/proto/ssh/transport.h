#pragma once
// The server side of one SSH transport (RFC 4253) with strict key exchange (OpenSSH PROTOCOL section 1.10), extension
// negotiation (RFC 8308) and ping. Pure: bytes in, events and bytes out; the caller owns socket, clock and signer.
//
//   feed:   received_space() / received(n)      bytes of the peer
//   run:    next() until NeedInput or NeedSignature
//   send:   send(payload) while may_send()      whole messages; long data as pieces, encrypted straight from where they
//   are drain:  output() / sent(n)
//
// After an Error of next() the transport is done: a SSH_MSG_DISCONNECT may be in output(), nothing more is accepted.
// Only transport messages are handled here; everything else is a Message for the layer above, once the state admits it:
// states.h is asked before a message is looked into.
#include <optional>
#include <span>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"
#include "proto/ssh/algorithms.h"
#include "proto/ssh/kex.h"
#include "proto/ssh/packet.h"
#include "proto/ssh/states.h"

namespace bulkhead::ssh {

inline constexpr std::size_t message_size_max = packet_size_max - 512;  // payload that send() takes
// Answers of the transport itself (PONG, UNIMPLEMENTED, rekeys) that the peer leaves unread: bytes. More ends the
// connection.
inline constexpr std::size_t unread_answers_max = 512 * 1024;

// SSH_MSG_DISCONNECT reason codes, RFC 4250 section 4.2.2.
namespace reason {
inline constexpr std::uint32_t protocol_error = 2, key_exchange_failed = 3, mac_error = 5, service_not_available = 7,
                               by_application = 11;
}  // namespace reason

// Nothing more to do with what was received; also while a signature is awaited.
struct NeedInput {};
// Ask signet (ipc/ssh_signing_asks.h SignExchange), then call signed_exchange().
struct NeedSignature {
  std::string client_version;
  Bytes client_kexinit;
  Bytes server_kexinit;
  std::string method;
  std::string host_key_algorithm;
  Bytes client_share;
  Bytes server_share;
  Secret shared_secret;
  bool first = false;
};
// A message for the layer above: payload with its number; the view is good until the next call of next() or
// received_space().
struct Message {
  ByteView payload;
};
using Event = std::variant<NeedInput, NeedSignature, Message>;

struct TransportLimits {
  std::uint64_t rekey_bytes = std::uint64_t{4} << 30U;  // each way; chacha20 and CTR count the same
  MonotonicMs rekey_ms = MonotonicMs{3'600} * 1'000;
};

class Transport {
 public:
  // `host_keys`: blobs, in the order of host_key_algorithms. `first_cookie`: kex_cookie_size bytes of the signer's, for
  // our first KEXINIT. It and the identification are in output() at once.
  Transport(std::vector<Bytes> host_keys, Bytes first_cookie, TransportLimits limits);

  // At least 64 KiB to read into; empty while a megabyte waits for next().
  MutableByteView received_space();
  void received(std::size_t count, MonotonicMs now);
  // An Error ends the connection. Errc::expired: the peer said SSH_MSG_DISCONNECT (the message has its words); corrupt:
  // a wrong tag; unsupported: nothing was agreed; io: libcrypto failed; exhausted: a limit; invalid, too_large: the
  // peer broke a rule.
  Result<Event> next();

  // The answer to NeedSignature. `exchange_hash` is the one signet computed. An Error is as one of next().
  Result<void> signed_exchange(ByteView signature, ByteView exchange_hash);

  // The layer above tells what it admits from now on: auth, dialogue, connected.
  void enter(State state);
  // A rekey does not change it.
  State state() const { return state_; }

  // No key exchange is under way that forbids messages of the layer above (RFC 4253 section 7.1), and nothing has
  // failed. It turns false in next(), disconnect() and when send() fails, never otherwise.
  bool may_send() const;
  // One message, encrypted straight from the pieces, which together have at most message_size_max bytes. When libcrypto
  // fails nothing is put out, and next() tells. Dropped once closing.
  void send(std::span<const ByteView> pieces);
  void send(ByteView payload);
  // The last message; what comes in afterwards is dropped.
  void disconnect(std::uint32_t reason, std::string_view description);

  // Bytes for the peer, oldest first.
  ByteView output() const { return writer_.output().view(); }
  void sent(std::size_t count);

  ByteView session_id() const { return session_id_; }  // empty before the first exchange
  // Of the exchange that was started last; strict and client_ext_info of the first.
  const Agreed& agreed() const { return agreed_; }
  std::uint32_t last_sequence_in() const { return reader_.sequence(); }  // for SSH_MSG_UNIMPLEMENTED
  bool client_ext_info() const { return agreed_.client_ext_info; }

 private:
  enum class Exchanging : std::uint8_t {
    idle,
    offered,    // our KEXINIT is out; the peer may still send anything
    method,     // both are; waiting for the peer's share
    signature,  // waiting for signed_exchange()
    new_keys,   // ours is out
  };

  Result<Event> step();
  Result<bool> take_version();
  Result<std::optional<Event>> take(ByteView payload);
  Result<std::optional<Event>> take_admitted(ByteView payload);
  Result<void> take_service_request(ByteView payload);
  Result<void> take_ping(ByteView payload);
  static Error take_disconnect(ByteView payload);
  State effective_state() const;
  bool is_first_exchange() const { return state_ < State::service; }

  // transport_exchange.cc
  Result<void> offer_exchange();
  Result<void> check_rekey();
  Result<void> take_kexinit(ByteView payload);
  Result<NeedSignature> take_share(ByteView payload);
  Result<void> take_new_keys(ByteView payload);
  Result<void> finish_exchange(ByteView signature, ByteView exchange_hash);
  const Bytes& host_key_for(std::string_view algorithm) const;

  void put(std::span<const ByteView> pieces);
  // A message of the transport itself: counts for unread_answers_max.
  Result<void> answer(ByteView payload);
  Error end(Error why);

  std::vector<Bytes> host_keys_;
  Bytes first_cookie_;
  TransportLimits limits_;
  PacketReader reader_;
  PacketWriter writer_;
  State state_ = State::version;
  Exchanging exchanging_ = Exchanging::idle;
  std::optional<Error> failure_;  // the last word

  // The exchange under way.
  std::string client_version_;
  Bytes client_kexinit_;
  Bytes server_kexinit_;
  Bytes server_share_;
  Secret shared_secret_;
  Agreed agreed_;
  bool drop_guess_ = false;                // the next packet of the method is a wrong guess
  std::optional<PacketCipher> cipher_in_;  // from the peer's SSH_MSG_NEWKEYS on
  Bytes session_id_;

  MonotonicMs now_ = 0;
  MonotonicMs last_exchange_ms_ = 0;
  std::uint64_t bytes_in_at_offer_ = 0;
  std::vector<Bytes> held_pongs_;  // our SSH_MSG_KEXINIT forbids them for now
  std::size_t unread_answers_ = 0;
  std::uint64_t taken_out_ = 0;    // bytes that sent() took away
  std::uint64_t answers_end_ = 0;  // where in that count the last answer ends
};

}  // namespace bulkhead::ssh
