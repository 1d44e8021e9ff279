#include "core/ledger/record.h"

#include <algorithm>

#include "base/reader.h"
#include "base/writer.h"

namespace bulkhead::ledger {
namespace {

constexpr std::string_view commitment_label = "bulkhead ledger commitment v1";

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    table[i] = value;
  }
  return table;
}();

bool all_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Digest commitment_of(const Salt& salt, ByteView body) {
  return crypt::sha256({as_bytes(commitment_label), salt, body});
}

TreeEntry tree_entry(const Digest& commitment) {
  TreeEntry out{1};
  copy_to(MutableByteView{out}.subspan(1), commitment);
  return out;
}

std::uint32_t crc32(ByteView data) {
  std::uint32_t value = 0xffffffffU;
  for (std::uint8_t byte : data) value = crc_table[(value ^ byte) & 0xffU] ^ (value >> 8U);
  return ~value;
}

void append_record(Bytes& out, std::uint64_t index, const Digest& commitment, const Salt& salt, ByteView body) {
  ENSURE(!body.empty() && body.size() <= body_size_max);
  Writer head;
  head.u32(static_cast<std::uint32_t>(body.size())).u64(index).bytes(commitment);
  head.u32(crc32(head.view()));
  for (ByteView part : {ByteView{head.view()}, ByteView{salt}, body}) out.insert(out.end(), part.begin(), part.end());
}

std::optional<std::size_t> parse_record_head(ByteView head, std::uint64_t index) {
  Reader reader{head};
  const std::size_t body_size = reader.u32();
  const std::uint64_t written_index = reader.u64();
  const ByteView commitment = reader.bytes(sizeof(Digest));
  const std::uint32_t crc = reader.u32();
  const bool good = reader.ok() && !commitment.empty() && crc == crc32(head.first(record_head_size - 4)) &&
                    body_size >= 1 && body_size <= body_size_max && written_index == index;
  return good ? std::optional{body_size} : std::nullopt;
}

RecordOrNot parse_record(ByteView input, std::uint64_t index) {
  if (input.size() < record_head_size) return CutShort{};
  Reader reader{input};
  const std::size_t body_size = reader.u32();
  const std::uint64_t written_index = reader.u64();
  Record out;
  copy_to(out.commitment, reader.bytes(out.commitment.size()));
  if (crc32(input.first(record_head_size - 4)) != reader.u32())
    return Damaged{"the head of the record does not match its CRC"};
  if (body_size == 0 || body_size > body_size_max) return Damaged{"the size of the record is over the limit"};
  if (written_index != index) return Damaged{"a record with another index lies here"};
  Salt salt{};
  copy_to(salt, reader.bytes(std::min(salt.size(), reader.remaining())));
  const ByteView body = reader.bytes(body_size);
  if (!reader.ok()) return CutShort{};
  out.size = record_head_size + salt.size() + body.size();
  if (all_zero(salt) && all_zero(body)) return out;
  if (commitment_of(salt, body) != out.commitment) return Damaged{"salt and body do not match the commitment"};
  out.body = body;
  return out;
}

}  // namespace bulkhead::ledger
