#pragma once
// The ledger on disk: an append-only log, and beside it the tree as C2SP tiles and a signed checkpoint.
//   log/NNNNNNNNN.log  segments of records    tile/...  tiles and entry bundles, never changed once complete
//   checkpoint         the signed head        ledger.pub  the verifier key, for convenience
//   log/erasing        indexes whose erasing has begun; gone when it is done
// One store a directory, kept by a lock on log/. Single-threaded. Spec: docs/spec/ledger.md.
#include <functional>
#include <optional>
#include <span>

#include "base/fd.h"
#include "core/ledger/checkpoint.h"
#include "core/ledger/record.h"
#include "vault/ledger_store/tile_buffer.h"

namespace bulkhead::ledger {

inline constexpr std::size_t batch_size_max = std::size_t{8} * 1024 * 1024;  // bytes of records between two commits
inline constexpr std::size_t erase_batch_max = 1024;
inline constexpr std::uint64_t mark_distance = 64;  // entries from one that is found at once to the next

struct StoredEntry {
  Salt salt{};
  Bytes body;
};

// How the log reaches the disk; tests make it fail.
class LogDisk {
 public:
  virtual ~LogDisk() = default;
  virtual Result<void> write_at(int fd, ByteView data, std::uint64_t offset);
  virtual Result<void> sync(int fd);
  virtual Result<void> truncate(int fd, std::uint64_t size);
};

class LedgerStore {
 public:
  // Reads everything back and checks every record, the tree against the checkpoint, and the checkpoint against `key`,
  // whose name is the origin. What a crash left incomplete after the checkpoint is cut off: nobody was told of it.
  // Errc::corrupt for any other damage, with the index of the first bad entry; Errc::conflict when another process has
  // the ledger open; Errc::denied for a checkpoint of another log or signer. `disk` outlives the store.
  static Result<LedgerStore> open(Fd directory, VerifierKey key, LogDisk& disk);

  // Buffers one entry (1 to body_size_max bytes) and gives it its index, which counts only once commit() is ok.
  // Errc::exhausted when the batch is full: commit first. Errc::io after a failed sync.
  Result<std::uint64_t> append(ByteView body);
  // Makes all that is buffered durable: one write and one sync (two when a segment border falls inside the batch).
  // On an error the batch is dropped and none of it may be acted on. The store stays usable (Errc::storage_full: as
  // soon as there is space), except after a failed sync or truncation: what the disk holds is unknown then, and every
  // append is refused until the store is opened anew. A part of the batch before a segment border may stay recorded.
  Result<void> commit();

  std::uint64_t size() const { return tree_.size(); }  // durable entries
  Digest root() const { return tree_.root(); }
  std::uint64_t checkpoint_size() const { return checkpoint_ ? checkpoint_->size : 0; }

  // All durable entries in order; no body for an erased one. Stops at the first error of `visit`.
  using Visit = std::function<Result<void>(std::uint64_t index, std::optional<ByteView> body)>;
  Result<void> for_each(const Visit& visit) const;

  // One durable entry. Errc::not_found behind the end and for an erased one; corrupt for one that is damaged since the start.
  Result<StoredEntry> read(std::uint64_t index) const;
  // Durable entries from `from` on, each visited as by for_each(), until `size_max` bytes of bodies are reached or a
  // segment ends. The index to go on with.
  Result<std::uint64_t> read_from(std::uint64_t from, std::size_t size_max, const Visit& visit) const;
  // A tile of the tree of the checkpoint. Errc::not_found when it has no such tile.
  Result<Bytes> read_tile(const Tile& tile) const;
  // From the entry to the root of the checkpoint. Errc::invalid unless the checkpoint covers it.
  Result<Proof> inclusion(std::uint64_t index) const;

  // Zeroes salt and body of those entries for good; finished by open() if it is interrupted. Erasing twice is harmless.
  // At most erase_batch_max indexes, all of durable entries, else Errc::invalid.
  Result<void> erase(std::span<const std::uint64_t> indexes);

  // Writes the tiles and bundles that are new, then signs and replaces the checkpoint. Does nothing when no entry came
  // since the last one. After an error the old checkpoint stands; call again. `seed` belongs to the key of open().
  Result<void> write_checkpoint(ByteView seed);

 private:
  LedgerStore(Fd directory, Fd log, VerifierKey key, LogDisk& disk)
      : directory_{std::move(directory)}, log_{std::move(log)}, key_{std::move(key)}, disk_{&disk} {}
  Result<void> read_checkpoint();
  Result<void> finish_erasing();
  Result<void> read_log();
  Result<void> read_segment(int fd, std::uint64_t number);
  Result<void> cut_off(int fd, std::uint64_t number, std::uint64_t offset, std::string_view damage);
  void apply(const Digest& commitment, std::uint64_t offset);
  Result<void> commit_part(std::size_t& entries_done, std::size_t& bytes_done);
  Result<void> zero_entry(std::uint64_t index);

  Fd directory_;
  Fd log_;
  VerifierKey key_;
  LogDisk* disk_;
  Tree tree_;
  TileBuffer tiles_{0};
  std::optional<Checkpoint> checkpoint_;
  Fd segment_;  // the growing one; none before the first commit
  std::uint64_t segment_number_ = 0;
  std::uint64_t segment_length_ = 0;  // durable bytes in it
  std::vector<std::uint64_t> marks_;  // where each entry of a multiple of mark_distance begins in its segment
  Bytes batch_;
  struct Buffered {
    Digest commitment;
    std::size_t size;
  };
  std::vector<Buffered> buffered_;
  bool broken_ = false;
};

}  // namespace bulkhead::ledger
