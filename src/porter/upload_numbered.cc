// Upload: those that are known by their number (ipc/upload_rows.h).
#include "base/cat.h"
#include "base/log.h"
#include "porter/upload.h"

namespace bulkhead::porter {

Result<asks::NewUpload::Reply> Upload::begin_numbered(const Context& context, const asks::NewUpload& ask) {
  if (ask.name.size() > name_size_max)
    return fail(Errc::invalid, cat("a file name has at most ", name_size_max, " bytes"));
  const asks::CreateDraft::Reply made = TRY(context.keeper.ask(asks::BeginUpload{ask.folder, ask.name, ask.plan}));
  const auto begin = [&]() -> Result<void> {
    asks::NewKey::Reply key = TRY(context.vault.ask(asks::NewKey{made.tag}));
    ENSURE(key.key.size() == seal::key_size);
    Draft draft{{made.draft, made.tag, std::move(key.wrapped_key), true, true}, key.key};
    TRY(draft.sync(context));
    draft.keep(context);
    return {};
  };
  if (const Result<void> begun = begin(); !begun.ok()) {
    drop_draft(context.keeper, made.draft);
    return begun.error();
  }
  return asks::NewUpload::Reply{made.draft};
}

// After an Error the upload is let go, as it was.
Result<Draft> Upload::take_numbered(const Context& context, std::uint64_t upload, bool hold, std::string* path) {
  std::vector<Fd> descriptors;
  asks::TakeUpload::Reply made = TRY(context.keeper.ask(asks::TakeUpload{upload, hold}, &descriptors, 1));
  const auto take = [&]() -> Result<Draft> {
    const asks::ResumeKey::Reply key = TRY(context.vault.ask(asks::ResumeKey{made.tag, made.wrapped_key}));
    ENSURE(key.key.size() == seal::key_size);
    Draft draft{{made.draft, made.tag, made.wrapped_key, true, true, made.keep_days}, key.key};
    const bool taken = TRY(draft.take_up(context, std::move(descriptors[0]), made.reserve, made.size));
    if (!taken) return fail(Errc::not_found, "the draft had not begun");
    if (hold) draft.hold();
    return draft;
  };
  Result<Draft> draft = take();
  if (draft.ok()) {
    if (path != nullptr) *path = std::move(made.path);
    return draft;
  }
  if (draft.error().kind() == Errc::not_found) {  // lost before its header was durable: nobody can go on with it
    drop_draft(context.keeper, made.draft);
    return draft;
  }
  const auto told = context.keeper.ask(asks::KeepDraft{made.draft, made.size, true});
  if (!told.ok()) log(Level::warning, "draft_not_kept", {{"draft", cat(made.draft)}, {"why", told.error().message()}});
  return draft;
}

Result<Upload> Upload::open_numbered(const Context& context, const asks::OpenUpload& ask) {
  if (ask.agent.size() > agent_size_max)
    return fail(Errc::invalid, cat("an agent has at most ", agent_size_max, " bytes"));
  std::string path;
  Draft draft = TRY(take_numbered(context, ask.upload, ask.hold, &path));
  asks::OpenWrite said;
  said.agent = ask.agent;
  said.hash_kind = ask.hash_kind;
  said.resumable = true;
  const bool from_start = draft.size() == 0;
  return Upload{std::move(said), std::move(path), std::move(draft), from_start};
}

Result<asks::JoinUpload::Reply> Upload::join(const Context& context, std::uint64_t upload) {
  if (broken_) return *broken_;
  Draft part = TRY(take_numbered(context, upload, false, nullptr));
  const Result<void> appended = append(context, part);
  part.keep(context);
  if (!appended.ok()) TRY(break_off(appended.error()));
  return asks::JoinUpload::Reply{draft_.size()};
}

Result<void> Upload::append(const Context& context, Draft& part) {
  if (part.size() > seal::plain_size_max - draft_.size())
    return fail(Errc::too_large, "the file is over the largest size");
  Result<void> appended;
  TRY(part.read_back(context, [&](ByteView plain) {
    if (!appended.ok()) return;
    const MutableByteView copy = context.space.incoming.part(0, plain.size());
    copy_to(copy, plain);
    const std::uint64_t offset = draft_.size();
    hash(offset, copy);
    appended = draft_.write(context, offset, copy);
  }));
  return appended;
}

}  // namespace bulkhead::porter
