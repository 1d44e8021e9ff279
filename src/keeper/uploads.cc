// Uploads: drafts that are known by their number to who began them.
#include "core/path/path.h"
#include "core/seal/format.h"
#include "crypt/random.h"
#include "keeper/drafts.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_upload =
    "SELECT d.id, d.tag, d.wrapped_key, d.blob, d.size, d.modified_ms, d.changed_ms, d.folder, d.name, d.kept = 2, "
    "u.total, u.comment, u.metadata "
    "FROM drafts d JOIN uploads u ON u.draft = d.id WHERE d.id = $1 AND d.uploader = $2 AND d.kept <> 0";
constexpr db::Sql select_published =
    "SELECT f.folder FROM files f JOIN versions v ON v.id = f.version WHERE f.id = $1 AND v.uploader = $2";
constexpr db::Sql select_user = "SELECT name FROM users WHERE number = $1";
constexpr db::Sql insert_plan =
    "INSERT INTO uploads (draft, total, comment, metadata) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (draft) DO UPDATE SET total = $2, comment = $3, metadata = $4";
constexpr db::Sql update_total = "UPDATE uploads SET total = $2 WHERE draft = $1 AND (total IS NULL OR total = $2)";
constexpr db::Sql update_held = "UPDATE uploads SET held = $2 WHERE draft = $1";

constexpr std::string_view part_name = "part";

Error no_such_upload() {
  return fail(Errc::not_found, "no such upload");
}

Result<void> need_plan(const asks::UploadPlan& plan) {
  if (plan.total && *plan.total > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  if (plan.comment.size() > description_size_max) return fail(Errc::too_large, "comment: is longer than 4096 bytes");
  if (plan.metadata.size() > asks::upload_metadata_max)
    return fail(Errc::too_large, "metadata: is longer than 4096 bytes");
  return {};
}

}  // namespace

Drafts::Upload Drafts::read_upload(db::Row& row) {
  Upload read;
  read.stored = read_stored(row);
  read.folder = static_cast<std::uint32_t>(row.int64(7));
  read.name = row.text(8);
  read.plan.part = row.boolean(9);
  if (const auto total = row.optional_int64(10)) read.plan.total = static_cast<std::uint64_t>(*total);
  read.plan.comment = row.text(11);
  read.plan.metadata = row.text(12);
  return read;
}

Result<Drafts::Upload> Drafts::find_upload(const Asker& asker, std::uint64_t upload) {
  std::optional<Upload> found = TRY(store_.db.one(select_upload, read_upload, upload, asker.subject.user));
  if (!found) return no_such_upload();
  return std::move(*found);
}

// Whoever may not write there any more is told what a stranger is.
Result<void> Drafts::reach_upload(const Asker& asker, std::uint32_t folder) {
  const auto chain = store_.reach(asker, folder, policy::Action::write_file);
  if (chain.ok()) return {};
  const Errc kind = chain.error().kind();
  if (kind == Errc::denied || kind == Errc::not_found) return no_such_upload();
  return Error{chain.error()};
}

Result<asks::CreateDraft::Reply> Drafts::begin_upload(const Asker& asker, ipc::PeerId channel,
                                                      const asks::BeginUpload& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::write_file));
  TRY(need_plan(ask.plan));
  const Name name = TRY(Name::parse(ask.plan.part ? part_name : std::string_view{ask.name}));
  const RemotePath folder = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  const RemotePath path = TRY(folder.child(name));
  if (!ask.plan.part) TRY(need_place(asker, ask.folder, name.text(), asks::DraftMode::create));
  TRY(need_room(channel));
  asks::CreateDraft::Reply reply;
  reply.draft = TRY(new_id());
  reply.path = path.print();
  reply.keep_days = TRY(store_.expiries.keep_days(ask.folder));
  crypt::fill_random(reply.tag);
  add(reply.draft, {.channel = channel,
                    .uploader = asker.subject.user,
                    .folder = ask.folder,
                    .name = name.text(),
                    .mode = asks::DraftMode::create,
                    .resumable = true,
                    .tag = reply.tag,
                    .changed_ms = asker.now,
                    .plan = ask.plan,
                    .part = ask.plan.part});
  store_.turn.on_undo([this, id = reply.draft] { erase(id); });
  return reply;
}

