#include "keeper/drafts.h"

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "core/path/path.h"
#include "core/seal/format.h"
#include "core/seal/key.h"
#include "crypt/random.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql insert_draft = "INSERT INTO drafts (blob, started_ms) VALUES ($1, $2)";
constexpr db::Sql delete_draft = "DELETE FROM drafts WHERE blob = $1";
constexpr db::Sql delete_drafts = "DELETE FROM drafts";
constexpr db::Sql select_drafts = "SELECT blob FROM drafts";
constexpr db::Sql select_known =
    "SELECT EXISTS (SELECT 1 FROM versions WHERE blob = $1) OR EXISTS (SELECT 1 FROM drafts WHERE blob = $1)";
constexpr db::Sql select_taken = "SELECT id FROM files WHERE folder = $1 AND name = $2";
constexpr db::Sql select_overwrite = "SELECT overwrite_allowed FROM folders WHERE id = $1";
constexpr db::Sql insert_version =
    "INSERT INTO versions (file, tag, wrapped_key, size, sha256, sha1, blob, uploader, uploaded_ms, address, agent, "
    "comment, integrity_checked, receipt, small) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
constexpr db::Sql insert_file = "INSERT INTO files (id, folder, name, version) VALUES ($1, $2, $3, 0)";
constexpr db::Sql update_version = "UPDATE files SET version = $2 WHERE id = $1";
constexpr db::Sql insert_seen = "INSERT INTO seen (file, user) VALUES ($1, $2)";
constexpr db::Sql update_folder =
    "UPDATE folders SET file_count = file_count + 1, files_size = files_size + $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_uploaded = "UPDATE users SET files_size = files_size + $2 WHERE number = $1";

Error name_taken() {
  return fail(Errc::conflict, "a file of that name exists in the folder, and overwriting is not allowed there");
}

}  // namespace

Result<Drafts::Draft*> Drafts::find(ipc::PeerId channel, std::uint64_t draft) {
  const auto found = drafts_.find(draft);
  if (found == drafts_.end() || found->second.channel != channel || found->second.published) {
    return fail(Errc::not_found, "no such upload");
  }
  return &found->second;
}

Result<std::uint64_t> Drafts::new_id() {
  while (true) {
    const std::uint32_t id = TRY(store_.new_id());
    if (!drafts_.contains(id)) return std::uint64_t{id};
  }
}

Result<asks::CreateDraft::Reply> Drafts::create(const Asker& asker, ipc::PeerId channel, const asks::CreateDraft& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::write_file));
  const Name name = TRY(Name::parse(ask.name));
  const RemotePath folder = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  const RemotePath path = TRY(folder.child(name));
  const auto overwrite = TRY(store_.db.one(select_overwrite, [](db::Row& row) { return row.boolean(0); }, ask.folder));
  const auto taken =
      TRY(store_.db.one(select_taken, [](db::Row& row) { return row.int64(0); }, ask.folder, name.text()));
  if (taken && !overwrite.value_or(false)) return name_taken();
  if (!taken) TRY(store_.need_free_name(ask.folder, name.text()));
  const std::uint64_t free = TRY(store_.blobs.free_bytes());
  if (free < reserve_) return fail(Errc::storage_full, "no space left; free some and try again");
  const auto own = std::ranges::count_if(drafts_, [&](const auto& entry) { return entry.second.channel == channel; });
  if (own >= static_cast<std::ptrdiff_t>(drafts_of_a_channel_max)) {
    return fail(Errc::exhausted, "too many uploads at once on this connection");
  }

  const std::uint64_t id = TRY(new_id());
  Draft& draft = drafts_[id];
  draft = {.channel = channel, .folder = ask.folder, .name = name.text(), .tag = {}, .blob = {}};
  crypt::fill_random(draft.tag);
  store_.turn.on_undo([this, id] { drafts_.erase(id); });  // the refused asker does not know its number
  return asks::CreateDraft::Reply{id, draft.tag, path.print()};
}

Result<Fd> Drafts::make_blob(const Asker& asker, ipc::PeerId channel, std::uint64_t id) {
  Draft* const draft = TRY(find(channel, id));
  if (!draft->blob.empty()) return fail(Errc::conflict, "this upload has its blob already");
  return store_.turn.ask([&]() -> Result<Fd> {
    Blobs::Created created = TRY(store_.blobs.create());
    draft->blob = created.name;
    store_.turn.on_undo([this, id, blob = created.name] {
      store_.blobs.remove(blob);
      if (const auto found = drafts_.find(id); found != drafts_.end()) found->second.blob.clear();
    });
    TRY(store_.db.run(insert_draft, created.name, asker.now));
    return std::move(created.file);
  });
}

