#pragma once
// How one direction of a connection protects its packets: one class for every cipher and MAC of algorithms.h, and for
// the time before keys. The bytes of a packet are the length field (4), the body (padding length, payload, padding),
// and the tag.
//   none:                 RFC 4253 section 6
//   AES-GCM:              RFC 5647 section 7, with the length as associated data
//   chacha20-poly1305:    OpenSSH PROTOCOL.chacha20poly1305
//   AES-CTR, HMAC-...-etm: OpenSSH PROTOCOL section 1.7: the MAC covers sequence number, length field and ciphertext
//   AES-CTR, HMAC-...:     RFC 4253 section 6.4: the MAC covers sequence number and plain packet, and all but the tag
//   is
//                          encrypted, the length field too
#include <optional>
#include <variant>
#include <vector>

#include "crypt/stream_aead.h"
#include "proto/ssh/algorithms.h"

namespace bulkhead::ssh {

inline constexpr std::size_t length_field_size = 4;
inline constexpr std::size_t tag_size_max = crypt::StreamHmac::tag_size_max;

// What RFC 4253 section 7.2 derives for one direction, each of the size that the rows say.
struct CipherKeys {
  Secret iv, key, mac_key;
};

class PacketCipher {
 public:
  // No protection.
  PacketCipher() = default;
  // `mac` is null with an AEAD. Errc::io when libcrypto fails; then there is no half-made cipher.
  static Result<PacketCipher> make(const CipherRow& cipher, const MacRow* mac, const CipherKeys& keys,
                                   crypt::Direction direction);

  // The size of what is padded is a multiple of this; at least 8.
  std::size_t block_size() const { return block_size_; }
  std::size_t tag_size() const { return tag_size_; }
  // The length field is padded and encrypted like the body (RFC 4253); otherwise it stands before what is padded.
  bool length_is_padded() const { return std::holds_alternative<Plain>(state_) || tag_covers_plain(); }
  // Encrypt-and-MAC: the tag says nothing of a packet before it is decrypted.
  bool tag_covers_plain() const {
    const CtrHmac* ctr = std::get_if<CtrHmac>(&state_);
    return ctr != nullptr && !ctr->encrypt_then_mac;
  }

  // The number in `field`, the first four bytes of a packet, which are not changed. Not yet authentic. The same packet
  // may be asked about again until it is opened.
  Result<std::uint32_t> length(ByteView field, std::uint32_t sequence);
  // `out`: length field, room for the body, room for the tag. `pieces` are the body; each lies where it belongs in
  // `out`, or apart from it.
  Result<void> seal(MutableByteView out, std::uint32_t sequence, std::span<const ByteView> pieces);
  // `packet`: length field, body, tag. On success the body is plain; Errc::corrupt otherwise, and nothing of it may be
  // used (what had to be decrypted for its tag is wiped).
  Result<void> open(MutableByteView packet, std::uint32_t sequence);

 private:
  using Field = std::array<std::uint8_t, length_field_size>;
  struct Plain {};
  struct Gcm {
    crypt::StreamGcm gcm;
    std::array<std::uint8_t, crypt::StreamGcm::nonce_size> nonce;
    // RFC 5647 section 7.1: the last eight bytes count the packets.
    void count();
  };
  struct ChaCha {
    crypt::ChaCha20 body, header;
    crypt::Poly1305 poly;
    Result<crypt::Poly1305::Tag> tag(ByteView sealed, std::uint32_t sequence);
  };
  struct CtrHmac {
    CtrHmac(crypt::StreamCtr stream, crypt::StreamHmac mac, bool etm)
        : ctr{std::move(stream)}, hmac{std::move(mac)}, encrypt_then_mac{etm} {}
    // Of the packet that comes in: decrypted once, as the key stream runs on.
    Result<Field> plain_field(ByteView field);
    crypt::StreamCtr ctr;
    crypt::StreamHmac hmac;
    bool encrypt_then_mac;
    std::optional<Field> field;
    std::vector<ByteView> parts;  // what a tag covers; kept for its room
  };

  static Result<void> seal_with(Plain& state, MutableByteView out, std::uint32_t sequence,
                                std::span<const ByteView> pieces);
  static Result<void> seal_with(Gcm& state, MutableByteView out, std::uint32_t sequence,
                                std::span<const ByteView> pieces);
  static Result<void> seal_with(ChaCha& state, MutableByteView out, std::uint32_t sequence,
                                std::span<const ByteView> pieces);
  static Result<void> seal_with(CtrHmac& state, MutableByteView out, std::uint32_t sequence,
                                std::span<const ByteView> pieces);
  static Result<void> open_with(Plain& state, MutableByteView packet, std::uint32_t sequence);
  static Result<void> open_with(Gcm& state, MutableByteView packet, std::uint32_t sequence);
  static Result<void> open_with(ChaCha& state, MutableByteView packet, std::uint32_t sequence);
  static Result<void> open_with(CtrHmac& state, MutableByteView packet, std::uint32_t sequence);
  static Result<void> open_plain_mac(CtrHmac& state, MutableByteView packet, std::uint32_t sequence);

  std::variant<Plain, Gcm, ChaCha, CtrHmac> state_;
  std::size_t block_size_ = 8;
  std::size_t tag_size_ = 0;
};

}  // namespace bulkhead::ssh