Result<void> Drafts::put_plan(std::uint64_t id, const asks::UploadPlan& plan) {
  TRY(store_.db.run(insert_plan, id, plan.total, plan.comment, plan.metadata));
  return {};
}

Result<std::optional<ipc::PeerId>> Drafts::holder(const Asker& asker, std::uint64_t upload) {
  TRY(find_upload(asker, upload));
  const auto found = drafts_.find(upload);
  if (found == drafts_.end()) return std::optional<ipc::PeerId>{};
  return std::optional{found->second.channel};
}

Result<Drafts::Opened> Drafts::take_upload(const Asker& asker, ipc::PeerId channel, const asks::TakeUpload& ask) {
  Upload found = TRY(find_upload(asker, ask.upload));
  TRY(reach_upload(asker, found.folder));
  if (drafts_.contains(ask.upload)) return fail(Errc::conflict, "this upload is still being written: try again later");
  const RemotePath folder = TRY(RemotePath::parse(TRY(store_.path_of(found.folder))));
  const RemotePath path = TRY(folder.child(TRY(Name::parse(found.name))));
  if (!found.plan.part) TRY(need_place(asker, found.folder, found.name, asks::DraftMode::create));
  TRY(need_room(channel));
  Stored& stored = found.stored;
  if (!stored.whole) return fail(Errc::corrupt, "an upload has lost its place in the catalog");
  Opened opened;
  opened.blob = TRY(store_.blobs.open_for_writing(stored.blob));
  opened.reply.draft = ask.upload;
  opened.reply.tag = stored.tag;
  opened.reply.path = path.print();
  opened.reply.keep_days = TRY(store_.expiries.keep_days(found.folder));
  opened.reply.wrapped_key = std::move(stored.wrapped_key);
  opened.reply.size = size_kept(stored.blob, stored.size);
  opened.reply.reserve = reserve_;
  if (ask.hold) {
    TRY(store_.turn.ask([&] { return store_.db.run(update_held, ask.upload, 1); }));
  }
  add(ask.upload, {.channel = channel,
                   .uploader = asker.subject.user,
                   .folder = found.folder,
                   .name = found.name,
                   .mode = asks::DraftMode::create,
                   .resumable = true,
                   .tag = stored.tag,
                   .changed_ms = stored.changed_ms,
                   .modified_ms = stored.modified_ms,
                   .blob = stored.blob,
                   .said = opened.reply.size,
                   .part = found.plan.part,
                   .held = ask.hold,
                   .kept = true});
  store_.turn.on_undo([this, id = ask.upload] { erase(id); });
  return opened;
}

// Within an ask(): what was said now counts.
Result<void> Drafts::end_hold(std::uint64_t id, Draft& draft) {
  if (!draft.held) return {};
  TRY(store_.db.run(update_held, id, 0));
  draft.held = false;
  store_.turn.on_undo([this, id] {
    if (const auto found = drafts_.find(id); found != drafts_.end()) found->second.held = true;
  });
  return {};
}

Result<asks::UploadRow> Drafts::upload(const Asker& asker, std::uint64_t upload) {
  Result<Upload> found = find_upload(asker, upload);
  if (!found.ok() && found.error().kind() == Errc::not_found) return published(asker, upload);
  Upload draft = TRY(std::move(found));
  TRY(reach_upload(asker, draft.folder));
  asks::UploadRow row;
  row.id = upload;
  row.folder = draft.folder;
  row.name = std::move(draft.name);
  row.size = size_kept(draft.stored.blob, draft.stored.size);
  row.plan = std::move(draft.plan);
  row.changed_ms = draft.stored.changed_ms;
  if (const auto live = drafts_.find(upload); live != drafts_.end()) {
    row.live = true;
    row.size = size_of(live->second);
    row.changed_ms = live->second.changed_ms;
  }
  row.expires_ms = row.changed_ms + kept_draft_life_ms;
  row.file = TRY(file_to_be(asker, row));
  return row;
}

