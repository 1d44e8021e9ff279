#include "keeper/drafts.h"

#include <algorithm>

#include "base/log.h"
#include "core/path/path.h"
#include "core/seal/format.h"
#include "core/seal/key.h"
#include "crypt/random.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql insert_draft =
    "INSERT INTO drafts (id, folder, name, uploader, kept, tag, wrapped_key, blob, modified_ms, started_ms, "
    "changed_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
constexpr db::Sql update_size = "UPDATE drafts SET size = $2, changed_ms = $3 WHERE id = $1 AND kept <> 0";
constexpr db::Sql delete_draft = "DELETE FROM drafts WHERE id = $1";
constexpr int kept_whole = 1;
constexpr int kept_part = 2;
constexpr db::Sql select_kept =
    "SELECT count(*), coalesce(sum(size), 0), (SELECT quota FROM users WHERE number = $1) FROM drafts "
    "WHERE uploader = $1 AND kept <> 0";

Error no_such_upload() {
  return fail(Errc::not_found, "no such upload");
}

// Nobody stores beyond his quota by never finishing.
Result<void> need_few_kept(db::Db& db, policy::UserId uploader) {
  struct Kept {
    std::int64_t count = 0;
    std::int64_t size = 0;
    std::int64_t quota = 0;
  };
  const auto kept =
      TRY(db.one(select_kept, [](db::Row& row) { return Kept{row.int64(0), row.int64(1), row.int64(2)}; }, uploader));
  if (!kept) return {};
  if (kept->count >= kept_drafts_of_a_user_max) {
    return fail(Errc::exhausted, "too many unfinished uploads are kept for you: finish or remove some");
  }
  if (kept->quota > 0 && kept->size >= kept->quota) {
    return fail(Errc::over_quota, "your unfinished uploads fill your quota: finish or remove some");
  }
  return {};
}

}  // namespace

Result<Drafts::Draft*> Drafts::find(ipc::PeerId channel, std::uint64_t draft) {
  const auto found = drafts_.find(draft);
  if (found == drafts_.end() || found->second.channel != channel || found->second.ended) return no_such_upload();
  return &found->second;
}

Result<std::uint64_t> Drafts::new_id() {
  while (true) {
    const std::uint32_t id = TRY(store_.new_id());
    if (!drafts_.contains(id)) return std::uint64_t{id};
  }
}

void Drafts::add(std::uint64_t id, Draft draft) {
  if (!draft.part) places_.insert(place_of(id, draft));
  drafts_.insert_or_assign(id, std::move(draft));
}

void Drafts::erase(std::uint64_t id) {
  const auto found = drafts_.find(id);
  if (found == drafts_.end()) return;
  places_.erase(place_of(id, found->second));
  drafts_.erase(found);
  store_.quotas.release(id);
}

Result<void> Drafts::need_room(ipc::PeerId channel) {
  const std::uint64_t free = TRY(store_.blobs.free_bytes());
  if (free < reserve_) return fail(Errc::storage_full, "no space left; free some and try again");
  const auto own = std::ranges::count_if(drafts_, [&](const auto& entry) { return entry.second.channel == channel; });
  if (own >= static_cast<std::ptrdiff_t>(drafts_of_a_channel_max)) {
    return fail(Errc::exhausted, "too many uploads at once on this connection");
  }
  return {};
}

Result<Drafts::Opened> Drafts::create(const Asker& asker, ipc::PeerId channel, const asks::CreateDraft& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::write_file));
  const Name name = TRY(store_.names.fit(ask.folder, TRY(Name::parse(ask.name))));
  const RemotePath folder = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  const RemotePath path = TRY(folder.child(name));
  const std::optional<FilePlace> taken = TRY(need_place(asker, ask.folder, name.text(), ask.mode));
  TRY(need_room(channel));
  if (ask.mode == asks::DraftMode::resume) {
    std::optional<Opened> resumed = TRY(resume(asker, channel, ask, name));
    if (resumed) {
      resumed->reply.path = path.print();
      resumed->reply.keep_days = TRY(store_.expiries.keep_days(ask.folder));
      return std::move(*resumed);
    }
  }

  Opened opened;
  opened.reply.draft = TRY(new_id());
  opened.reply.path = path.print();
  opened.reply.keep_days = TRY(store_.expiries.keep_days(ask.folder));
  crypt::fill_random(opened.reply.tag);
  if (ask.mode == asks::DraftMode::resume && taken) {
    opened.reply.base_file = taken->id;
    opened.reply.base_version = taken->version;
  }
  add(opened.reply.draft, {.channel = channel,
                           .uploader = asker.subject.user,
                           .folder = ask.folder,
                           .name = name.text(),
                           .mode = ask.mode,
                           .resumable = ask.resumable,
                           .tag = opened.reply.tag,
                           .changed_ms = asker.now});
  // The refused asker does not know its number.
  store_.turn.on_undo([this, id = opened.reply.draft] { erase(id); });
  return opened;
}

