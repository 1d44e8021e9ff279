#include "proto/ssh/packet_cipher.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::ssh {
namespace {

constexpr std::size_t poly_key_size = 32;

std::array<std::uint8_t, 4> big_endian(std::uint32_t number) {
  return {static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
          static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)};
}

Error tag_is_wrong() {
  return fail(Errc::corrupt, "a packet failed its integrity check");
}

}  // namespace

Result<PacketCipher> PacketCipher::make(const CipherRow& cipher, const MacRow* mac, const CipherKeys& keys,
                                        crypt::Direction direction) {
  ENSURE((mac == nullptr) == (cipher.tag_size != 0));
  ENSURE(keys.key.size() == cipher.key_size && keys.iv.size() == cipher.iv_size);
  PacketCipher made;
  made.block_size_ = cipher.block_size;
  made.tag_size_ = mac == nullptr ? cipher.tag_size : mac->size;
  switch (cipher.cipher) {
    case Cipher::aes256_gcm:
    case Cipher::aes128_gcm: {
      Gcm gcm{TRY(crypt::StreamGcm::make(keys.key.view(), direction)), {}};
      copy_to(gcm.nonce, keys.iv.view());
      made.state_.emplace<Gcm>(std::move(gcm));
      break;
    }
    case Cipher::chacha20_poly1305: {
      // K_2, the first half, is for the body; K_1 for the length field.
      crypt::ChaCha20 body = TRY(crypt::ChaCha20::make(keys.key.view().first(cipher.key_size / 2)));
      crypt::ChaCha20 header = TRY(crypt::ChaCha20::make(keys.key.view().last(cipher.key_size / 2)));
      made.state_.emplace<ChaCha>(std::move(body), std::move(header), TRY(crypt::Poly1305::make()));
      break;
    }
    case Cipher::aes256_ctr:
    case Cipher::aes128_ctr: {
      ENSURE(mac != nullptr && keys.mac_key.size() == mac->size);
      crypt::StreamCtr ctr = TRY(crypt::StreamCtr::make(keys.key.view(), keys.iv.view()));
      crypt::StreamHmac hmac = TRY(crypt::StreamHmac::make(mac->size, keys.mac_key.view()));
      made.state_.emplace<CtrHmac>(std::move(ctr), std::move(hmac), mac->encrypt_then_mac);
      break;
    }
  }
  return made;
}

Result<std::uint32_t> PacketCipher::length(ByteView field, std::uint32_t sequence) {
  Field plain{};
  copy_to(plain, field.first(length_field_size));
  if (tag_covers_plain()) plain = TRY(std::get<CtrHmac>(state_).plain_field(field));
  if (auto* chacha = std::get_if<ChaCha>(&state_)) {
    TRY(chacha->header.start(0, sequence));
    const ByteView piece{plain};
    TRY(chacha->header.apply(plain, {&piece, 1}));
  }
  return Reader{plain}.u32();
}

Result<void> PacketCipher::seal(MutableByteView out, std::uint32_t sequence, std::span<const ByteView> pieces) {
  return std::visit([&](auto& state) { return seal_with(state, out, sequence, pieces); }, state_);
}

Result<void> PacketCipher::open(MutableByteView packet, std::uint32_t sequence) {
  ENSURE(packet.size() >= length_field_size + tag_size_);
  return std::visit([&](auto& state) { return open_with(state, packet, sequence); }, state_);
}

Result<void> PacketCipher::seal_with(Plain&, MutableByteView out, std::uint32_t, std::span<const ByteView> pieces) {
  std::size_t at = length_field_size;
  for (ByteView piece : pieces) {
    if (piece.data() != out.data() + at) copy_to(out.subspan(at), piece);
    at += piece.size();
  }
  return {};
}

Result<void> PacketCipher::open_with(Plain&, MutableByteView, std::uint32_t) {
  return {};
}

void PacketCipher::Gcm::count() {
  for (std::size_t i = nonce.size(); i-- > 4;) {
    if (++nonce[i] != 0) return;
  }
}

Result<void> PacketCipher::seal_with(Gcm& state, MutableByteView out, std::uint32_t, std::span<const ByteView> pieces) {
  TRY(state.gcm.seal(out.subspan(length_field_size), state.nonce, out.first(length_field_size), pieces));
  state.count();
  return {};
}

Result<void> PacketCipher::open_with(Gcm& state, MutableByteView packet, std::uint32_t) {
  TRY(state.gcm.open(packet.subspan(length_field_size), state.nonce, packet.first(length_field_size)));
  state.count();
  return {};
}

