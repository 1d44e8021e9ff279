#pragma once
// One entry as it lies in a log segment, and as it goes into the tree. Pure. Spec: docs/spec/ledger.md.
//   u32 size of the body, 1 to body_size_max | u64 index | commitment 32 | u32 CRC-32 of these 44 bytes | salt 32 |
//   body
// The commitment guards salt and body; the CRC guards the rest against a failing disk. Against a person stands the
// tree. Erasing an entry zeroes salt and body. The commitment stays, so the tree stays; nobody can guess the body back
// from it, since the salt is gone.
#include <array>
#include <optional>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "core/ledger/tree.h"

namespace bulkhead::ledger {

inline constexpr std::size_t body_size_max = 4096;
inline constexpr std::size_t salt_size = 32;
inline constexpr std::size_t record_head_size = 48;
inline constexpr std::size_t record_size_max = record_head_size + salt_size + body_size_max;
inline constexpr std::size_t record_size_min = record_head_size + salt_size + 1;

using Salt = std::array<std::uint8_t, salt_size>;
// What the tree holds of an entry: the version byte 1, then the commitment.
using TreeEntry = std::array<std::uint8_t, 33>;

// SHA-256("bulkhead ledger commitment v1" || salt || body).
Digest commitment_of(const Salt& salt, ByteView body);
TreeEntry tree_entry(const Digest& commitment);
std::uint32_t crc32(ByteView data);  // the reflected polynomial 0xedb88320, as in RFC 1952

void append_record(Bytes& out, std::uint64_t index, const Digest& commitment, const Salt& salt, ByteView body);

struct Record {
  std::size_t size = 0;  // of the whole record
  Digest commitment{};
  std::optional<ByteView> body;  // nothing when erased; a view into the input
};
struct CutShort {};  // the input ends inside the record
struct Damaged {
  std::string_view what;
};  // a complete record that does not check
using RecordOrNot = std::variant<Record, CutShort, Damaged>;

// The size of the body, from the first record_head_size bytes of the record `index`; nothing when they do not check.
std::optional<std::size_t> parse_record_head(ByteView head, std::uint64_t index);
// Takes the record `index` off the start of `input` and checks it.
RecordOrNot parse_record(ByteView input, std::uint64_t index);

}  // namespace bulkhead::ledger