Result<asks::FileRow> Drafts::file_to_be(const Asker& asker, const asks::UploadRow& row) {
  asks::FileRow file;
  file.id = row.id;
  file.folder = row.folder;
  file.organisation = asker.organisation;
  file.name = row.name;
  file.folder_path = TRY(store_.path_of(row.folder));
  file.size = row.size;
  file.comment = row.plan.comment;
  const auto name = [](db::Row& found) { return std::string{found.text(0)}; };
  file.uploader = TRY(store_.db.one(select_user, name, asker.subject.user)).value_or("");
  file.uploader_full_name = file.uploader;
  file.uploader_address = asker.address;
  file.uploaded_ms = row.changed_ms;
  file.modified_ms = row.changed_ms;
  return file;
}

Result<asks::UploadRow> Drafts::published(const Asker& asker, std::uint64_t upload) {
  const auto read = [](db::Row& row) { return static_cast<std::uint32_t>(row.int64(0)); };
  const auto folder = TRY(store_.db.one(select_published, read, upload, asker.subject.user));
  if (!folder) return no_such_upload();
  TRY(reach_upload(asker, *folder));
  asks::UploadRow row;
  row.file = TRY(files_.row(asker, upload));
  row.id = upload;
  row.folder = *folder;
  row.name = row.file.name;
  row.size = row.file.size;
  row.published = true;
  return row;
}

Result<asks::UploadRow> Drafts::resume_upload(const Asker& asker, const asks::ResumeUpload& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::write_file));
  TRY(need_plan(ask.plan));
  const Name name = TRY(Name::parse(ask.name));
  if (ask.plan.part) return fail(Errc::invalid, "a part is not gone on with by name");
  const std::optional<Stored> kept = TRY(stored(asker.subject.user, ask.folder, name.text()));
  if (!kept) return no_such_upload();
  TRY(need_place(asker, ask.folder, name.text(), asks::DraftMode::create));
  if (ask.plan.total && *ask.plan.total < size_kept(kept->blob, kept->size))
    return fail(Errc::conflict, "the unfinished upload of that name is longer already");
  TRY(store_.turn.ask([&] { return put_plan(kept->id, ask.plan); }));
  return upload(asker, kept->id);
}

Result<void> Drafts::set_upload_total(const Asker& asker, const asks::SetUploadTotal& ask) {
  const asks::UploadRow row = TRY(upload(asker, ask.upload));
  if (row.published) return fail(Errc::conflict, "this upload is finished");
  if (ask.total > seal::plain_size_max) return fail(Errc::too_large, "a file has at most 16 TiB");
  if (ask.total < row.size) return fail(Errc::conflict, "the upload is longer already");
  return store_.turn.ask([&]() -> Result<void> {
    const std::int64_t updated = TRY(store_.db.run(update_total, ask.upload, ask.total));
    if (updated == 0) return fail(Errc::conflict, "the length of this upload was said already, and is another");
    return {};
  });
}

Result<void> Drafts::remove_upload(const Asker& asker, std::uint64_t upload) {
  const Upload found = TRY(find_upload(asker, upload));
  const auto live = drafts_.find(upload);
  if (live != drafts_.end() && live->second.ended) return no_such_upload();
  OwnDraft draft;
  draft.id = upload;
  draft.live = live != drafts_.end();
  draft.blob = found.stored.blob;
  return store_.turn.ask([&] { return remove(draft); });
}

}  // namespace bulkhead::keeper
