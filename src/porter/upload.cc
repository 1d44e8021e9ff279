#include "porter/upload.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::porter {
namespace {

constexpr std::uint64_t writeback_step = std::uint64_t{8} * 1024 * 1024;

bool announces(const asks::OpenWrite& ask, crypt::HashKind kind) {
  return ask.hash_kind == static_cast<std::uint8_t>(kind);
}

Error for_client(const Error& error) {
  if (error.kind() != Errc::storage_full) return error;
  return fail(Errc::storage_full, "the server has no space left for this file; nothing was stored");
}

}  // namespace

void drop_draft(ipc::Channel& keeper, std::uint64_t draft) {
  const Result<ipc::Nothing> dropped = keeper.ask(asks::DropDraft{draft});
  if (!dropped.ok())
    log(Level::warning, "draft_not_dropped", {{"draft", cat(draft)}, {"why", dropped.error().message()}});
}

Upload::Upload(asks::OpenWrite ask, asks::CreateDraft::Reply draft, asks::NewKey::Reply key)
    : ask_{std::move(ask)},
      draft_{draft.draft},
      tag_{draft.tag},
      path_{std::move(draft.path)},
      key_{std::move(key.key)},
      wrapped_key_{std::move(key.wrapped_key)},
      sealer_{key_.view(), tag_},
      sha1_{crypt::HashKind::sha1} {
  for (const auto kind : {crypt::HashKind::sha384, crypt::HashKind::sha512}) {
    if (announces(ask_, kind)) announced_.emplace(kind);
  }
}

Result<Upload> Upload::create(ipc::Channel& keeper, ipc::Channel& vault, asks::OpenWrite ask) {
  if (ask.name.size() > name_size_max)
    return fail(Errc::invalid, cat("a file name has at most ", name_size_max, " bytes"));
  if (ask.agent.size() > agent_size_max)
    return fail(Errc::invalid, cat("an agent has at most ", agent_size_max, " bytes"));
  asks::CreateDraft::Reply draft = TRY(keeper.ask(asks::CreateDraft{ask.folder, ask.name}));
  Result<asks::NewKey::Reply> key = vault.ask(asks::NewKey{draft.tag});
  if (!key.ok()) {
    drop_draft(keeper, draft.draft);
    return key.error();
  }
  ENSURE(key->key.size() == seal::key_size);
  return Upload{std::move(ask), std::move(draft), std::move(*key)};
}

// From `offset` on as many bytes as lie in one piece, at most `size_max`.
MutableByteView Upload::plain_at(std::uint64_t offset, std::uint64_t size_max) {
  const auto at = static_cast<std::size_t>(offset % (2 * group_size));
  return plain_.part(at, static_cast<std::size_t>(std::min<std::uint64_t>(size_max, 2 * group_size - at)));
}

void Upload::copy_out(const Ring& ring, const asks::Filled& filled) {
  ENSURE(pending() <= group_size && filled.size <= group_size);
  for (std::size_t done = 0; done < filled.size;) {
    const MutableByteView into = plain_at(size_, filled.size - done);
    ring.copy_out(into, filled.slot, done);
    done += into.size();
    size_ += into.size();
  }
}

Result<void> Upload::absorb(ipc::Channel& keeper) {
  if (size_ > seal::plain_size_max) return fail(Errc::too_large, "the file is over the largest size");
  if (size_ > sha1_free_size_max && !announces(ask_, crypt::HashKind::sha1)) sha1_.reset();
  while (hashed_ < size_) {
    const ByteView part = plain_at(hashed_, size_ - hashed_);
    sha256_.update(part);
    if (sha1_) sha1_->update(part);
    if (announced_) announced_->update(part);
    hashed_ += part.size();
  }
  while (pending() > group_size) TRY(store_group(keeper, group_size, false));
  return {};
}

// The sealed form of the next `size` bytes, behind a header that only the start of the blob needs.
ByteView Upload::seal_group(std::size_t size, bool is_end) {
  copy_to(sealed_.part(0, seal::header_size), seal::header(tag_));
  std::size_t sealed_end = seal::header_size;
  std::size_t done = 0;
  do {
    const ByteView plain = plain_at(stored_ + done, std::min(size - done, seal::chunk_size));
    const std::uint64_t index = (stored_ + done) / seal::chunk_size;
    done += plain.size();
    const auto flag = is_end && done == size ? seal::ChunkFlag::last : seal::ChunkFlag::inner;
    const MutableByteView out = sealed_.part(sealed_end, plain.size() + seal::chunk_overhead);
    sealer_.seal(out, index, flag, plain);
    sealed_end += out.size();
  } while (done < size);
  return sealed_.part(0, sealed_end);
}

