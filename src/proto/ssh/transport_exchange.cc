// The key exchange of the transport, the first and every further one (RFC 4253 sections 7 to 9).
#include "base/cat.h"
#include "base/writer.h"
#include "crypt/random.h"
#include "proto/ssh/transport.h"
#include "proto/ssh/wire.h"

namespace bulkhead::ssh {
namespace {

constexpr std::size_t share_size_max = 4'096;
// What a peer may send before it answers our SSH_MSG_KEXINIT: more than any window holds.
constexpr std::uint64_t bytes_after_offer_max = std::uint64_t{1} << 30U;

// The type that a host key's blob says, for a signature algorithm.
std::string_view blob_type(std::string_view algorithm) {
  return algorithm.starts_with("rsa-") ? "ssh-rsa" : algorithm;
}

std::string_view type_of(ByteView blob) {
  Reader reader{blob};
  return as_text(reader.string(name_size_max));
}

// RFC 8308 section 3.1, OpenSSH PROTOCOL sections 1.9 and 1.11.
Bytes ext_info() {
  Writer writer;
  writer.u8(number::ext_info).u32(3);
  writer.string(as_bytes("server-sig-algs")).string(as_bytes(server_signature_algorithms()));
  writer.string(as_bytes("publickey-hostbound@openssh.com")).string(as_bytes("0"));
  writer.string(as_bytes("ping@openssh.com")).string(as_bytes("0"));
  return writer.take();
}

}  // namespace

Result<void> Transport::offer_exchange() {
  std::vector<std::string_view> algorithms;
  for (std::string_view algorithm : host_key_algorithms) {
    for (const Bytes& key : host_keys_) {
      if (type_of(key) == blob_type(algorithm)) algorithms.push_back(algorithm);
    }
  }
  Bytes cookie = first_cookie_;
  if (!is_first_exchange()) crypt::fill_random(cookie);
  server_kexinit_ = print_kexinit(cookie, is_first_exchange(), algorithms);
  exchanging_ = Exchanging::offered;
  bytes_in_at_offer_ = reader_.bytes();
  return answer(server_kexinit_);
}

// Both limits of RFC 4253 section 9, with more bytes: the ciphers here have blocks of 16 bytes or none.
Result<void> Transport::check_rekey() {
  if (state_ != State::connected) return {};
  if (exchanging_ != Exchanging::idle && reader_.bytes() - bytes_in_at_offer_ > bytes_after_offer_max) {
    return fail(Errc::exhausted, "the peer does not finish a rekey");
  }
  if (exchanging_ != Exchanging::idle) return {};
  const bool due = reader_.bytes() >= limits_.rekey_bytes || writer_.bytes() >= limits_.rekey_bytes ||
                   now_ - last_exchange_ms_ >= limits_.rekey_ms;
  return due ? offer_exchange() : Result<void>{};
}

Result<void> Transport::take_kexinit(ByteView payload) {
  const KexInit client = TRY(parse_kexinit(payload));
  if (exchanging_ == Exchanging::idle) TRY(offer_exchange());
  Agreed agreed = TRY(negotiate(client, TRY(parse_kexinit(server_kexinit_))));
  if (is_first_exchange()) {
    // OpenSSH PROTOCOL section 1.10: with strict nothing may have come before.
    if (agreed.strict && reader_.sequence() != 0)
      return fail(Errc::invalid, "KEXINIT is not the first packet of a strict exchange");
    state_ = State::exchanging;
  } else {
    agreed.strict = agreed_.strict;
    agreed.client_ext_info = agreed_.client_ext_info;
  }
  agreed_ = agreed;
  drop_guess_ = agreed.ignore_next;
  client_kexinit_ = to_bytes(payload);
  exchanging_ = Exchanging::method;
  return {};
}

Result<NeedSignature> Transport::take_share(ByteView payload) {
  Reader reader{payload.subspan(1)};
  const ByteView client_share = reader.string(share_size_max);
  TRY(reader.done("KEX_ECDH_INIT"));
  Answer made = TRY(answer_exchange(*agreed_.exchange, client_share));
  server_share_ = std::move(made.share);
  shared_secret_ = std::move(made.shared_secret);
  exchanging_ = Exchanging::signature;
  return NeedSignature{.client_version = client_version_,
                       .client_kexinit = client_kexinit_,
                       .server_kexinit = server_kexinit_,
                       .method = std::string{agreed_.exchange->name},
                       .host_key_algorithm = std::string{agreed_.host_key},
                       .client_share = to_bytes(client_share),
                       .server_share = server_share_,
                       .shared_secret = shared_secret_.clone(),
                       .first = is_first_exchange()};
}

const Bytes& Transport::host_key_for(std::string_view algorithm) const {
  for (const Bytes& key : host_keys_) {
    if (type_of(key) == blob_type(algorithm)) return key;
  }
  die("a host key algorithm was agreed without a key");
}

Result<void> Transport::signed_exchange(ByteView signature, ByteView exchange_hash) {
  if (failure_) return *failure_;
  if (state_ == State::closing) return fail(Errc::expired, "the connection is closing");
  ENSURE(exchanging_ == Exchanging::signature);
  if (Result<void> finished = finish_exchange(signature, exchange_hash); !finished.ok())
    return end(std::move(finished).error());
  return {};
}

Result<void> Transport::finish_exchange(ByteView signature, ByteView exchange_hash) {
  ENSURE(exchange_hash.size() == crypt::hash_size(agreed_.exchange->hash));
  if (is_first_exchange()) session_id_ = to_bytes(exchange_hash);
  // Everything that can fail comes before the first byte that says the exchange is done.
  const KeySource source{agreed_.exchange->hash, shared_secret_.view(), exchange_hash, session_id_};
  PacketCipher out = TRY(derive_cipher(source, *agreed_.cipher_out, agreed_.mac_out, false, crypt::Direction::seal));
  cipher_in_ = TRY(derive_cipher(source, *agreed_.cipher_in, agreed_.mac_in, true, crypt::Direction::open));
  shared_secret_.clear();

  Writer reply;
  reply.u8(number::kex_ecdh_reply).string(host_key_for(agreed_.host_key)).string(server_share_).string(signature);
  TRY(answer(reply.view()));
  TRY(answer(Writer{}.u8(number::newkeys).view()));
  writer_.use(std::move(out), agreed_.strict);
  exchanging_ = Exchanging::new_keys;
  if (is_first_exchange()) {
    state_ = State::new_keys;
    if (agreed_.client_ext_info) TRY(answer(ext_info()));
  }
  for (const Bytes& pong : std::exchange(held_pongs_, {})) TRY(answer(pong));
  return {};
}

Result<void> Transport::take_new_keys(ByteView payload) {
  if (payload.size() != 1) return fail(Errc::invalid, "NEWKEYS: trailing bytes");
  reader_.use(std::move(*cipher_in_), agreed_.strict);
  cipher_in_.reset();
  exchanging_ = Exchanging::idle;
  last_exchange_ms_ = now_;
  if (is_first_exchange()) state_ = State::service;
  return {};
}

}  // namespace bulkhead::ssh
