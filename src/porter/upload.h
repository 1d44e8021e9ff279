#pragma once
// One file open for writing, from OpenWrite to Finish, Keep or Close: what was said of it, its hashes, and its draft.
//
// While the content comes in order it is hashed as it comes; otherwise it is read back once at the end.
#include "ipc/data_asks.h"
#include "ipc/release_asks.h"
#include "porter/draft.h"
#include "porter/hashes.h"
#include "porter/lease.h"
#include "porter/progress.h"

namespace bulkhead::porter {

inline constexpr std::size_t name_size_max = 1'000;             // bytes; keeper has narrower rules
inline constexpr std::size_t agent_size_max = 1'024;            // bytes
inline constexpr std::uint64_t sha1_free_size_max = 1U << 20U;  // bytes: up to here SHA-1 is computed unasked

class Upload {
 public:
  // A new draft, the kept one, or one that begins with the content of the file there: that is a release of purpose
  // `edit`, and is copied before this returns. `ask.hash_kind` is 0 or a crypt::HashKind. Errc::invalid for a name or
  // agent over the limits above.
  static Result<Upload> create(const Context& context, asks::OpenWrite ask);

  // An upload that is known by its number, durable and let go; answers the number.
  static Result<asks::NewUpload::Reply> begin_numbered(const Context& context, const asks::NewUpload& ask);
  // Goes on with one. Errc::not_found when nothing is left of it.
  static Result<Upload> open_numbered(const Context& context, const asks::OpenUpload& ask);
  // Appends the content of another one, which stays as it is.
  Result<asks::JoinUpload::Reply> join(const Context& context, std::uint64_t upload);
  // A new draft, which `made` is, with the content of another file: the key of the lease is released for `copy`, and
  // all is copied before this returns. After an Error the draft is dropped.
  static Result<Upload> copy(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made,
                             const Lease& source);

  std::uint64_t size() const { return draft_.size(); }

  // Whether a block may come there. Asked before it is taken.
  Result<ipc::Nothing> check(const asks::WriteBlock& ask) const;
  // Hashes, seals and stores what was taken out of a slot. What goes wrong is the answer to everything later.
  void absorb(const Context& context, std::uint64_t offset, ByteView plain);
  Result<ipc::Nothing> truncate(const Context& context, std::uint64_t size);
  Result<ipc::Nothing> sync(const Context& context);
  // Checks the hash, completes the draft, makes it durable, has the vault note the receipt and keeper publish it. After
  // an Error nothing is published: leave() it.
  Result<asks::FileRow> finish(const Context& context, const asks::Finish& ask);

  // The end without a file: the draft is kept if that is possible. `drop`: in no case.
  void leave(const Context& context, bool drop);
  bool resumable() const { return draft_.resumable(); }

  // Tells keeper of it, now and then.
  void report(ipc::Channel& keeper) { progress_.tell(keeper, draft_.size(), ask_.expected); }
  // Its end, unless it was published.
  void report_end(ipc::Channel& keeper, asks::TransferEnd::How how) const { progress_.end(keeper, draft_.size(), how); }

 private:
  Upload(asks::OpenWrite ask, std::string path, Draft draft, bool from_start);

  // upload_numbered.cc
  static Result<Draft> take_numbered(const Context& context, std::uint64_t upload, bool hold, std::string* path);
  Result<void> append(const Context& context, Draft& part);

  static Result<Upload> begin(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made);
  static Result<Upload> take_up(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made, Fd blob);
  Result<void> copy_from(const Context& context, const Lease& source, asks::Purpose purpose);

  Result<void> need_quota(const Context& context, std::uint64_t size);
  void claim_quota(const Context& context);
  Result<void> break_off(Error error);
  void hash(std::uint64_t offset, ByteView plain);
  Result<void> complete_hashes(const Context& context, std::uint8_t wanted);
  Result<void> check_hash(const asks::Finish& ask) const;
  Result<asks::FileRow> publish(const Context& context, const asks::Finish& ask);

  asks::OpenWrite ask_;
  std::string path_;
  Draft draft_;
  Hashes running_;              // of the first hashed_ bytes; empty once the content came out of order
  std::uint64_t hashed_ = 0;    // bytes
  HashValues values_;           // by finish()
  std::uint64_t reserved_ = 0;  // bytes that keeper keeps free for it
  std::optional<Error> broken_;
  Progress progress_;
};

}  // namespace bulkhead::porter
