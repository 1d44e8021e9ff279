#pragma once
// A client for tests and fuzz targets: the peer of Transport out of the same parts with the roles swapped, that can
// also be told to do what no client does. The signer is a double too: it "signs" by computing the exchange hash.
#include <functional>

#include "core/kem/ml_kem.h"
#include "core/kem/sntrup761.h"
#include "proto/ssh/transport.h"
#include "proto/ssh/wire.h"

namespace bulkhead::ssh {

inline Bytes test_host_key(std::string_view type = "ssh-ed25519") {
  return Writer{}.string(as_bytes(type)).string(Bytes(32, 7)).take();
}

// What a client puts into its KEXINIT; by default one of each.
struct Offer {
  std::vector<std::string> exchanges{"curve25519-sha256", std::string{strict_client}, std::string{ext_info_client}};
  std::vector<std::string> host_keys{"ssh-ed25519"};
  std::vector<std::string> ciphers{"aes256-gcm@openssh.com"};
  std::vector<std::string> macs{"hmac-sha2-256-etm@openssh.com"};
  bool first_packet_follows = false;

  Bytes print() const {
    Writer writer;
    writer.u8(number::kexinit).bytes(Bytes(kex_cookie_size, 9));
    for (const auto* list : {&exchanges, &host_keys, &ciphers, &ciphers, &macs, &macs})
      writer.string(as_bytes(join_names(*list)));
    for (std::string_view list : {"none", "none", "", ""}) writer.string(as_bytes(list));
    return writer.u8(first_packet_follows ? 1 : 0).u32(0).take();
  }
};

// The client's ephemeral secrets.
class ClientShare {
 public:
  explicit ClientShare(const ExchangeRow& row)
      : row_{row}, key_{crypt::EphemeralKey::generate(curve_of(row.exchange)).value()} {
    if (row.exchange == Exchange::mlkem768x25519) {
      auto pair = kem::ml_kem_768::generate();
      share_ = to_bytes(ByteView{pair.public_key});
      kem_secret_ = std::move(pair.secret_key);
    } else if (row.exchange == Exchange::sntrup761x25519) {
      auto pair = kem::sntrup761::generate();
      share_ = to_bytes(ByteView{pair.public_key});
      kem_secret_ = std::move(pair.secret_key);
    }
    share_.insert(share_.end(), key_.public_share().begin(), key_.public_share().end());
  }
  const Bytes& share() const { return share_; }
  // K as it is hashed.
  Secret agree(ByteView server_share) const {
    const std::size_t point_size = crypt::share_size(curve_of(row_.exchange));
    const Secret classical = key_.agree(server_share.last(point_size)).value();
    if (kem_secret_.empty()) return encode_shared_secret(row_, classical.view());
    const ByteView ciphertext = server_share.first(server_share.size() - point_size);
    const Secret post_quantum = row_.exchange == Exchange::mlkem768x25519
                                    ? kem::ml_kem_768::decapsulate(kem_secret_.view(), ciphertext).value()
                                    : kem::sntrup761::decapsulate(kem_secret_.view(), ciphertext).value();
    return encode_shared_secret(row_, combine_secrets(row_, post_quantum.view(), classical.view()).value().view());
  }

 private:
  const ExchangeRow& row_;
  crypt::EphemeralKey key_;
  Bytes share_;
  Secret kem_secret_;
};

// A server and its client in one, joined by memory. Messages of the server that are not of a key exchange are
// collected, and so are the Messages that the server gives to its layer above.
class Pair {
 public:
  explicit Pair(Offer client_offer = {}, TransportLimits limits = {})
      : offer{std::move(client_offer)}, server{{test_host_key()}, Bytes(kex_cookie_size, 5), limits} {}

  // ---- what a client does
  void send_version(std::string_view line = "SSH-2.0-Double_1.0\r\n") {
    put_raw(as_bytes(line));
    version = std::string{line.substr(0, line.find_first_of("\r\n"))};
  }
  void put_raw(ByteView bytes) {
    copy_to(writer.output().space(bytes.size()), bytes);
    writer.output().commit(bytes.size());
  }
  void send(ByteView payload) { writer.write({&payload, 1}).value(); }
  void send(std::uint8_t message) { send(Bytes{message}); }
  void send_kexinit() {
    kexinit = offer.print();
    send(kexinit);
  }
  void send_share() {
    share.emplace(*find_exchange(agreed.exchange->name));
    send(Writer{}.u8(number::kex_ecdh_init).string(share->share()).take());
  }
  void request_service() { send(Writer{}.u8(number::service_request).string(as_bytes("ssh-userauth")).take()); }