Result<Drafts::Opened> Drafts::create_staged(const Asker& asker, ipc::PeerId channel, std::uint32_t folder,
                                             const std::string& name) {
  TRY(need_room(channel));
  Opened opened;
  opened.reply.draft = TRY(new_id());
  crypt::fill_random(opened.reply.tag);
  add(opened.reply.draft, {.channel = channel,
                           .uploader = asker.subject.user,
                           .folder = folder,
                           .name = name,
                           .mode = asks::DraftMode::exclusive,
                           .tag = opened.reply.tag,
                           .changed_ms = asker.now,
                           .staged = true});
  store_.turn.on_undo([this, id = opened.reply.draft] { erase(id); });
  return opened;
}

Result<std::optional<Drafts::Opened>> Drafts::resume(const Asker& asker, ipc::PeerId channel,
                                                     const asks::CreateDraft& ask, const Name& name) {
  std::optional<Opened> opened;
  std::optional<Stored> kept = TRY(stored(asker.subject.user, ask.folder, name.text()));
  if (!kept) return opened;
  if (drafts_.contains(kept->id)) {
    return fail(Errc::conflict, "this upload is still being written over another connection: try again later");
  }
  Result<Fd> blob = store_.blobs.open_for_writing(kept->blob);
  if (!kept->whole || (!blob.ok() && blob.error().kind() == Errc::corrupt)) {
    log(Level::warning, "a kept upload has lost its content, and is begun anew");
    TRY(store_.turn.ask([&] { return supersede(asker.subject.user, ask.folder, name.text(), 0); }));
    return opened;
  }
  opened.emplace();
  opened->blob = TRY(std::move(blob));
  opened->reply.draft = kept->id;
  opened->reply.tag = kept->tag;
  opened->reply.wrapped_key = std::move(kept->wrapped_key);
  opened->reply.size = size_kept(kept->blob, kept->size);
  opened->reply.reserve = reserve_;
  add(kept->id, {.channel = channel,
                 .uploader = asker.subject.user,
                 .folder = ask.folder,
                 .name = name.text(),
                 .mode = ask.mode,
                 .resumable = true,
                 .tag = kept->tag,
                 .changed_ms = kept->changed_ms,
                 .modified_ms = kept->modified_ms,
                 .blob = kept->blob,
                 .said = kept->size,
                 .kept = true});
  store_.turn.on_undo([this, id = kept->id] { erase(id); });
  return opened;
}

Result<Fd> Drafts::make_blob(const Asker& asker, ipc::PeerId channel, const asks::DraftBlob& ask) {
  Draft* const draft = TRY(find(channel, ask.draft));
  if (!draft->blob.empty()) return fail(Errc::conflict, "this upload has its blob already");
  if (draft->resumable) {
    if (ask.wrapped_key.size() != seal::wrapped_key_size)
      return fail(Errc::invalid, "draft_blob: the wrapped key's size is wrong");
    TRY(need_few_kept(store_.db, draft->uploader));
  }
  return store_.turn.ask([&] { return add_blob(asker, ask.draft, *draft, ask.wrapped_key); });
}

Result<Fd> Drafts::add_blob(const Asker& asker, std::uint64_t id, Draft& draft, const Bytes& wrapped_key) {
  Blobs::Created created = TRY(store_.blobs.create());
  draft.blob = created.name;
  draft.kept = draft.resumable;
  store_.turn.on_undo([this, id, blob = created.name] {
    store_.blobs.remove(blob);
    const auto found = drafts_.find(id);
    if (found == drafts_.end()) return;
    found->second.blob.clear();
    found->second.kept = false;
  });
  if (draft.kept && !draft.part) TRY(supersede(draft.uploader, draft.folder, draft.name, id));
  const int kept = draft.part ? kept_part : draft.kept ? kept_whole : 0;
  TRY(store_.db.run(insert_draft, id, draft.folder, draft.name, draft.uploader, kept, draft.tag, wrapped_key,
                    created.name, draft.modified_ms, asker.now));
  if (draft.plan) TRY(put_plan(id, *draft.plan));
  return std::move(created.file);
}

