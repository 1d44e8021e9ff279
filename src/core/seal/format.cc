#include "core/seal/format.h"

#include <algorithm>

#include "base/reader.h"

namespace bulkhead::seal {
namespace {

constexpr std::string_view label = "bulkhead sealed";
constexpr std::uint8_t version = 1;
static_assert(label.size() + sizeof version + sizeof(FileId) == header_size);

}  // namespace

std::uint64_t chunk_count(std::uint64_t plain_size) {
  ENSURE(plain_size <= plain_size_max);
  return std::max<std::uint64_t>(1, (plain_size + chunk_size - 1) / chunk_size);
}

std::uint64_t chunk_offset(std::uint64_t index) {
  ENSURE(index <= chunk_count_max);
  return header_size + index * sealed_chunk_size_max;
}

std::uint64_t sealed_size(std::uint64_t plain_size) {
  return header_size + plain_size + chunk_count(plain_size) * chunk_overhead;
}

Result<std::uint64_t> plain_size(std::uint64_t sealed_size) {
  if (sealed_size < header_size + chunk_overhead)
    return fail(Errc::corrupt, "a sealed file ends before its first chunk");
  if (sealed_size > chunk_offset(chunk_count_max)) return fail(Errc::corrupt, "a sealed file is over the largest size");
  const std::uint64_t full = (sealed_size - header_size) / sealed_chunk_size_max;
  const std::uint64_t rest = (sealed_size - header_size) % sealed_chunk_size_max;
  if (rest == 0) return full * chunk_size;
  const bool empty_file = full == 0 && rest == chunk_overhead;
  if (rest <= chunk_overhead && !empty_file) return fail(Errc::corrupt, "a sealed file ends within a chunk");
  return full * chunk_size + rest - chunk_overhead;
}

Header header(const FileId& id) {
  Header out{};
  MutableByteView rest{out};
  copy_to(rest, as_bytes(label));
  rest[label.size()] = version;
  copy_to(rest.last(id.size()), id);
  return out;
}

Result<FileId> parse_header(ByteView raw) {
  Reader reader{raw};
  const ByteView found_label = reader.bytes(label.size());
  const std::uint8_t found_version = reader.u8();
  const ByteView found_id = reader.bytes(sizeof(FileId));
  if (!reader.done("sealed file header").ok()) return fail(Errc::corrupt, "a sealed file header has the wrong size");
  if (as_text(found_label) != label) return fail(Errc::corrupt, "this is no sealed file");
  if (found_version != version) return fail(Errc::unsupported, "a sealed file of another version");
  FileId id{};
  copy_to(id, found_id);
  return id;
}

}  // namespace bulkhead::seal
