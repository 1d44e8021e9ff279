#include "porter/copy.h"

#include "base/log.h"
#include "porter/lease.h"
#include "porter/upload.h"

namespace bulkhead::porter {
namespace {

// Fills the draft with the leased content and publishes it.
Result<asks::FileRow> fill(const Context& context, const Lease& lease, const std::string& agent,
                           asks::CreateDraft::Reply made) {
  asks::OpenWrite open;
  open.name = lease.row.name;
  open.agent = agent;
  Upload upload = TRY(Upload::copy(context, std::move(open), std::move(made), lease));
  asks::Finish finish;
  finish.hash_kind = static_cast<std::uint8_t>(crypt::HashKind::sha256);
  finish.hash = to_bytes(lease.row.sha256);
  finish.comment = lease.row.comment;
  finish.modified_ms = lease.row.modified_ms;
  Result<asks::FileRow> row = upload.finish(context, finish);
  if (!row.ok()) upload.leave(context, true);
  return row;
}

Result<asks::FolderRow> copy_members(const Context& context, const std::string& agent) {
  while (true) {
    asks::NextCopy::Reply next = TRY(context.keeper.ask(asks::NextCopy{}));
    if (next.end) return context.keeper.ask(asks::EndCopy{});
    const Result<Lease> lease = lease_read(context.keeper, next.file, next.version);
    if (!lease.ok()) {
      drop_draft(context.keeper, next.draft);
      return lease.error();
    }
    asks::CreateDraft::Reply made;
    made.draft = next.draft;
    made.tag = next.tag;
    made.path = std::move(next.path);
    TRY(fill(context, *lease, agent, std::move(made)));
  }
}

}  // namespace

Result<asks::FileRow> copy_file(const Context& context, const asks::CopyFile& ask) {
  if (ask.agent.size() > agent_size_max) return fail(Errc::invalid, "the agent is too long");
  const Lease lease = TRY(lease_read(context.keeper, ask.file, ask.version));
  asks::CreateDraft create;
  create.folder = ask.folder;
  create.name = lease.row.name;
  create.mode = asks::DraftMode::exclusive;
  return fill(context, lease, ask.agent, TRY(context.keeper.ask(create)));
}

Result<asks::FolderRow> copy_folder(const Context& context, const asks::CopyFolder& ask) {
  if (ask.agent.size() > agent_size_max) return fail(Errc::invalid, "the agent is too long");
  TRY(context.keeper.ask(asks::BeginCopy{ask.folder, ask.target}));
  Result<asks::FolderRow> row = copy_members(context, ask.agent);
  if (row.ok()) return row;
  const Result<ipc::Nothing> dropped = context.keeper.ask(asks::DropCopy{});
  if (!dropped.ok()) log(Level::warning, "copy_not_dropped", {{"why", dropped.error().message()}});
  return row;
}

}  // namespace bulkhead::porter
