#pragma once
// The sealed file: its header, and where its chunks lie. Pure: no I/O. Spec: docs/spec/sealed-file.md; vectors/seal/.
#include <array>

#include "base/bytes.h"
#include "base/result.h"

namespace bulkhead::seal {

// Names one sealed file for good: drawn at random when its draft begins, kept in the catalog, never used again.
using FileId = std::array<std::uint8_t, 16>;

inline constexpr std::size_t header_size = 32;     // bytes: label, version, file id
inline constexpr std::size_t chunk_size = 65'536;  // plaintext bytes of every chunk but the last
inline constexpr std::size_t chunk_overhead = 28;  // bytes: nonce before, tag behind the ciphertext
inline constexpr std::size_t sealed_chunk_size_max = chunk_size + chunk_overhead;
inline constexpr std::uint64_t chunk_count_max = 1ULL << 28U;
inline constexpr std::uint64_t plain_size_max = chunk_count_max * chunk_size;  // bytes: 16 TiB

// What a chunk is within its file, authenticated with it. The numbers are on disk: never reuse one.
enum class ChunkFlag : std::uint8_t {
  inner = 0,       // full, and not known to be the last; in a draft also the final chunk, when it is full
  last = 1,        // the end of a published file; written once, by the close of the draft
  draft_tail = 2,  // the unfinished final chunk of a draft; no reader of a published file opens it
};

// The number of chunks of a published file: at least one, as an empty file is one empty last chunk.
// `plain_size` is at most plain_size_max here and below: callers check sizes of outside against it first.
std::uint64_t chunk_count(std::uint64_t plain_size);
// The byte at which chunk `index` starts in the sealed file.
std::uint64_t chunk_offset(std::uint64_t index);
// Bytes of the sealed file that holds `plain_size` bytes, and back. Errc::corrupt when no file has that size.
std::uint64_t sealed_size(std::uint64_t plain_size);
Result<std::uint64_t> plain_size(std::uint64_t sealed_size);

using Header = std::array<std::uint8_t, header_size>;
Header header(const FileId& id);
// `raw` is the first header_size bytes of a file. Errc::corrupt when it is no sealed file, unsupported when it has
// another version. The id is what the storage claims: the chunks are opened with the id of the catalog.
Result<FileId> parse_header(ByteView raw);

}  // namespace bulkhead::seal
