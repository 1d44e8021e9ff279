#pragma once
// The memory that all open files of a porter share: it works on one ask at a time. Nothing of it is allocated before it
// is used, and all of it together is bounded: 2 MiB, and 8 MiB of open chunks.
#include <array>
#include <optional>
#include <vector>

#include "core/seal/chunk.h"
#include "ipc/channel.h"
#include "ipc/data_asks.h"
#include "porter/buffer.h"

namespace bulkhead::porter {

inline constexpr std::size_t group_size = asks::ring_slot_size;  // plaintext bytes: one slot, one system call
inline constexpr std::size_t group_chunks = group_size / seal::chunk_size;
static_assert(group_chunks * seal::chunk_size == group_size);
inline constexpr std::size_t loaded_chunks_max = group_chunks + 1;  // those that a slot's worth of bytes can lie in

// Buffers for the chunks that drafts hold open. Each draft may always have one, and a few more while there are some.
class ChunkPool {
 public:
  static constexpr std::size_t of_one_draft_max = 8;
  static constexpr std::size_t extra_max = 64;  // beside the first of each draft

  struct Return {
    ChunkPool* pool = nullptr;
    bool extra = false;
    void operator()(Buffer* chunk) const { pool->take_back(std::unique_ptr<Buffer>{chunk}, extra); }
  };
  using Chunk = std::unique_ptr<Buffer, Return>;  // comes back by itself; the pool outlives it

  ChunkPool() = default;
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  // Zeros. Empty when a draft that holds `held` must give one back first.
  Chunk take(std::size_t held) {
    const bool extra = held > 0;
    if (extra && (held >= of_one_draft_max || extra_ >= extra_max)) return {nullptr, Return{this, extra}};
    if (extra) ++extra_;
    std::unique_ptr<Buffer> out;
    if (spare_.empty()) {
      out = std::make_unique<Buffer>(seal::chunk_size);
    } else {
      out = std::move(spare_.back());
      spare_.pop_back();
    }
    wipe(out->part(0, seal::chunk_size));
    return {out.release(), Return{this, extra}};
  }

 private:
  void take_back(std::unique_ptr<Buffer> chunk, bool extra) {
    if (extra) --extra_;
    if (spare_.size() < of_one_draft_max) spare_.push_back(std::move(chunk));
  }

  std::vector<std::unique_ptr<Buffer>> spare_;
  std::size_t extra_ = 0;
};

// The last chunks of which only a part was read: the rest is mostly asked for next.
class OpenedChunks {
 public:
  std::optional<ByteView> find(std::uint32_t handle, std::uint64_t index) {
    for (Slot& slot : slots_) {
      if (slot.handle == handle && slot.index == index) return ByteView{slot.plain->part(0, slot.size)};
    }
    return std::nullopt;
  }
  // Where to open a chunk to; it counts as opened at once, so forget() it when that fails.
  MutableByteView place(std::uint32_t handle, std::uint64_t index, std::size_t size) {
    Slot& slot = slots_[next_++ % slots_.size()];
    if (!slot.plain) slot.plain.emplace(seal::chunk_size);
    slot.handle = handle;
    slot.index = index;
    slot.size = size;
    return slot.plain->part(0, size);
  }
  void forget(std::uint32_t handle) {
    for (Slot& slot : slots_) {
      if (slot.handle != handle) continue;
      wipe(slot.plain->part(0, seal::chunk_size));
      slot.handle = 0;
    }
  }

 private:
  struct Slot {
    std::uint32_t handle = 0;  // 0: none
    std::uint64_t index = 0;
    std::size_t size = 0;
    std::optional<Buffer> plain;
  };
  std::array<Slot, 8> slots_;
  std::size_t next_ = 0;
};

struct Workspace {
  Buffer incoming{group_size};  // out of a slot; what no other process can change any more
  Buffer sealed{seal::header_size + loaded_chunks_max * seal::sealed_chunk_size_max};
  Buffer plain{seal::chunk_size};
  ChunkPool pool;
  OpenedChunks opened;
};

// What every open file works with.
struct Context {
  ipc::Channel& keeper;
  ipc::Channel& vault;
  int gate_fd;  // long work ends as soon as the process behind it has gone: nobody waits for the outcome any more
  Workspace& space;
};

}  // namespace bulkhead::porter
