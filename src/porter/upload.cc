#include "porter/upload.h"

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::porter {
namespace {

asks::DraftMode mode_of(asks::WriteMode mode) {
  switch (mode) {
    case asks::WriteMode::replace:
      return asks::DraftMode::replace;
    case asks::WriteMode::resume:
      return asks::DraftMode::resume;
    case asks::WriteMode::exclusive:
      return asks::DraftMode::exclusive;
    case asks::WriteMode::create:
      break;
  }
  return asks::DraftMode::create;
}

struct Made {
  asks::CreateDraft::Reply draft;
  Fd blob;  // of a kept draft
};

Result<Made> create_draft(const Context& context, const asks::OpenWrite& ask) {
  std::vector<Fd> descriptors;
  Made made;
  made.draft = TRY(context.keeper.ask_with_any(
      asks::CreateDraft{ask.folder, ask.name, mode_of(ask.mode), ask.resumable}, descriptors));
  if (descriptors.size() != (made.draft.wrapped_key.empty() ? 0U : 1U))
    return fail(Errc::io, "keeper answered with another number of descriptors");
  if (!descriptors.empty()) made.blob = std::move(descriptors[0]);
  return made;
}

}  // namespace

Upload::Upload(asks::OpenWrite ask, std::string path, Draft draft, bool from_start)
    : ask_{std::move(ask)}, path_{std::move(path)}, draft_{std::move(draft)}, progress_{asks::TransferDirection::upload, draft_.id()} {
  if (!from_start) return;
  running_.add(crypt::HashKind::sha256);
  running_.add(crypt::HashKind::sha1);
  if (ask_.hash_kind != 0) running_.add(static_cast<crypt::HashKind>(ask_.hash_kind));
}

Result<Upload> Upload::create(const Context& context, asks::OpenWrite ask) {
  if (ask.name.size() > name_size_max)
    return fail(Errc::invalid, cat("a file name has at most ", name_size_max, " bytes"));
  if (ask.agent.size() > agent_size_max)
    return fail(Errc::invalid, cat("an agent has at most ", agent_size_max, " bytes"));
  Made made = TRY(create_draft(context, ask));
  const std::uint64_t kept = made.draft.draft;
  if (!made.blob.valid()) return begin(context, std::move(ask), std::move(made.draft));
  Result<Upload> upload = take_up(context, ask, std::move(made.draft), std::move(made.blob));
  if (upload.ok() || upload.error().kind() != Errc::not_found) return upload;
  // It was lost before it had begun, for example in the middle of a copy: once more, from the start.
  drop_draft(context.keeper, kept);
  made = TRY(create_draft(context, ask));
  if (made.blob.valid()) return fail(Errc::io, "keeper answered with a draft that was dropped");
  return begin(context, std::move(ask), std::move(made.draft));
}

Result<Upload> Upload::begin(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made) {
  Result<asks::NewKey::Reply> key = context.vault.ask(asks::NewKey{made.tag});
  if (!key.ok()) {
    drop_draft(context.keeper, made.draft);
    return key.error();
  }
  ENSURE(key->key.size() == seal::key_size);
  Draft draft{{made.draft, made.tag, std::move(key->wrapped_key), ask.resumable, false, made.keep_days}, key->key};
  Upload upload{std::move(ask), std::move(made.path), std::move(draft), true};
  upload.claim_quota(context);
  if (made.base_file == 0) return upload;
  const Result<Lease> base = lease_read(context.keeper, made.base_file, made.base_version);
  const Result<void> copied = base.ok() ? upload.copy_from(context, *base, asks::Purpose::edit) : base.error();
  if (!copied.ok()) {
    drop_draft(context.keeper, made.draft);
    return copied.error();
  }
  return upload;
}

Result<Upload> Upload::copy(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made,
                            const Lease& source) {
  const std::uint64_t draft = made.draft;
  Upload upload = TRY(begin(context, std::move(ask), std::move(made)));
  if (const Result<void> copied = upload.copy_from(context, source, asks::Purpose::copy); !copied.ok()) {
    drop_draft(context.keeper, draft);
    return copied.error();
  }
  return upload;
}

// Errc::not_found when there is nothing to go on with. After another Error the draft stays as it was.
Result<Upload> Upload::take_up(const Context& context, asks::OpenWrite ask, asks::CreateDraft::Reply made, Fd blob) {
  const auto let_go = [&](const Error& error) {
    const auto told = context.keeper.ask(asks::KeepDraft{made.draft, made.size, true});
    if (!told.ok())
      log(Level::warning, "draft_not_kept", {{"draft", cat(made.draft)}, {"why", told.error().message()}});
    return error;
  };
  const Result<asks::ResumeKey::Reply> key = context.vault.ask(asks::ResumeKey{made.tag, made.wrapped_key});
  if (!key.ok()) return let_go(key.error());
  ENSURE(key->key.size() == seal::key_size);
  Draft draft{{made.draft, made.tag, std::move(made.wrapped_key), ask.resumable, false, made.keep_days}, key->key};
  const Result<bool> taken = draft.take_up(context, std::move(blob), made.reserve, made.size);
  if (!taken.ok()) return let_go(taken.error());
  if (!*taken) return fail(Errc::not_found, "the draft had not begun");
  return Upload{std::move(ask), std::move(made.path), std::move(draft), false};
}

Result<void> Upload::copy_from(const Context& context, const Lease& lease, asks::Purpose purpose) {
  TRY(need_quota(context, lease.row.size));
  asks::Release::Reply released = TRY(release_key(context.vault, lease, purpose));
  SealedReader reader{released.key.view(), lease.tag, lease.row.size};
  released.key.clear();
  draft_.begin_copy();
  Result<void> copied = read_chunks(context, reader, lease.storage, 0, reader.chunk_count(), [&](ByteView plain) {
    const std::uint64_t offset = draft_.size();
    hash(offset, plain);
    return draft_.write(context, offset, plain);
  });
  if (copied.ok()) copied = draft_.end_copy();
  report_sent(context.vault, {released.index, {}, copied.ok()});  // no byte of the content left the server
  return copied;
}

Result<ipc::Nothing> Upload::check(const asks::WriteBlock& ask) const {
  if (broken_) return *broken_;
  if (ask.offset > seal::plain_size_max - ask.size) return fail(Errc::too_large, "the file is over the largest size");
  return ipc::Nothing{};
}

void Upload::absorb(const Context& context, std::uint64_t offset, ByteView plain) {
  hash(offset, plain);
  Result<void> written = need_quota(context, offset + plain.size());
  if (written.ok()) written = draft_.write(context, offset, plain);
  if (!written.ok()) static_cast<void>(break_off(written.error()));
}

Result<void> Upload::need_quota(const Context& context, std::uint64_t size) {
  size = std::max(size, draft_.size());
  if (size <= reserved_) return {};
  reserved_ = TRY(context.keeper.ask(asks::Reserve{draft_.id(), size})).until;
  return {};
}

// Room for everything from the start: uploads side by side would each take a part of what one of them needs. Without it
// the upload tries to do with what is left, block by block.
void Upload::claim_quota(const Context& context) {
  if (ask_.expected == 0 || ask_.expected > seal::plain_size_max) return;
  const Result<void> claimed = need_quota(context, ask_.expected);
  if (!claimed.ok() && claimed.error().kind() != Errc::over_quota) static_cast<void>(break_off(claimed.error()));
}

Result<void> Upload::break_off(Error error) {
  log(Level::error, "transfer_broken", {{"direction", "upload"}, {"why", error.message()}});
  running_ = {};
  return *(broken_ = std::move(error));
}

// Bytes out of order end the hashes: finish() reads everything back then.
void Upload::hash(std::uint64_t offset, ByteView plain) {
  if (running_.empty() || plain.empty()) return;
  if (offset != hashed_) {
    running_ = {};
    return;
  }
  const auto sha1 = static_cast<std::uint8_t>(crypt::HashKind::sha1);
  hashed_ += plain.size();
  if (hashed_ > sha1_free_size_max && ask_.hash_kind != sha1) running_.drop(crypt::HashKind::sha1);
  running_.update(plain);
}

Result<ipc::Nothing> Upload::truncate(const Context& context, std::uint64_t size) {
  if (broken_) return *broken_;
  if (size > seal::plain_size_max) return fail(Errc::too_large, "the file is over the largest size");
  if (size < hashed_) running_ = {};
  if (size > draft_.size()) TRY(need_quota(context, size));
  if (const Result<void> done = draft_.truncate(context, size); !done.ok()) TRY(break_off(done.error()));
  return ipc::Nothing{};
}

Result<ipc::Nothing> Upload::sync(const Context& context) {
  if (!draft_.resumable()) return fail(Errc::invalid, "this upload cannot be gone on with, so nothing of it is kept");
  if (broken_) return *broken_;
  if (const Result<void> done = draft_.sync(context); !done.ok()) TRY(break_off(done.error()));
  return ipc::Nothing{};
}

Result<asks::FileRow> Upload::finish(const Context& context, const asks::Finish& ask) {
  if (broken_) return *broken_;
  TRY(draft_.fill_gaps(context));
  TRY(complete_hashes(context, ask.hash_kind));
  TRY(check_hash(ask));
  return publish(context, ask);
}

// What is not known from the way reads the draft once more.
Result<void> Upload::complete_hashes(const Context& context, std::uint8_t wanted) {
  if (hashed_ == draft_.size()) values_ = running_.finish();
  Hashes missing;
  const auto need = [&](crypt::HashKind kind) {
    if (!values_.contains(kind)) missing.add(kind);
  };
  need(crypt::HashKind::sha256);
  if (draft_.size() <= sha1_free_size_max) need(crypt::HashKind::sha1);
  if (wanted != 0) need(static_cast<crypt::HashKind>(wanted));
  if (missing.empty()) return {};
  TRY(draft_.read_back(context, [&](ByteView plain) { missing.update(plain); }));
  values_.merge(missing.finish());
  return {};
}

Result<void> Upload::check_hash(const asks::Finish& ask) const {
  if (ask.hash_kind == 0) return {};
  const auto kind = static_cast<crypt::HashKind>(ask.hash_kind);
  if (ask.hash.size() != crypt::hash_size(kind))
    return fail(Errc::invalid, "the hash has the wrong length for its kind");
  if (values_.at(kind) != ask.hash)
    return fail(Errc::invalid, "the content does not match the hash sent with it; nothing was stored");
  return {};
}

Result<asks::FileRow> Upload::publish(const Context& context, const asks::Finish& ask) {
  asks::Commit commit;
  commit.draft = draft_.id();
  commit.size = draft_.size();
  copy_to(commit.sha256, values_.at(crypt::HashKind::sha256));
  if (const auto sha1 = values_.find(crypt::HashKind::sha1); sha1 != values_.end())
    copy_to(commit.sha1.emplace(), sha1->second);
  commit.integrity_checked = ask.hash_kind != 0;
  commit.comment = ask.comment.value_or(ask_.comment);
  commit.agent = ask_.agent;
  commit.modified_ms = ask.modified_ms;
  commit.small = TRY(draft_.close(context));
  asks::Received::Reply received = TRY(context.vault.ask(
      asks::Received{draft_.tag(), draft_.wrapped_key(), commit.draft, path_, commit.sha256, commit.size,
                     draft_.keep_days()}));
  commit.receipt = received.index;
  commit.bucket_day = received.bucket_day;
  commit.wrapped_key = std::move(received.wrapped_key);
  return context.keeper.ask(commit);
}

void Upload::leave(const Context& context, bool drop) {
  if (drop || draft_.closed() || !draft_.resumable()) return drop_draft(context.keeper, draft_.id());
  draft_.keep(context);
}

}  // namespace bulkhead::porter