Result<crypt::Poly1305::Tag> PacketCipher::ChaCha::tag(ByteView sealed, std::uint32_t sequence) {
  // The key of Poly1305 is the start of block 0 of the key stream; the body uses it from block 1 on.
  std::array<std::uint8_t, poly_key_size> key{};
  TRY(body.start(0, sequence));
  const ByteView piece{key};
  TRY(body.apply(key, {&piece, 1}));
  Result<crypt::Poly1305::Tag> made = poly.tag(key, sealed);
  wipe(key);
  return made;
}

Result<void> PacketCipher::seal_with(ChaCha& state, MutableByteView out, std::uint32_t sequence,
                                     std::span<const ByteView> pieces) {
  MutableByteView field = out.first(length_field_size);
  const ByteView field_piece{field};
  TRY(state.header.start(0, sequence));
  TRY(state.header.apply(field, {&field_piece, 1}));
  MutableByteView sealed = out.first(out.size() - crypt::Poly1305::tag_size);
  TRY(state.body.start(1, sequence));
  TRY(state.body.apply(sealed.subspan(length_field_size), pieces));
  copy_to(out.last(crypt::Poly1305::tag_size), TRY(state.tag(sealed, sequence)));
  return {};
}

Result<void> PacketCipher::open_with(ChaCha& state, MutableByteView packet, std::uint32_t sequence) {
  MutableByteView sealed = packet.first(packet.size() - crypt::Poly1305::tag_size);
  if (!equal_constant_time(TRY(state.tag(sealed, sequence)), packet.last(crypt::Poly1305::tag_size)))
    return tag_is_wrong();
  MutableByteView body = sealed.subspan(length_field_size);
  const ByteView piece{body};
  TRY(state.body.start(1, sequence));
  return state.body.apply(body, {&piece, 1});
}

Result<PacketCipher::Field> PacketCipher::CtrHmac::plain_field(ByteView sealed) {
  if (!field) {
    Field plain{};
    const ByteView piece{sealed.first(length_field_size)};
    TRY(ctr.apply(plain, {&piece, 1}));
    field = plain;
  }
  return *field;
}

Result<void> PacketCipher::seal_with(CtrHmac& state, MutableByteView out, std::uint32_t sequence,
                                     std::span<const ByteView> pieces) {
  MutableByteView sealed = out.first(out.size() - state.hmac.tag_size());
  if (!state.encrypt_then_mac) {
    MutableByteView field = sealed.first(length_field_size);
    const std::array<std::uint8_t, 4> number = big_endian(sequence);
    const ByteView plain_field{field};
    state.parts.assign({ByteView{number}, plain_field});
    state.parts.insert(state.parts.end(), pieces.begin(), pieces.end());
    TRY(state.hmac.tag(out.last(state.hmac.tag_size()), state.parts));
    TRY(state.ctr.apply(field, {&plain_field, 1}));
    return state.ctr.apply(sealed.subspan(length_field_size), pieces);
  }
  TRY(state.ctr.apply(sealed.subspan(length_field_size), pieces));
  return state.hmac.tag(out.last(state.hmac.tag_size()), {big_endian(sequence), sealed});
}

Result<void> PacketCipher::open_plain_mac(CtrHmac& state, MutableByteView packet, std::uint32_t sequence) {
  MutableByteView body = packet.subspan(length_field_size, packet.size() - length_field_size - state.hmac.tag_size());
  const Field field = TRY(state.plain_field(packet));
  state.field.reset();
  const ByteView piece{body};
  TRY(state.ctr.apply(body, {&piece, 1}));
  std::array<std::uint8_t, tag_size_max> room{};
  MutableByteView tag = MutableByteView{room}.first(state.hmac.tag_size());
  Result<void> made = state.hmac.tag(tag, {big_endian(sequence), field, body});
  if (made.ok() && equal_constant_time(tag, packet.last(tag.size()))) return {};
  wipe(body);
  if (!made.ok()) return made;
  return tag_is_wrong();
}

Result<void> PacketCipher::open_with(CtrHmac& state, MutableByteView packet, std::uint32_t sequence) {
  if (!state.encrypt_then_mac) return open_plain_mac(state, packet, sequence);
  MutableByteView sealed = packet.first(packet.size() - state.hmac.tag_size());
  std::array<std::uint8_t, tag_size_max> room{};
  MutableByteView tag = MutableByteView{room}.first(state.hmac.tag_size());
  TRY(state.hmac.tag(tag, {big_endian(sequence), sealed}));
  if (!equal_constant_time(tag, packet.last(tag.size()))) return tag_is_wrong();
  MutableByteView body = sealed.subspan(length_field_size);
  const ByteView piece{body};
  return state.ctr.apply(body, {&piece, 1});
}

}  // namespace bulkhead::ssh
