// Bytes of a peer against every cipher: first as they are, then sealed by us with one byte changed, which must be
// refused.
#include "proto/ssh/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bulkhead::ssh {
namespace {

PacketCipher fuzz_cipher(std::uint8_t choice, crypt::Direction direction) {
  if (choice % 6 == 5) return PacketCipher{};
  const CipherRow& row = ciphers.at(choice % 6);
  const MacRow* mac = row.tag_size == 0 ? &macs.at(choice / 6 % macs.size()) : nullptr;
  CipherKeys keys{Secret::zeroed(row.iv_size), Secret::zeroed(row.key_size),
                  Secret::zeroed(mac == nullptr ? 0 : mac->size)};
  return PacketCipher::make(row, mac, keys, direction).value();
}

void feed(PacketReader& reader, ByteView bytes) {
  copy_to(reader.input().space(bytes.size()), bytes);
  reader.input().commit(bytes.size());
}

void read_hostile(std::uint8_t choice, ByteView bytes) {
  PacketReader reader;
  reader.use(fuzz_cipher(choice, crypt::Direction::open), true);
  const std::size_t half = bytes.size() / 2;
  for (ByteView part : {bytes.first(half), bytes.subspan(half)}) {
    feed(reader, part);
    for (;;) {
      Result<std::optional<MutableByteView>> payload = reader.read(early_packet_size_max);
      if (!payload.ok()) return;
      if (!*payload) break;
      ENSURE(!(*payload)->empty());
    }
  }
}

void change_one_byte(std::uint8_t choice, std::size_t where, ByteView payload) {
  PacketWriter writer;
  writer.use(fuzz_cipher(choice, crypt::Direction::seal), true);
  writer.write({&payload, 1}).value();
  for (bool change : {false, true}) {
    PacketReader reader;
    reader.use(fuzz_cipher(choice, crypt::Direction::open), true);
    Bytes packet = to_bytes(writer.output().view());
    if (change) packet.at(where % packet.size()) ^= 1U;
    feed(reader, packet);
    Result<std::optional<MutableByteView>> got = reader.read(packet_size_max);
    const bool given = got.ok() && got->has_value();
    ENSURE(given || change);
    if (!change) ENSURE(as_text(**got) == as_text(payload));
    if (change && choice % 6 != 5) ENSURE(!given);
  }
}

}  // namespace
}  // namespace bulkhead::ssh

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulkhead;
  if (size < 4) return 0;
  const ByteView bytes{data, size};
  ssh::read_hostile(bytes[0], bytes.subspan(1));
  const std::size_t where = static_cast<std::size_t>(bytes[1]) << 8U | bytes[2];
  if (size < 30'000) ssh::change_one_byte(bytes[0], where, bytes.subspan(3));
  return 0;
}
