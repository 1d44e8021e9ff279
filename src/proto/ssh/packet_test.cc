#include "proto/ssh/packet.h"
#include "proto/ssh/states.h"

#include <doctest/doctest.h>

#include "base/encode.h"

namespace bulkhead::ssh {
namespace {

struct Suite {
  const CipherRow* cipher;
  const MacRow* mac;
};

std::vector<Suite> suites() {
  std::vector<Suite> all;
  for (const CipherRow& cipher : ciphers) {
    if (cipher.tag_size != 0) {
      all.push_back({&cipher, nullptr});
    } else {
      for (const MacRow& mac : macs) all.push_back({&cipher, &mac});
    }
  }
  return all;
}

PacketCipher cipher_of(const Suite& suite, crypt::Direction direction) {
  const CipherKeys keys{Secret{Bytes(suite.cipher->iv_size, 0xff)}, Secret{Bytes(suite.cipher->key_size, 2)},
                        Secret{Bytes(suite.mac == nullptr ? 0 : suite.mac->size, 3)}};
  return PacketCipher::make(*suite.cipher, suite.mac, keys, direction).value();
}

void feed(PacketReader& reader, ByteView bytes) {
  copy_to(reader.input().space(bytes.size()), bytes);
  reader.input().commit(bytes.size());
}

TEST_CASE("every payload size comes out as it went in, with padding in its limits") {
  for (const Suite& suite : suites()) {
    PacketWriter writer;
    PacketReader reader;
    writer.use(cipher_of(suite, crypt::Direction::seal), true);
    reader.use(cipher_of(suite, crypt::Direction::open), true);
    for (std::size_t size = 1; size < 1'200; size += size < 80 ? 1 : 13) {
      const Bytes payload(size, static_cast<std::uint8_t>(size));
      const std::array<ByteView, 2> pieces{ByteView{payload}.first(size / 2), ByteView{payload}.subspan(size / 2)};
      REQUIRE(writer.write(pieces).ok());
      CHECK(writer.output().size() <= size + packet_overhead_max);
      feed(reader, writer.output().view());
      writer.output().consume(writer.output().size());
      const auto got = reader.read(packet_size_max).value();
      REQUIRE(got);
      CHECK(to_bytes(*got) == payload);
    }
  }
}

TEST_CASE("each bit of a packet but its length, flipped: corrupt, and nothing is given (R-064)") {
  for (const Suite& suite : suites()) {
    PacketWriter writer;
    writer.use(cipher_of(suite, crypt::Direction::seal), true);
    const Bytes payload(43, 94);
    const ByteView piece{payload};
    REQUIRE(writer.write({&piece, 1}).ok());
    const Bytes packet = to_bytes(writer.output().view());
    for (std::size_t bit = 8 * length_field_size; bit < 8 * packet.size(); ++bit) {
      Bytes changed = packet;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      PacketReader reader;
      reader.use(cipher_of(suite, crypt::Direction::open), true);
      feed(reader, changed);
      CAPTURE(suite.cipher->name);
      CAPTURE(bit);
      const auto got = reader.read(packet_size_max);
      REQUIRE_FALSE(got.ok());
      CHECK(got.error().kind() == Errc::corrupt);
    }
  }
}

TEST_CASE("a packet taken out, repeated or swapped is found") {
  for (const Suite& suite : suites()) {
    PacketWriter writer;
    writer.use(cipher_of(suite, crypt::Direction::seal), true);
    std::vector<Bytes> packets;
    for (std::uint8_t i = 0; i < 3; ++i) {
      const ByteView piece{&i, 1};
      REQUIRE(writer.write({&piece, 1}).ok());
      packets.push_back(to_bytes(writer.output().view()));
      writer.output().consume(writer.output().size());
    }
    for (auto [first, second] : {std::pair{0, 2}, std::pair{0, 0}, std::pair{1, 0}}) {
      PacketReader reader;
      reader.use(cipher_of(suite, crypt::Direction::open), true);
      feed(reader, packets.at(static_cast<std::size_t>(first)));
      feed(reader, packets.at(static_cast<std::size_t>(second)));
      const auto one = reader.read(packet_size_max);
      const bool refused = !one.ok() || !reader.read(packet_size_max).ok();
      CAPTURE(suite.cipher->name);
      CHECK(refused);
    }
  }
}

TEST_CASE("before keys the packet is that of RFC 4253 section 6") {
  PacketWriter writer;
  const Bytes payload{number::newkeys};
  const ByteView piece{payload};
  REQUIRE(writer.write({&piece, 1}).ok());
  CHECK(writer.output().size() == 16);
  CHECK(to_hex(writer.output().view().first(6)) == "0000000c0a15");
}

}  // namespace
}  // namespace bulkhead::ssh
