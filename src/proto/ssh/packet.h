#pragma once
// The binary packet protocol (RFC 4253 section 6), one class for each direction. PacketWriter encrypts from where the
// payload lies into its output; PacketReader checks and decrypts in place, and gives nothing of a packet before its tag
// was right. Both keep the sequence number, which ends the connection when it would wrap.
#include <optional>

#include "proto/ssh/buffer.h"
#include "proto/ssh/packet_cipher.h"

namespace bulkhead::ssh {

inline constexpr std::size_t packet_size_max = 256 * 1024;    // bytes of the packet_length field, once signed on
inline constexpr std::size_t early_packet_size_max = 35'000;  // before (RFC 4253 section 6.1)
inline constexpr std::size_t padding_size_min = 4;
inline constexpr std::size_t packet_overhead_max = length_field_size + 1 + padding_size_min + 15 + tag_size_max;

class PacketWriter {
 public:
  PacketWriter() : output_{4 * 1024} {}

  // Bytes for the peer. What is not a packet (the identification line) is put in by hand.
  Buffer& output() { return output_; }
  const Buffer& output() const { return output_; }

  // One packet of all pieces. On an Error (Errc::io, Errc::exhausted) the output is as before, and no call may follow.
  Result<void> write(std::span<const ByteView> pieces);
  // From the next packet on.
  void use(PacketCipher cipher, bool reset_sequence);
  // Bytes of packets since use().
  std::uint64_t bytes() const { return bytes_; }

 private:
  void random_padding(MutableByteView out);

  Buffer output_;
  PacketCipher cipher_;
  std::uint64_t sequence_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<ByteView> body_;
  Bytes random_;  // not yet used padding
};

class PacketReader {
 public:
  PacketReader() : input_{128 * 1024} {}

  Buffer& input() { return input_; }

  // The payload of the next packet, never empty, good until the next call and until input() is asked for room; nothing
  // when bytes are missing. `size_max` bounds the length field. Errc::too_large and invalid for lengths and padding
  // that no peer may send, corrupt for a wrong tag (with a plain MAC for such lengths too), io when libcrypto fails,
  // exhausted: after any of them no call may follow.
  Result<std::optional<MutableByteView>> read(std::size_t size_max);
  // From the next packet on.
  void use(PacketCipher cipher, bool reset_sequence);
  std::uint64_t bytes() const { return bytes_; }
  // Of the packet that read() gave last.
  std::uint32_t sequence() const { return static_cast<std::uint32_t>(sequence_ - 1); }
  // Packets since use().
  std::uint64_t packets() const { return packets_; }
  // Drops the packet that read() gave last, and wipes it.
  void forget();
  // Drops all that came in.
  void drop_all();

 private:
  Result<void> check_length(std::uint32_t length, std::size_t size_max) const;

  Buffer input_;
  PacketCipher cipher_;
  std::uint64_t sequence_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t packets_ = 0;
  std::optional<std::uint32_t> length_;  // of the packet that is coming in
  std::size_t given_ = 0;                // bytes at the front of input_ that read() gave
};

}  // namespace bulkhead::ssh
