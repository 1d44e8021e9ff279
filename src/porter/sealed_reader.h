#pragma once
// The chunks of one sealed file (docs/spec/sealed-file.md), read from storage a group at a time and opened into private
// memory.
#include <functional>

#include "base/fd.h"
#include "core/seal/chunk.h"
#include "ipc/data_asks.h"
#include "porter/buffer.h"

namespace bulkhead::porter {

inline constexpr std::size_t group_size = asks::ring_slot_size;  // plaintext bytes: one slot, one system call
inline constexpr std::size_t group_chunks = group_size / seal::chunk_size;
static_assert(group_chunks * seal::chunk_size == group_size);

// Where the sealed bytes are: a blob, or right here.
struct Storage {
  Fd blob;
  Bytes small;  // without a blob: the whole sealed file
};

class SealedReader {
 public:
  // A draft has full chunks only, none of them `last`.
  enum class Form { published, draft };

  // `plain_size` is the one of the catalog, at most plain_size_max; the storage was checked to have as many bytes.
  SealedReader(ByteView key, const seal::FileId& tag, std::uint64_t plain_size, Form form);

  std::uint64_t chunk_count() const { return chunk_count_; }

  // Reads `count` chunks, 1 to group_chunks, from chunk `first` on. Errc::corrupt when the storage is shorter.
  Result<void> load(const Storage& storage, std::uint64_t first, std::size_t count);
  // The plaintext of a loaded chunk, good until the next call. Errc::corrupt unless it is authentic.
  Result<ByteView> open(std::uint64_t index);

 private:
  std::size_t plain_chunk_size(std::uint64_t index) const;

  seal::Opener opener_;
  std::uint64_t plain_size_;
  std::uint64_t chunk_count_;
  Form form_;
  Buffer sealed_;
  Buffer plain_;
  std::uint64_t first_ = 0;  // of the loaded chunks
};

// Opens every chunk in order and hands it to `use`. Errc::io as soon as the process behind `gate_fd` has gone: nobody
// waits for the outcome any more.
Result<void> read_all(SealedReader& reader, const Storage& storage, int gate_fd,
                      const std::function<void(ByteView)>& use);

}  // namespace bulkhead::porter
