#pragma once
// The chunks of one published file (docs/spec/sealed-file.md), read from storage a group at a time and opened into
// private memory.
#include <functional>

#include "base/fd.h"
#include "core/seal/chunk.h"
#include "porter/workspace.h"

namespace bulkhead::porter {

// Where the sealed bytes are: a blob, or right here.
struct Storage {
  Fd blob;
  Bytes small;  // without a blob: the whole sealed file
};

class SealedReader {
 public:
  // `plain_size` is the one of the catalog, at most plain_size_max; the storage was checked to have as many bytes.
  SealedReader(ByteView key, const seal::FileId& tag, std::uint64_t plain_size)
      : opener_{key, tag}, plain_size_{plain_size}, chunk_count_{seal::chunk_count(plain_size)} {}

  std::uint64_t chunk_count() const { return chunk_count_; }
  std::size_t plain_chunk_size(std::uint64_t index) const;

  // Reads `count` chunks, 1 to loaded_chunks_max, from chunk `first` on, into `space`; good until something else uses
  // it. Errc::corrupt when the storage is shorter.
  Result<void> load(Workspace& space, const Storage& storage, std::uint64_t first, std::size_t count);
  // The plaintext of a loaded chunk, into `plain` of plain_chunk_size(). Errc::corrupt, and zeros, unless authentic.
  Result<void> open(Workspace& space, std::uint64_t index, MutableByteView plain);

 private:
  seal::Opener opener_;
  std::uint64_t plain_size_;
  std::uint64_t chunk_count_;
  std::uint64_t first_ = 0;  // of the loaded chunks
};

// Errc::io when the process behind `gate_fd` has gone.
Result<void> need_gate(int gate_fd);

// Opens the chunks `first` to `end` (excluded) in order and hands them to `use`, a group at a time, out of
// space.incoming. Errc::io as soon as the gate has gone.
Result<void> read_chunks(const Context& context, SealedReader& reader, const Storage& storage, std::uint64_t first,
                         std::uint64_t end, const std::function<Result<void>(ByteView)>& use);

}  // namespace bulkhead::porter
