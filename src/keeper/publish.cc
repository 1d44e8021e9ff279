// Drafts that become files.
#include "core/path/path.h"
#include "core/seal/format.h"
#include "core/seal/key.h"
#include "keeper/drafts.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_overwrite = "SELECT overwrite_allowed FROM folders WHERE id = $1";
constexpr db::Sql insert_version =
    "INSERT INTO versions (file, tag, wrapped_key, size, sha256, sha1, blob, uploader, uploaded_ms, address, agent, "
    "comment, integrity_checked, receipt, small) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
constexpr db::Sql insert_file = "INSERT INTO files (id, folder, name, version, modified_ms) VALUES ($1, $2, $3, 0, $4)";
constexpr db::Sql update_version = "UPDATE files SET version = $2 WHERE id = $1";
constexpr db::Sql insert_seen = "INSERT INTO seen (file, user) VALUES ($1, $2)";
constexpr db::Sql update_folder =
    "UPDATE folders SET file_count = file_count + 1, files_size = files_size + $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_uploaded = "UPDATE users SET files_size = files_size + $2 WHERE number = $1";
constexpr db::Sql delete_draft = "DELETE FROM drafts WHERE id = $1";

}  // namespace

Result<std::optional<FilePlace>> Drafts::need_place(const Asker& asker, std::uint32_t folder, const std::string& name,
                                                    asks::DraftMode mode) {
  TRY(store_.names.need_allowed(folder, name));
  std::optional<FilePlace> taken = TRY(files_.at(folder, name));
  if (!taken) {
    TRY(store_.need_free_name(folder, name));
    return taken;
  }
  if (mode == asks::DraftMode::exclusive) return fail(Errc::conflict, "a file of that name exists in the folder");
  const auto overwrite = TRY(store_.db.one(select_overwrite, [](db::Row& row) { return row.boolean(0); }, folder));
  if (!overwrite.value_or(false)) {
    if (mode == asks::DraftMode::create) {
      return fail(Errc::conflict, "a file of that name exists in the folder, and overwriting is not allowed there");
    }
    TRY(store_.reach(asker, folder, policy::Action::delete_file));
  }
  TRY(store_.holds.need_none(asker, taken->id, folder));
  return taken;
}

Result<void> Drafts::replace(const Asker& asker, const FilePlace& file, const FilePlace* by) {
  TRY(need_place(asker, file.folder, file.name, asks::DraftMode::replace));
  if (by == nullptr) return files_.discard(asker, file);
  return store_.versions.give_way(asker, file, by->id, by->folder);
}

// The porter has sealed what it says it has: as much as can be seen from outside.
Result<void> Drafts::need_whole(const Draft& draft, const asks::Commit& ask) const {
  if (ask.size > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  if (ask.wrapped_key.size() != seal::wrapped_key_size)
    return fail(Errc::invalid, "commit: the wrapped key's size is wrong");
  if (ask.comment.size() > description_size_max) return fail(Errc::too_large, "comment: is longer than 4096 bytes");
  if (ask.agent.size() > agent_size_max) return fail(Errc::too_large, "agent: is longer than 512 bytes");
  if (ask.modified_ms) TRY(need_modified(*ask.modified_ms));
  if (ask.small.has_value() != draft.blob.empty()) return fail(Errc::invalid, "commit: either a blob or small content");
  if (ask.small && ask.size > seal::chunk_size) return fail(Errc::invalid, "commit: too large without a blob");
  const std::uint64_t stored = ask.small ? ask.small->size() : TRY(store_.blobs.size(draft.blob));
  if (stored != seal::sealed_size(ask.size))
    return fail(Errc::invalid, "commit: the stored size is not that of the content");
  return {};
}

Result<asks::FileRow> Drafts::publish(const Asker& asker, ipc::PeerId channel, const asks::Commit& ask) {
  Draft* const draft = TRY(find(channel, ask.draft));
  if (draft->part) return fail(Errc::conflict, "this is a part: it is joined with others, and never published itself");
  if (!draft->staged) TRY(store_.reach(asker, draft->folder, policy::Action::write_file));
  TRY(need_whole(*draft, ask));
  TRY(store_.turn.ask([&] { return insert(asker, *draft, ask); }));
  return files_.row(asker, ask.draft);
}

Result<void> Drafts::insert(const Asker& asker, const Draft& draft, const asks::Commit& ask) {
  std::optional<FilePlace> replaced;
  if (!draft.staged) {
    replaced = TRY(need_place(asker, draft.folder, draft.name, draft.mode));
    TRY(store_.quotas.need_room(TRY(claim_of(draft, ask.size)), ask.draft));
  }
  if (replaced) TRY(store_.versions.step_aside(*replaced));
  const std::optional<UnixMs> modified = ask.modified_ms ? ask.modified_ms : draft.modified_ms;
  TRY(store_.db.run(insert_file, ask.draft, draft.folder, draft.name, modified.value_or(asker.now)));
  const std::optional<std::string> blob = draft.blob.empty() ? std::nullopt : std::optional{draft.blob};
  TRY(store_.db.run(insert_version, ask.draft, draft.tag, ask.wrapped_key, ask.size, ask.sha256, ask.sha1, blob,
                    asker.subject.user, asker.now, asker.address, ask.agent, ask.comment, ask.integrity_checked,
                    ask.receipt, ask.small));
  const auto version = static_cast<std::uint64_t>(store_.db.last_insert_rowid());
  TRY(store_.db.run(update_version, ask.draft, version));
  TRY(store_.expiries.published(version, ask.draft, asker.organisation, ask.bucket_day, asker.now));
  TRY(store_.db.run(insert_seen, ask.draft, asker.subject.user));
  TRY(store_.db.run(update_folder, draft.folder, ask.size, asker.now));
  TRY(store_.quotas.count(draft.folder, static_cast<std::int64_t>(ask.size)));
  TRY(store_.db.run(update_uploaded, asker.subject.user, ask.size));
  if (replaced) TRY(store_.versions.give_way(asker, *replaced, ask.draft, draft.folder));
  if (blob) TRY(store_.db.run(delete_draft, ask.draft));
  TRY(supersede(draft.uploader, draft.folder, draft.name, ask.draft));
  end_with_turn(ask.draft);
  return {};
}

}  // namespace bulkhead::keeper