// The porter has sealed what it says it has: as much as can be seen from outside.
Result<void> Drafts::need_whole(const Draft& draft, const asks::Commit& ask) const {
  if (ask.size > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  if (ask.wrapped_key.size() != seal::wrapped_key_size)
    return fail(Errc::invalid, "commit: the wrapped key's size is wrong");
  if (ask.comment.size() > description_size_max) return fail(Errc::too_large, "comment: is longer than 4096 bytes");
  if (ask.agent.size() > agent_size_max) return fail(Errc::too_large, "agent: is longer than 512 bytes");
  if (ask.small.has_value() != draft.blob.empty()) return fail(Errc::invalid, "commit: either a blob or small content");
  if (ask.small && ask.size > seal::chunk_size) return fail(Errc::invalid, "commit: too large without a blob");
  const std::uint64_t stored = ask.small ? ask.small->size() : TRY(store_.blobs.size(draft.blob));
  if (stored != seal::sealed_size(ask.size))
    return fail(Errc::invalid, "commit: the stored size is not that of the content");
  return {};
}

Result<asks::FileRow> Drafts::publish(const Asker& asker, ipc::PeerId channel, const asks::Commit& ask) {
  Draft* const draft = TRY(find(channel, ask.draft));
  TRY(need_whole(*draft, ask));
  TRY(store_.reach(asker, draft->folder, policy::Action::write_file));
  TRY(store_.turn.ask([&] { return insert(asker, *draft, ask); }));
  return files_.row(asker, ask.draft);
}

Result<void> Drafts::insert(const Asker& asker, const Draft& draft, const asks::Commit& ask) {
  TRY(take_place(asker, draft));
  TRY(store_.db.run(insert_file, ask.draft, draft.folder, draft.name));
  const std::optional<std::string> blob = draft.blob.empty() ? std::nullopt : std::optional{draft.blob};
  TRY(store_.db.run(insert_version, ask.draft, draft.tag, ask.wrapped_key, ask.size, ask.sha256, ask.sha1, blob,
                    asker.subject.user, asker.now, asker.address, ask.agent, ask.comment, ask.integrity_checked,
                    ask.receipt, ask.small));
  TRY(store_.db.run(update_version, ask.draft, store_.db.last_insert_rowid()));
  TRY(store_.db.run(insert_seen, ask.draft, asker.subject.user));
  TRY(store_.db.run(update_folder, draft.folder, ask.size, asker.now));
  TRY(store_.db.run(update_uploaded, asker.subject.user, ask.size));
  if (blob) TRY(store_.db.run(delete_draft, *blob));

  const std::uint64_t id = ask.draft;
  drafts_.at(id).published = true;
  store_.turn.after_commit([this, id] { drafts_.erase(id); });
  store_.turn.on_undo([this, id] {
    const auto found = drafts_.find(id);
    if (found == drafts_.end()) return;
    found->second.published = false;
    if (found->second.channel_gone) discard(id);
  });
  return {};
}

Result<void> Drafts::take_place(const Asker& asker, const Draft& draft) {
  const auto taken = TRY(store_.db.one(
      select_taken, [](db::Row& row) { return static_cast<std::uint64_t>(row.int64(0)); }, draft.folder, draft.name));
  if (!taken) return store_.need_free_name(draft.folder, draft.name);
  const auto overwrite =
      TRY(store_.db.one(select_overwrite, [](db::Row& row) { return row.boolean(0); }, draft.folder));
  if (!overwrite.value_or(false)) return name_taken();
  return files_.erase(*taken, draft.folder, asker.now);
}

Result<void> Drafts::drop(ipc::PeerId channel, std::uint64_t draft) {
  TRY(find(channel, draft));
  discard(draft);
  return {};
}

// Needs no success: what stays in the catalog is found at the next start.
void Drafts::discard(std::uint64_t id) {
  const auto found = drafts_.find(id);
  const std::string blob = std::move(found->second.blob);
  drafts_.erase(found);
  if (blob.empty()) return;
  store_.blobs.remove(blob);
  const Result<std::int64_t> removed = store_.turn.ask([&] { return store_.db.run(delete_draft, blob); });
  if (!removed.ok()) log(Level::warning, "a draft stays listed", {{"why", removed.error().message()}});
}

void Drafts::gone(ipc::PeerId channel) {
  std::vector<std::uint64_t> ended;
  for (auto& [id, draft] : drafts_) {
    if (draft.channel != channel) continue;
    draft.channel_gone = true;
    if (!draft.published) ended.push_back(id);
  }
  for (const std::uint64_t id : ended) discard(id);
}

Result<void> Drafts::remove_left_over() {
  std::size_t count = 0;
  TRY(store_.db.query(select_drafts, [&](db::Row& row) {
    store_.blobs.remove(std::string{row.text(0)});
    ++count;
  }));
  if (count == 0) return {};
  TRY(store_.turn.ask([&] { return store_.db.run(delete_drafts); }));
  log(Level::info, "unfinished uploads of an earlier run removed", {{"count", cat(count)}});
  return store_.commit();
}

Result<bool> Drafts::sweep_next() {
  if (swept_ == blob_folders) return false;
  for (std::string& name : TRY(store_.blobs.list(swept_))) {
    const auto known = TRY(store_.db.one(select_known, [](db::Row& row) { return row.boolean(0); }, name));
    if (*known) continue;
    store_.blobs.remove(std::move(name));
    ++orphans_;
  }
  if (++swept_ == blob_folders && orphans_ > 0) {
    log(Level::warning, "blobs that no file refers to removed", {{"count", cat(orphans_)}});
  }
  return true;
}

}  // namespace bulkhead::keeper
