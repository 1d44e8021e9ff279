#pragma once
// One write, from OpenWrite to Finish: the content is copied out of the ring, hashed, sealed and stored as a draft.
//
// The newest group of chunks, up to group_size bytes, always stays in memory: only Finish tells which chunk is the
// last, and a file of one chunk never becomes a blob.
#include "crypt/hash.h"
#include "ipc/channel.h"
#include "ipc/data_asks.h"
#include "ipc/release_asks.h"
#include "ipc/storage_asks.h"
#include "porter/ring.h"
#include "porter/sealed_reader.h"

namespace bulkhead::porter {

inline constexpr std::size_t name_size_max = 1'000;             // bytes; keeper has narrower rules
inline constexpr std::size_t agent_size_max = 1'024;            // bytes
inline constexpr std::uint64_t sha1_free_size_max = 1U << 20U;  // bytes: up to here SHA-1 is computed unasked

// Throws a draft away. That it could not be is not the client's business: keeper drops what a lost channel leaves
// behind.
void drop_draft(ipc::Channel& keeper, std::uint64_t draft);

class Upload {
 public:
  // `ask.hash_kind` is 0 or a crypt::HashKind. Errc::invalid for a name or agent over the limits above.
  static Result<Upload> create(ipc::Channel& keeper, ipc::Channel& vault, asks::OpenWrite ask);

  std::uint64_t draft() const { return draft_; }

  // Copies a slot out; from then on the gate may have it back. Every copy_out is followed by absorb().
  void copy_out(const Ring& ring, const asks::Filled& filled);
  // Hashes what was copied out and stores full groups. After an Error the upload is of no more use: drop the draft.
  Result<void> absorb(ipc::Channel& keeper);

  // Checks the hash, completes the draft, makes it durable, has the vault note the receipt and keeper publish it. After
  // an Error nothing is published: drop the draft. `gate_fd` as in read_all().
  Result<asks::FileRow> finish(ipc::Channel& keeper, ipc::Channel& vault, int gate_fd, asks::Finish ask);

 private:
  Upload(asks::OpenWrite ask, asks::CreateDraft::Reply draft, asks::NewKey::Reply key);

  std::size_t pending() const { return static_cast<std::size_t>(size_ - stored_); }
  MutableByteView plain_at(std::uint64_t offset, std::uint64_t size_max);
  Result<Bytes> hash_of(crypt::HashKind kind, int gate_fd);
  Result<Bytes> read_back(crypt::HashKind kind, int gate_fd);
  Result<void> check_hash(const asks::Finish& ask, int gate_fd);
  ByteView seal_group(std::size_t size, bool is_end);
  void start_writeback(std::uint64_t blob_end);
  Result<void> need_space(std::size_t size) const;
  Result<void> store_group(ipc::Channel& keeper, std::size_t size, bool is_end);
  Result<std::optional<Bytes>> complete(ipc::Channel& keeper);

  asks::OpenWrite ask_;
  std::uint64_t draft_;
  asks::FileTag tag_;
  std::string path_;
  Secret key_;
  Bytes wrapped_key_;
  seal::Sealer sealer_;
  Storage storage_;  // without a blob until the draft outgrows memory
  std::uint64_t reserve_ = 0;  // bytes of the disk that stay free: for the ledger, which must go on

  crypt::Hash sha256_{crypt::HashKind::sha256};
  crypt::Sha256 sha256_value_{};           // by finish()
  std::optional<crypt::Hash> sha1_;        // while the file is small, or announced
  std::optional<crypt::Sha1> sha1_value_;  // by finish(), if it was computed
  std::optional<crypt::Hash> announced_;   // SHA-384 or SHA-512

  Buffer plain_{2 * group_size};  // the byte at `offset` of the file lies at offset % (2 * group_size)
  Buffer sealed_{seal::header_size + group_chunks * seal::sealed_chunk_size_max};
  std::uint64_t size_ = 0;    // bytes copied out
  std::uint64_t hashed_ = 0;  // bytes
  std::uint64_t writeback_started_ = 0;  // bytes of the blob handed to the disk already
  std::uint64_t stored_ = 0;  // bytes, whole groups
};

}  // namespace bulkhead::porter
