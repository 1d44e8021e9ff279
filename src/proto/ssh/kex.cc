#include "proto/ssh/kex.h"

#include "core/kem/ml_kem.h"
#include "core/kem/sntrup761.h"
#include "crypt/key_hash.h"
#include "proto/ssh/wire.h"

namespace bulkhead::ssh {
namespace {

struct Encapsulated {
  Bytes ciphertext;
  Secret shared;
};

Result<Encapsulated> encapsulate(Exchange exchange, ByteView public_key) {
  if (exchange == Exchange::mlkem768x25519) {
    kem::ml_kem_768::Encapsulated made = TRY(kem::ml_kem_768::encapsulate(public_key));
    return Encapsulated{to_bytes(ByteView{made.ciphertext}), std::move(made.shared)};
  }
  kem::sntrup761::Encapsulated made = TRY(kem::sntrup761::encapsulate(public_key));
  return Encapsulated{to_bytes(ByteView{made.ciphertext}), std::move(made.shared)};
}

bool is_hybrid(Exchange exchange) {
  return exchange == Exchange::mlkem768x25519 || exchange == Exchange::sntrup761x25519;
}

}  // namespace

crypt::Curve curve_of(Exchange exchange) {
  switch (exchange) {
    case Exchange::ecdh_p256:
      return crypt::Curve::p256;
    case Exchange::ecdh_p384:
      return crypt::Curve::p384;
    case Exchange::mlkem768x25519:
    case Exchange::sntrup761x25519:
    case Exchange::curve25519:
      break;
  }
  return crypt::Curve::x25519;
}

Secret encode_shared_secret(const ExchangeRow& exchange, ByteView secret) {
  Writer writer{4 + 1 + secret.size()};
  if (exchange.secret_is_string) {
    writer.string(secret);
  } else {
    put_mpint(writer, secret);
  }
  return Secret{writer.take()};
}

Result<Secret> combine_secrets(const ExchangeRow& exchange, ByteView post_quantum, ByteView classical) {
  return crypt::key_hash(exchange.hash, {post_quantum, classical});
}

Result<Answer> answer_exchange(const ExchangeRow& exchange, ByteView client_share) {
  if (client_share.size() != exchange.client_share_size) return fail(Errc::invalid, "key share has the wrong length");
  const crypt::Curve curve = curve_of(exchange.exchange);
  const std::size_t point_size = crypt::share_size(curve);
  const crypt::EphemeralKey key = TRY(crypt::EphemeralKey::generate(curve));
  const Secret classical = TRY(key.agree(client_share.last(point_size)));
  Answer answer;
  if (is_hybrid(exchange.exchange)) {
    Encapsulated made = TRY(encapsulate(exchange.exchange, client_share.first(client_share.size() - point_size)));
    answer.share = std::move(made.ciphertext);
    const Secret both = TRY(combine_secrets(exchange, made.shared.view(), classical.view()));
    answer.shared_secret = encode_shared_secret(exchange, both.view());
  } else {
    answer.shared_secret = encode_shared_secret(exchange, classical.view());
  }
  answer.share.insert(answer.share.end(), key.public_share().begin(), key.public_share().end());
  ENSURE(answer.share.size() == exchange.server_share_size);
  return answer;
}

Result<Secret> derive_key(const KeySource& source, char letter, std::size_t size) {
  const std::uint8_t name = static_cast<std::uint8_t>(letter);
  Secret made = Secret::zeroed(size);
  std::size_t have = 0;
  while (have < size) {
    // K1 = HASH(K || H || letter || session_id), K2 = HASH(K || H || K1), K3 = HASH(K || H || K1 || K2)
    const ByteView before = made.view().first(have);
    const Secret block =
        have == 0 ? TRY(crypt::key_hash(source.hash,
                                        {source.shared_secret, source.exchange_hash, {&name, 1}, source.session_id}))
                  : TRY(crypt::key_hash(source.hash, {source.shared_secret, source.exchange_hash, before}));
    const std::size_t taken = std::min(block.size(), size - have);
    copy_to(made.mutable_view().subspan(have), block.view().first(taken));
    have += taken;
  }
  return made;
}

Result<PacketCipher> derive_cipher(const KeySource& source, const CipherRow& cipher, const MacRow* mac,
                                   bool client_to_server, crypt::Direction direction) {
  CipherKeys keys;
  keys.iv = TRY(derive_key(source, client_to_server ? 'A' : 'B', cipher.iv_size));
  keys.key = TRY(derive_key(source, client_to_server ? 'C' : 'D', cipher.key_size));
  if (mac != nullptr) keys.mac_key = TRY(derive_key(source, client_to_server ? 'E' : 'F', mac->size));
  return PacketCipher::make(cipher, mac, keys, direction);
}

}  // namespace bulkhead::ssh