// The reserve is not for content, however large a file turns out to be.
Result<void> Upload::need_space(std::size_t size) const {
  if (reserve_ == 0) return {};
  struct statfs state{};
  if (::fstatfs(storage_.blob.get(), &state) != 0) return fail_errno("free space of a stored file");
  const auto free = static_cast<std::uint64_t>(state.f_bavail) * static_cast<std::uint64_t>(state.f_bsize);
  if (free < reserve_ + size) return for_client(fail(Errc::storage_full, "the disk is full up to its reserve"));
  return {};
}

Result<void> Upload::store_group(ipc::Channel& keeper, std::size_t size, bool is_end) {
  if (!storage_.blob.valid()) {
    std::vector<Fd> descriptors;
    reserve_ = TRY(keeper.ask(asks::DraftBlob{draft_}, &descriptors, 1)).reserve;
    storage_.blob = std::move(descriptors[0]);
  }
  TRY(need_space(size));
  ByteView sealed = seal_group(size, is_end);
  std::uint64_t offset = 0;
  if (stored_ > 0) {
    sealed = sealed.subspan(seal::header_size);
    offset = seal::chunk_offset(stored_ / seal::chunk_size);
  }
  const Result<void> written = write_all_at(storage_.blob.get(), sealed, offset);
  if (!written.ok()) return for_client(written.error());
  stored_ += size;
  start_writeback(offset + sealed.size());
  return {};
}

// The disk works while the rest still comes, so that the sync at the end waits for little. Only advice: the sync decides.
void Upload::start_writeback(std::uint64_t blob_end) {
  if (blob_end - writeback_started_ < writeback_step) return;
  static_cast<void>(::sync_file_range(storage_.blob.get(), static_cast<off_t>(writeback_started_),
                                      static_cast<off_t>(blob_end - writeback_started_), SYNC_FILE_RANGE_WRITE));
  writeback_started_ = blob_end;
}

Result<std::optional<Bytes>> Upload::complete(ipc::Channel& keeper) {
  if (size_ <= seal::chunk_size) return std::optional{to_bytes(seal_group(pending(), true))};
  TRY(store_group(keeper, pending(), true));
  if (::fdatasync(storage_.blob.get()) != 0) return for_client(fail_errno("sync a stored file"));
  return std::optional<Bytes>{};
}

// A hash of a kind that nobody announced: the draft is read once more.
Result<Bytes> Upload::read_back(crypt::HashKind kind, int gate_fd) {
  crypt::Hash hash{kind};
  if (stored_ > 0) {
    SealedReader reader{key_.view(), tag_, stored_, SealedReader::Form::draft};
    TRY(read_all(reader, storage_, gate_fd, [&](ByteView plain) { hash.update(plain); }));
  }
  return hash.update(plain_at(stored_, pending())).finish();
}

Result<Bytes> Upload::hash_of(crypt::HashKind kind, int gate_fd) {
  if (kind == crypt::HashKind::sha256) return to_bytes(sha256_value_);
  if (kind == crypt::HashKind::sha1 && sha1_value_) return to_bytes(*sha1_value_);
  if (announced_ && announces(ask_, kind)) return announced_->finish();
  Bytes hash = TRY(read_back(kind, gate_fd));
  if (kind == crypt::HashKind::sha1) copy_to(sha1_value_.emplace(), hash);
  return hash;
}

Result<void> Upload::check_hash(const asks::Finish& ask, int gate_fd) {
  copy_to(sha256_value_, sha256_.finish());
  if (sha1_) copy_to(sha1_value_.emplace(), sha1_->finish());
  if (ask.hash_kind == 0) return {};
  const auto kind = static_cast<crypt::HashKind>(ask.hash_kind);
  if (ask.hash.size() != crypt::hash_size(kind))
    return fail(Errc::invalid, "the hash has the wrong length for its kind");
  const Bytes found = TRY(hash_of(kind, gate_fd));
  if (found != ask.hash) {
    return fail(Errc::invalid, "the content does not match the hash sent with it; nothing was stored");
  }
  return {};
}

Result<asks::FileRow> Upload::finish(ipc::Channel& keeper, ipc::Channel& vault, int gate_fd, asks::Finish ask) {
  TRY(check_hash(ask, gate_fd));
  std::optional<Bytes> small = TRY(complete(keeper));
  const asks::Received::Reply received = TRY(vault.ask(asks::Received{draft_, path_, sha256_value_, size_}));
  asks::Commit commit;
  commit.draft = draft_;
  commit.size = size_;
  commit.sha256 = sha256_value_;
  commit.sha1 = sha1_value_;
  commit.integrity_checked = ask.hash_kind != 0;
  commit.comment = std::move(ask.comment ? *ask.comment : ask_.comment);
  commit.agent = std::move(ask_.agent);
  commit.wrapped_key = std::move(wrapped_key_);
  commit.small = std::move(small);
  commit.receipt = received.index;
  return keeper.ask(commit);
}

}  // namespace bulkhead::porter