Result<void> Drafts::keep(const Asker& asker, ipc::PeerId channel, const asks::KeepDraft& ask) {
  Draft* const draft = TRY(find(channel, ask.draft));
  if (!draft->kept) return fail(Errc::conflict, "this upload is not kept, or a newer one of its name is kept instead");
  if (ask.size > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  const std::uint64_t stored_size = TRY(store_.blobs.size(draft->blob));
  if (ask.size > 0 && seal::sealed_size(ask.size) > stored_size) {
    return fail(Errc::invalid, "keep_draft: the blob does not hold that many bytes");
  }
  return store_.turn.ask([&]() -> Result<void> {
    const std::int64_t updated = TRY(store_.db.run(update_size, ask.draft, ask.size, asker.now));
    if (updated == 0) return no_such_upload();  // gone with its folder
    draft->said = ask.size;
    draft->changed_ms = asker.now;
    TRY(end_hold(ask.draft, *draft));
    if (ask.let_go) end_with_turn(ask.draft);
    return {};
  });
}

// The turn may still fail: then the draft is there again.
void Drafts::end_with_turn(std::uint64_t id) {
  drafts_.at(id).ended = true;
  store_.turn.after_commit([this, id] { erase(id); });
  // What is published counts from now on, and not twice.
  store_.turn.on_undo([this, id, reserved = store_.quotas.release(id)] {
    const auto found = drafts_.find(id);
    if (found == drafts_.end()) return;
    found->second.ended = false;
    if (reserved) store_.quotas.put_back(id, *reserved);
    if (!found->second.channel_gone) return;
    if (found->second.kept)
      erase(id);  // its row is as it was
    else
      discard(id);
  });
}

// What goes for good when it takes its place gives its room to it.
Result<Claim> Drafts::claim_of(const Draft& draft, std::uint64_t size) {
  Claim claim{.user = draft.uploader, .folder = draft.folder, .bytes = size, .user_bytes = size};
  const std::optional<FilePlace> replaced = TRY(files_.at(draft.folder, draft.name));
  if (!replaced) return claim;
  for (const StoredVersion& freed : TRY(store_.versions.freed_by_replacing(*replaced))) {
    const auto bytes = static_cast<std::uint64_t>(freed.size);
    claim.bytes -= std::min(claim.bytes, bytes);
    if (freed.uploader == draft.uploader) claim.user_bytes -= std::min(claim.user_bytes, bytes);
  }
  return claim;
}

Result<asks::Reserve::Reply> Drafts::reserve(ipc::PeerId channel, const asks::Reserve& ask) {
  const Draft* const draft = TRY(find(channel, ask.draft));
  if (ask.size > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  if (draft->staged) return asks::Reserve::Reply{UINT64_MAX};  // its copy has reserved
  const bool looked = TRY(store_.quotas.reserve(TRY(claim_of(*draft, ask.size)), ask.draft));
  return asks::Reserve::Reply{looked ? ask.size : UINT64_MAX};
}

Result<void> Drafts::drop(ipc::PeerId channel, std::uint64_t draft) {
  TRY(find(channel, draft));
  discard(draft);
  return {};
}

// Needs no success: what stays in the catalog is found at the next start, or when somebody wants to resume it.
void Drafts::discard(std::uint64_t id) {
  const std::string blob = drafts_.at(id).blob;
  erase(id);
  if (blob.empty()) return;
  store_.blobs.remove(blob);
  const Result<std::int64_t> removed = store_.turn.ask([&] { return store_.db.run(delete_draft, id); });
  if (!removed.ok()) log(Level::warning, "a draft stays listed", {{"why", removed.error().message()}});
}

// Without success its row is as it was last kept.
void Drafts::let_go(std::uint64_t id, UnixMs now) {
  const Draft draft = drafts_.at(id);
  erase(id);
  const Result<std::int64_t> noted =
      store_.turn.ask([&] { return store_.db.run(update_size, id, size_of(draft), now); });
  if (!noted.ok()) log(Level::warning, "the size of a kept upload was not noted", {{"why", noted.error().message()}});
}

void Drafts::gone(ipc::PeerId channel, UnixMs now) {
  std::vector<std::uint64_t> left;
  for (auto& [id, draft] : drafts_) {
    if (draft.channel != channel) continue;
    draft.channel_gone = true;
    if (!draft.ended) left.push_back(id);
  }
  for (const std::uint64_t id : left) {
    if (drafts_.at(id).kept)
      let_go(id, now);
    else
      discard(id);
  }
}

}  // namespace bulkhead::keeper
