#include "proto/ssh/packet.h"

#include "crypt/random.h"

namespace bulkhead::ssh {
namespace {

constexpr std::size_t random_pool_size = 4 * 1024;
// Up to here one copy costs less than a call of the cipher for each piece.
constexpr std::size_t gather_size_max = 1024;
constexpr std::uint64_t sequences = std::uint64_t{1} << 32U;

}  // namespace

Result<void> PacketWriter::write(std::span<const ByteView> pieces) {
  if (sequence_ == sequences) return fail(Errc::exhausted, "sequence numbers are used up");
  std::size_t payload_size = 0;
  for (ByteView piece : pieces) payload_size += piece.size();
  const std::size_t block = cipher_.block_size();
  const std::size_t fixed = 1 + payload_size + (cipher_.length_is_padded() ? length_field_size : 0);
  std::size_t padding = block - fixed % block;
  if (padding < padding_size_min) padding += block;
  const std::size_t body_size = 1 + payload_size + padding;
  const std::size_t packet_size = length_field_size + body_size + cipher_.tag_size();
  MutableByteView packet = output_.space(packet_size).first(packet_size);
  for (std::size_t i = 0; i < length_field_size; ++i) packet[i] = static_cast<std::uint8_t>(body_size >> (8 * (3 - i)));

  const std::uint8_t padding_size = static_cast<std::uint8_t>(padding);
  MutableByteView padding_room = packet.subspan(length_field_size + body_size - padding, padding);
  random_padding(padding_room);
  body_.clear();
  if (body_size <= gather_size_max) {
    MutableByteView body = packet.subspan(length_field_size, body_size);
    body.front() = padding_size;
    std::size_t at = 1;
    for (ByteView piece : pieces) {
      copy_to(body.subspan(at), piece);
      at += piece.size();
    }
    body_.emplace_back(body);
  } else {
    body_.emplace_back(&padding_size, 1);
    body_.insert(body_.end(), pieces.begin(), pieces.end());
    body_.emplace_back(padding_room);
  }
  TRY(cipher_.seal(packet, static_cast<std::uint32_t>(sequence_), body_));
  output_.commit(packet_size);
  ++sequence_;
  bytes_ += packet_size;
  return {};
}

void PacketWriter::use(PacketCipher cipher, bool reset_sequence) {
  cipher_ = std::move(cipher);
  if (reset_sequence) sequence_ = 0;
  bytes_ = 0;
}

void PacketWriter::random_padding(MutableByteView out) {
  if (random_.size() < out.size()) {
    random_.resize(random_pool_size);
    crypt::fill_random(random_);
  }
  copy_to(out, ByteView{random_}.last(out.size()));
  random_.resize(random_.size() - out.size());
}

Result<void> PacketReader::check_length(std::uint32_t length, std::size_t size_max) const {
  const std::size_t block = cipher_.block_size();
  const std::size_t padded = length + (cipher_.length_is_padded() ? length_field_size : 0);
  // RFC 4253 section 6: a multiple of the block, and at least one; padding length, a message number and four of
  // padding.
  const bool broken = padded % block != 0 || padded < block || length < 2 + padding_size_min;
  // The length of a plain MAC is decrypted before anything is authentic, so what is answered must not depend on it: a
  // bad one is a wrong tag. OpenSSH also reads on to a fixed count of bytes then, because in CBC an attacker can have
  // any block of ciphertext decrypted as a length (CVE-2008-5161). In counter mode these four bytes of key stream
  // belong to this length field alone: when the answer comes tells of nothing but it, which the size of the packet
  // shows anyway.
  if (cipher_.tag_covers_plain() && (broken || length > size_max))
    return fail(Errc::corrupt, "a packet failed its integrity check");
  if (length > size_max) return fail(Errc::too_large, "packet length over the limit");
  if (broken) return fail(Errc::invalid, "packet length that no packet has");
  return {};
}

Result<std::optional<MutableByteView>> PacketReader::read(std::size_t size_max) {
  input_.consume(given_);
  given_ = 0;
  if (input_.size() < length_field_size) return std::optional<MutableByteView>{};
  if (!length_) {
    if (sequence_ == sequences) return fail(Errc::exhausted, "sequence numbers are used up");
    const std::uint32_t length = TRY(cipher_.length(input_.view(), static_cast<std::uint32_t>(sequence_)));
    TRY(check_length(length, size_max));
    length_ = length;
  }
  const std::size_t packet_size = length_field_size + *length_ + cipher_.tag_size();
  if (input_.size() < packet_size) return std::optional<MutableByteView>{};
  MutableByteView packet = input_.mutable_view().first(packet_size);
  TRY(cipher_.open(packet, static_cast<std::uint32_t>(sequence_)));
  ++sequence_;
  ++packets_;
  bytes_ += packet_size;
  given_ = packet_size;
  const MutableByteView body = packet.subspan(length_field_size, *length_);
  length_.reset();
  const std::size_t padding = body.front();
  if (padding < padding_size_min || padding + 2 > body.size())
    return fail(Errc::invalid, "padding of a packet is wrong");
  return std::optional<MutableByteView>{body.subspan(1, body.size() - 1 - padding)};
}

void PacketReader::use(PacketCipher cipher, bool reset_sequence) {
  cipher_ = std::move(cipher);
  if (reset_sequence) sequence_ = 0;
  bytes_ = 0;
  packets_ = 0;
}

void PacketReader::forget() {
  wipe(input_.mutable_view().first(given_));
  input_.consume(given_);
  given_ = 0;
}

void PacketReader::drop_all() {
  input_.consume(input_.size());
  given_ = 0;
}

}  // namespace bulkhead::ssh