  // ---- what joins them
  // Everything that the client has put out goes to the server, in pieces of `step` bytes, and the server runs. False
  // when the server gave an Error: then `error` is it.
  bool to_server(std::size_t step = SIZE_MAX) {
    while (writer.output().size() > 0) {
      MutableByteView space = server.received_space();
      const std::size_t count = std::min({step, space.size(), writer.output().size()});
      copy_to(space, writer.output().view().first(count));
      writer.output().consume(count);
      server.received(count, now);
      if (!run_server()) return false;
    }
    return run_server();
  }
  bool run_server() {
    for (;;) {
      Result<Event> event = server.next();
      if (!event.ok()) {
        error = std::move(event).error();
        return false;
      }
      if (std::holds_alternative<NeedInput>(*event)) return true;
      if (auto* message = std::get_if<Message>(&*event)) delivered.push_back(to_bytes(message->payload));
      if (auto* need = std::get_if<NeedSignature>(&*event)) {
        const Bytes host_key = test_host_key();
        const ExchangeParts parts{
            need->client_version, server_version,     need->client_kexinit,      need->server_kexinit, host_key,
            need->client_share,   need->server_share, need->shared_secret.view()};
        const Bytes hash = exchange_hash(find_exchange(need->method)->hash, parts);
        Result<void> done = server.signed_exchange(hash, hash);
        if (!done.ok()) {
          error = std::move(done).error();
          return false;
        }
        ++exchanges_done;
      }
    }
  }
  // Everything that the server has put out is taken by the client, which answers key exchanges by itself.
  void to_client() {
    const ByteView out = server.output();
    copy_to(reader.input().space(out.size()), out);
    reader.input().commit(out.size());
    server.sent(out.size());
    if (!identified) {
      const std::string_view text = as_text(reader.input().view());
      const std::size_t end = text.find('\n');
      ENSURE(text.substr(0, end + 1) == "SSH-2.0-Bulkhead\r\n");
      reader.input().consume(end + 1);
      identified = true;
    }
    while (auto payload = reader.read(packet_size_max).value()) take(to_bytes(*payload));
  }
  // The whole first exchange, up to the state `service`.
  bool handshake() {
    send_version();
    send_kexinit();
    to_client();  // the server's KEXINIT
    if (!agreed_ok) return to_server();
    send_share();
    if (!to_server()) return false;
    to_client();
    return to_server();
  }
  // And past sign-on.
  bool connect() {
    if (!handshake()) return false;
    request_service();
    if (!to_server()) return false;
    to_client();
    server.enter(State::connected);
    return true;
  }

  Offer offer;
  Transport server;
  PacketReader reader;
  PacketWriter writer;
  std::string version;
  Bytes kexinit, server_kexinit, session_id;
  Agreed agreed;
  bool agreed_ok = false;
  bool identified = false;
  bool strict = false;
  bool follow = true;  // answer a server's KEXINIT and share
  std::optional<ClientShare> share;
  MonotonicMs now = 1;
  int exchanges_done = 0;
  std::vector<Bytes> delivered;  // by the server, upward
  std::vector<Bytes> got;        // by the client
  std::optional<Error> error;

 private:
  void take(const Bytes& payload) {
    if (payload.front() == number::kexinit) return take_kexinit(payload);
    if (payload.front() == number::kex_ecdh_reply && follow) return take_reply(payload);
    if (payload.front() == number::newkeys && follow) {
      reader.use(std::move(*cipher_in_), strict);
      return;
    }
    got.push_back(payload);
  }
  void take_kexinit(const Bytes& payload) {
    server_kexinit = payload;
    if (!follow) return;
    const bool rekey = !session_id.empty();
    if (rekey && !offered) send_kexinit();
    offered = false;
    Result<Agreed> made =
        negotiate(parse_kexinit(kexinit.empty() ? offer.print() : kexinit).value(), parse_kexinit(payload).value());
    agreed_ok = made.ok();
    if (!agreed_ok) return;
    agreed = *made;
    if (!rekey) strict = agreed.strict;
    if (rekey) send_share();
  }
  void take_reply(const Bytes& payload) {
    Reader in{ByteView{payload}.subspan(1)};
    const ByteView host_key = in.string(4096);
    const ByteView server_share = in.string(4096);
    const ByteView signature = in.string(4096);
    in.done("reply").value();
    const Secret secret = share->agree(server_share);
    const ExchangeParts parts{version,  server_version, kexinit,      server_kexinit,
                              host_key, share->share(), server_share, secret.view()};
    const Bytes hash = exchange_hash(agreed.exchange->hash, parts);
    ENSURE(equal_constant_time(hash, signature));
    if (session_id.empty()) session_id = hash;
    const KeySource source{agreed.exchange->hash, secret.view(), hash, session_id};
    cipher_in_ = derive_cipher(source, *agreed.cipher_out, agreed.mac_out, false, crypt::Direction::open).value();
    PacketCipher out = derive_cipher(source, *agreed.cipher_in, agreed.mac_in, true, crypt::Direction::seal).value();
    send(number::newkeys);
    writer.use(std::move(out), strict);
  }

  std::optional<PacketCipher> cipher_in_;

 public:
  bool offered = false;  // the client began a rekey
  void begin_rekey() {
    send_kexinit();
    offered = true;
  }
};

}  // namespace bulkhead::ssh
