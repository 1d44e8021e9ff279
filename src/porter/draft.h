#pragma once
// The content of a file that is being written (docs/spec/sealed-file.md, "Writing a draft"), in any order.
//
// Whole chunks go to the blob as they come; parts of chunks are put together in memory, a few chunks at a time. A file
// of at most one chunk never needs a blob, unless it is to be kept. Every chunk of the blob that is not open here is a
// full `inner` one, with zeros where nothing was written; only sync() and keep() seal the end as `draft_tail`, and such
// an end stays open here until it was sealed anew.
//
// What was recorded at keeper (KeepDraft) is content without a gap. Whatever else is in the blob after a crash may hold
// zeros where nothing was written, so it is cut when the draft is taken up again.
#include "base/fd.h"
#include "crypt/hash.h"
#include "ipc/storage_asks.h"
#include "porter/extents.h"
#include "porter/sealed_reader.h"

namespace bulkhead::porter {

inline constexpr std::size_t draft_parts_max = 65'536;  // separate ranges of one draft: 4 MiB of memory
inline constexpr std::uint64_t record_step = std::uint64_t{64} * 1024 * 1024;  // bytes between two KeepDraft

class Draft {
 public:
  struct Identity {
    std::uint64_t id = 0;  // at keeper
    asks::FileTag tag{};
    Bytes wrapped_key;  // the form of a draft
    bool resumable = false;
    bool numbered = false;  // an upload that is known by its number: it stays, even without a byte
    std::uint32_t keep_days = 0;  // how long the file is kept; 0: for good
  };
  Draft(Identity identity, const Secret& key);

  std::uint64_t id() const { return identity_.id; }
  const asks::FileTag& tag() const { return identity_.tag; }
  const Bytes& wrapped_key() const { return identity_.wrapped_key; }
  bool resumable() const { return identity_.resumable; }
  std::uint32_t keep_days() const { return identity_.keep_days; }
  std::uint64_t size() const { return size_; }  // bytes, gaps included

  // Goes on with the blob of a kept draft that should hold `size` bytes. False, and nothing has changed, when it never
  // got so far as to have a header. Otherwise the end that does not open is cut, and size() says what is left.
  Result<bool> take_up(const Context& context, Fd blob, std::uint64_t reserve, std::uint64_t size);
  // What is written from here on counts only after sync() or close(): keep() cuts it off, and no size is recorded
  // before. Keeper knows (TakeUpload).
  void hold() { held_ = size_; }
  // Until end_copy() the blob has no header: a draft that is to begin as a copy either is a whole copy or none.
  void begin_copy() { copying_ = true; }
  Result<void> end_copy();

  // offset + plain.size() is at most plain_size_max. `plain` is not in the workspace, but for space.incoming. Errors:
  // storage_full, io, corrupt; exhausted beyond draft_parts_max. After an error what was written at that place is lost.
  Result<void> write(const Context& context, std::uint64_t offset, ByteView plain);
  // At most plain_size_max.
  Result<void> truncate(const Context& context, std::uint64_t size);
  // Durable, and recorded at keeper. The draft is resumable.
  Result<void> sync(const Context& context);
  // Leaves what there is from the start without a gap to be gone on with, or drops it when that is nothing or nobody
  // changed anything. Of no more use afterwards.
  void keep(const Context& context);

  // Every byte of it is there afterwards.
  Result<void> fill_gaps(const Context& context);
  // The whole content in order, after fill_gaps(). A chunk that is corrupt counts as never written any more.
  Result<void> read_back(const Context& context, const std::function<void(ByteView)>& use);
  // Seals the end and makes all of it durable, after fill_gaps(); without a blob the sealed file comes back. From here
  // on it is published or dropped, and must not be kept.
  Result<std::optional<Bytes>> close(const Context& context);
  bool closed() const { return closed_; }

 private:
  struct OpenChunk {
    std::uint64_t index = 0;
    ChunkPool::Chunk plain;
    bool dirty = false;  // the blob has not this
    std::uint64_t used = 0;
  };

  // draft.cc: into memory
  static std::uint64_t start_of(std::uint64_t index) { return index * seal::chunk_size; }
  Result<void> write_whole(const Context& context, std::uint64_t offset, ByteView plain);
  Result<void> write_part(const Context& context, std::uint64_t offset, ByteView plain);
  OpenChunk* find(std::uint64_t index);
  Result<OpenChunk*> open_chunk(const Context& context, std::uint64_t index);
  Result<void> load(const Context& context, std::uint64_t index, MutableByteView plain);
  void forget(std::uint64_t first, std::uint64_t end);
  Result<void> flush(const Context& context, OpenChunk& chunk);
  Result<void> flush_below(const Context& context, std::uint64_t end);
  bool only_small() const { return !storage_.blob.valid() && size_ <= seal::chunk_size; }
  std::uint64_t last_chunk() const { return seal::chunk_count(size_) - 1; }

  // draft_blob.cc: into the blob
  Result<void> need_blob(const Context& context);
  Result<void> need_space(std::size_t size) const;
  Result<void> store(const Context& context, std::uint64_t first, seal::ChunkFlag last_flag, ByteView plain);
  Result<void> write_header();
  Result<void> cut_blob(std::uint64_t size);
  void start_writeback();
  Result<void> record(const Context& context, std::uint64_t size, bool let_go);
  void record_progress(const Context& context);
  std::uint64_t stored_prefix() const;

  // draft_end.cc: what happens at the end of a handle
  Result<void> store_tail(const Context& context, std::uint64_t size);
  Result<std::uint64_t> leave_prefix(const Context& context);

  // draft_resume.cc
  Result<bool> opens(const Context& context, std::uint64_t index, seal::ChunkFlag flag, MutableByteView plain);
  Result<std::uint64_t> sound_chunks(const Context& context, std::uint64_t count);
  Result<bool> take_up_tail(const Context& context, std::uint64_t index, std::size_t size);

  Identity identity_;
  seal::Sealer sealer_;
  seal::Opener opener_;
  Storage storage_;            // without a blob until the draft outgrows memory, or is to be kept
  std::uint64_t reserve_ = 0;  // bytes of the disk that stay free: for the ledger, which must go on
  std::uint64_t size_ = 0;
  Extents written_;  // bytes of the plaintext
  std::vector<OpenChunk> open_;
  std::uint64_t uses_ = 0;
  std::uint64_t blob_size_ = 0;          // bytes
  std::uint64_t writeback_started_ = 0;  // bytes of the blob handed to the disk already
  std::uint64_t recorded_ = 0;           // bytes of the plaintext, at keeper
  std::optional<std::uint64_t> held_;    // bytes that count
  bool settled_ = false;                 // the blob ends as it is recorded
  bool copying_ = false;
  bool changed_ = false;  // by the gate
  bool kept_before_ = false;
  bool closed_ = false;
};

// The one that an Error came with, in words for the client.
Error for_client(const Error& error);
// Throws a draft away. That it could not be is not the client's business: keeper drops what a lost channel leaves
// behind.
void drop_draft(ipc::Channel& keeper, std::uint64_t draft);

}  // namespace bulkhead::porter
