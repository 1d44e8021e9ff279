#include "keeper/answer_forms.h"

#include "base/cat.h"
#include "base/log.h"
#include "keeper/token_scopes.h"

namespace bulkhead::keeper {
namespace {

constexpr MonotonicMs index_budget_ms = 30;     // of each tick
constexpr MonotonicMs marks_pause_ms = 60'000;  // after a failure: a full disk is not to fill the log

}  // namespace

Answers::Answers(Store& store, std::function<UnixMs()> clock)
    : store_{store},
      clock_{std::move(clock)},
      users_{store},
      folders_{store},
      files_{store},
      groups_{store, users_},
      grants_{store, users_, groups_},
      virtual_folders_{store},
      explanations_{store, users_, files_, grants_, virtual_folders_},
      drafts_{store, files_},
      entries_{store, folders_, files_, drafts_, virtual_folders_},
      copies_{store, folders_, drafts_},
      journal_{store},
      cleanup_{store, files_, folders_, drafts_, leases_, copies_, journal_},
      rewraps_{store},
      hold_records_{store, files_},
      content_{store, folders_, files_},
      new_states_{store, files_, users_},
      settings_{store, users_},
      history_{store, files_},
      bin_{store, files_},
      search_{store, files_},
      notices_{store},
      imports_{store, users_, groups_},
      transfers_{store},
      brand_{store},
      sessions_{store, users_} {}

void Answers::set(const asks::KeeperSettings& settings) {
  sessions_.set_key(settings.capability_key);
  drafts_.set_reserve(settings.disk_reserve_bytes);
}

void Answers::serve(ipc::Service& service, Fd channel, std::uint64_t connection, asks::Role role) {
  if (role == asks::Role::admin) {
    service.serve(std::move(channel), asks::admin_keeper_asks, 0, [this](ipc::Call& call) {
      store_.tree.trim();
      store_.memberships.renew();
      answer_admin(call);
    });
    return;
  }
  if (role == asks::Role::chronicle) {
    service.serve(std::move(channel), asks::keeper_event_asks, 0, [this](ipc::Call& call) { answer_chronicle(call); });
    return;
  }
  const bool gate = role != asks::Role::porter;
  const ipc::PeerId peer = service.serve(
      std::move(channel), gate ? ipc::Table{asks::catalog_asks} : ipc::Table{asks::storage_asks}, connection,
      [this, gate](ipc::Call& call) {
        store_.tree.trim();
        store_.memberships.renew();
        if (gate)
          answer_gate(call);
        else
          answer_porter(call);
      },
      [this](ipc::PeerId ended) {
        drafts_.gone(ended, clock_());
        copies_.gone(ended);
        transfers_.gone(ended, clock_());
        leases_.gone(ended);
        sessions_.close(ended);
        give_waiting(false);
      });
  sessions_.open(peer, connection, role, gate ? std::span<const capability::ScopeRow>{catalog_scopes} : storage_scopes);
}

Result<void> Answers::start(MonotonicMs budget_ms) {
  TRY(drafts_.remove_left_over());
  TRY(copies_.remove_left_over());
  TRY(cleanup_.start());
  const MonotonicMs until = monotonic_now_ms() + budget_ms;
  while (monotonic_now_ms() < until) {
    const bool more = TRY(drafts_.sweep_next());
    store_.blobs.remove_some();
    if (!more) break;
  }
  return {};
}

Result<void> Answers::commit() {
  if (store_.db.in_transaction()) {
    const Result<bool> marked = files_.write_marks();
    if (!marked.ok()) log(Level::warning, "downloads were not counted yet", {{"why", marked.error().message()}});
  }
  return store_.commit();
}

Result<void> Answers::write_marks() {
  const MonotonicMs now = monotonic_now_ms();
  if (now < marks_from_) return {};
  const Result<bool> marked = files_.write_marks();
  Result<void> done = store_.commit();
  if (!marked.ok()) done = marked.error();
  if (!done.ok()) marks_from_ = now + marks_pause_ms;
  return done;
}

void Answers::tick() {
  // Channels that ended outside of a turn may have left changes.
  Result<void> done = store_.commit();
  if (done.ok()) done = store_.index_some(index_budget_ms);
  if (done.ok()) done = write_marks();
  if (done.ok()) done = drafts_.remove_expired(clock_());
  if (done.ok()) done = bin_.remove_expired(clock_());
  if (done.ok()) done = tick_retention();
  if (done.ok()) done = store_.db.checkpoint_if_large();
  if (done.ok()) {
    const Result<bool> swept = drafts_.sweep_next();
    if (!swept.ok()) done = swept.error();
  }
  give_waiting(true);
  if (!done.ok()) log(Level::error, "catalog upkeep failed", {{"why", done.error().message()}});
}

Result<void> Answers::tick_retention() {
  const MonotonicMs running = monotonic_now_ms();
  const bool settled = TRY(cleanup_.step(clock_(), running));
  if (settled) rewraps_.wake();
  return rewraps_.tick(running);
}

void Answers::adopt(ipc::Call& call) {
  ipc::answer_now<asks::Adopt>(call, [&](asks::Adopt& ask) -> Result<ipc::Nothing> {
    TRY(sessions_.adopt(call.ticket.peer, ask.capability, clock_()));
    call.service.bind(call.ticket.peer);
    return ipc::Nothing{};
  });
}

void Answers::answer_gate(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case Adopt::number:
      return adopt(call);
    case Home::number:
      return answer<Home>(call, [&](auto& asker, auto&) { return users_.home(asker); });
    case ListFolders::number:
      return answer<ListFolders>(call, [&](auto& asker, auto& ask) { return folders_.list(asker, ask); });
    case GetFolder::number:
      return answer<GetFolder>(call, [&](auto& asker, auto& ask) { return folders_.get(asker, ask.folder); });
    case CreateFolder::number:
      return noted<CreateFolder>(call, [&](auto& asker, auto& ask) { return folders_.create(asker, ask); });
    case ChangeFolder::number:
      return noted<ChangeFolder>(call, [&](auto& asker, auto& ask) { return folders_.change(asker, ask); });
    case DeleteFolder::number:
      return noted<DeleteFolder>(call,
                                 [&](auto& asker, auto& ask) { return nothing(folders_.remove(asker, ask.folder)); });
    case ListFiles::number:
      return answer<ListFiles>(call, [&](auto& asker, auto& ask) { return files_.list(asker, ask); });
    case GetFile::number:
      return answer<GetFile>(call, [&](auto& asker, auto& ask) { return files_.get(asker, ask.file); });
    case ChangeFile::number:
      return noted<ChangeFile>(call, [&](auto& asker, auto& ask) { return files_.change(asker, ask); });
    case DeleteFile::number:
      return noted<DeleteFile>(call, [&](auto& asker, auto& ask) { return nothing(files_.remove(asker, ask.file)); });
    case ListGrants::number:
      return answer<ListGrants>(call, [&](auto& asker, auto& ask) { return grants_.list(asker, ask); });
    case SetGrant::number:
      return noted<SetGrant>(call, [&](auto& asker, auto& ask) { return grants_.set(asker, ask); });
    default:
      return answer_path(call);
  }
}

void Answers::answer_path(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case Lookup::number:
      return answer<Lookup>(call, [&](auto& asker, auto& ask) { return entries_.lookup(asker, ask); });
    case ListEntries::number:
      return answer<ListEntries>(call, [&](auto& asker, auto& ask) { return entries_.list(asker, ask); });
    case Move::number:
      return noted<Move>(call, [&](auto& asker, auto& ask) { return nothing(entries_.move(asker, ask)); });
    case RemoveEntry::number:
      return noted<RemoveEntry>(call, [&](auto& asker, auto& ask) { return nothing(entries_.remove(asker, ask)); });
    case SetModified::number:
      return answer<SetModified>(call,
                                 [&](auto& asker, auto& ask) { return nothing(entries_.set_modified(asker, ask)); });
    case Space::number:
      return answer<Space>(call, [&](auto&, auto&) { return entries_.space(); });
    default:
      return answer_access(call);
  }
}

void Answers::answer_access(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case RemoveGrant::number:
      return noted<RemoveGrant>(call, [&](auto& asker, auto& ask) { return nothing(grants_.remove(asker, ask)); });
    case ListGroups::number:
      return answer<ListGroups>(call, [&](auto& asker, auto& ask) { return groups_.list(asker, ask); });
    case CreateGroup::number:
      return noted<CreateGroup>(call, [&](auto& asker, auto& ask) { return groups_.create(asker, ask); });
    case ListMembers::number:
      return answer<ListMembers>(call, [&](auto& asker, auto& ask) { return groups_.members(asker, ask); });
    case AddMembers::number:
      return noted<AddMembers>(call, [&](auto& asker, auto& ask) { return nothing(groups_.add(asker, ask)); });
    case RemoveMember::number:
      return noted<RemoveMember>(call, [&](auto& asker, auto& ask) { return nothing(groups_.remove(asker, ask)); });
    case UserGroups::number:
      return answer<UserGroups>(call, [&](auto& asker, auto& ask) { return groups_.of_user(asker, ask); });
    case Explain::number:
      return answer<Explain>(call, [&](auto& asker, auto& ask) { return explanations_.explain(asker, ask); });
    default:
      return answer_upload(call);
  }
}

void Answers::answer_upload(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case GetUpload::number:
      return answer<GetUpload>(call, [&](auto& asker, auto& ask) { return drafts_.upload(asker, ask.upload); });
    case ResumeUpload::number:
      return answer<ResumeUpload>(call, [&](auto& asker, auto& ask) { return drafts_.resume_upload(asker, ask); });
    case SetUploadTotal::number:
      return answer<SetUploadTotal>(
          call, [&](auto& asker, auto& ask) { return nothing(drafts_.set_upload_total(asker, ask)); });
    case RemoveUpload::number:
      return answer<RemoveUpload>(
          call, [&](auto& asker, auto& ask) { return nothing(drafts_.remove_upload(asker, ask.upload)); });
    default:
      return answer_tree(call);
  }
}

void Answers::answer_tree(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case MoveFile::number:
      return noted<MoveFile>(call, [&](auto& asker, auto& ask) { return entries_.move_file_to(asker, ask); });
    case MoveFolder::number:
      return noted<MoveFolder>(call, [&](auto& asker, auto& ask) { return entries_.move_folder_to(asker, ask); });
    case ListContent::number:
      return answer<ListContent>(call, [&](auto& asker, auto& ask) { return content_.list(asker, ask); });
    case FindFiles::number:
      return answer<FindFiles>(call, [&](auto& asker, auto& ask) { return content_.find(asker, ask); });
    case ListNewStates::number:
      return answer<ListNewStates>(call, [&](auto& asker, auto& ask) { return new_states_.list(asker, ask); });
    case GetFolderSettings::number:
      return answer<GetFolderSettings>(call, [&](auto& asker, auto& ask) { return settings_.get(asker, ask.folder); });
    case ChangeFolderSettings::number:
      return noted<ChangeFolderSettings>(call, [&](auto& asker, auto& ask) { return settings_.change(asker, ask); });
    case UserQuota::number:
      return noted<UserQuota>(call, [&](auto& asker, auto& ask) { return settings_.user_quota(asker, ask); });
    case SetNewState::number:
      return answer<SetNewState>(call, [&](auto& asker, auto& ask) { return new_states_.set(asker, ask); });
    case asks::Search::number:
      return answer<asks::Search>(call, [&](auto& asker, auto& ask) { return search_.find(asker, ask); });
    case ListTransfers::number:
      return answer<ListTransfers>(call, [&](auto& asker, auto& ask) { return transfers_.list(asker, ask); });
    case SetLogo::number:
      return noted<SetLogo>(call, [&](auto& asker, auto& ask) { return brand_.set_logo(asker, ask); });
    case SetBrand::number:
      return noted<SetBrand>(call, [&](auto& asker, auto& ask) { return brand_.set(asker, ask); });
    case GetLogo::number:
      return answer<GetLogo>(call, [&](auto& asker, auto& ask) { return brand_.logo(asker, ask.place); });
    case GetNotices::number:
      return answer<GetNotices>(call, [&](auto& asker, auto& ask) { return notices_.get(asker, ask.folder); });
    case ChangeNotices::number:
      return noted<ChangeNotices>(call, [&](auto& asker, auto& ask) { return notices_.change(asker, ask); });
    default:
      return answer_history(call);
  }
}

void Answers::answer_history(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case GetHistorySettings::number:
      return answer<GetHistorySettings>(call,
                                        [&](auto& asker, auto& ask) { return history_.settings(asker, ask.folder); });
    case ChangeHistorySettings::number:
      return noted<ChangeHistorySettings>(call,
                                          [&](auto& asker, auto& ask) { return history_.change_settings(asker, ask); });
    case ListVersions::number:
      return answer<ListVersions>(call, [&](auto& asker, auto& ask) { return history_.list(asker, ask); });
    case GetVersion::number:
      return answer<GetVersion>(call, [&](auto& asker, auto& ask) { return history_.get(asker, ask); });
    case RestoreVersion::number:
      return noted<RestoreVersion>(call, [&](auto& asker, auto& ask) { return history_.restore(asker, ask); });
    case DeleteVersion::number:
      return noted<DeleteVersion>(call, [&](auto& asker, auto& ask) { return nothing(history_.remove(asker, ask)); });
    case ListBin::number:
      return answer<ListBin>(call, [&](auto& asker, auto& ask) { return bin_.list(asker, ask); });
    case RestoreBinned::number:
      return noted<RestoreBinned>(call, [&](auto& asker, auto& ask) { return bin_.restore(asker, ask); });
    case DeleteBinned::number:
      return noted<DeleteBinned>(call, [&](auto& asker, auto& ask) { return nothing(bin_.remove(asker, ask.file)); });
    case EmptyBin::number:
      return noted<EmptyBin>(call, [&](auto& asker, auto& ask) { return bin_.empty(asker, ask); });
    default:
      return answer_retention(call);
  }
}

void Answers::answer_retention(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case PlaceHold::number:
      return noted<PlaceHold>(call, [&](auto& asker, auto& ask) { return hold_records_.place(asker, ask); });
    case ListHolds::number:
      return answer<ListHolds>(call, [&](auto& asker, auto& ask) { return hold_records_.list(asker, ask); });
    case GetHold::number:
      return answer<GetHold>(call, [&](auto& asker, auto& ask) { return hold_records_.get(asker, ask.hold); });
    case LiftHold::number:
      return noted<LiftHold>(call,
                             [&](auto& asker, auto& ask) { return nothing(hold_records_.lift(asker, ask.hold)); });
    case PreviewCleanup::number:
      return answer<PreviewCleanup>(call, [&](auto& asker, auto& ask) { return cleanup_.preview(asker, ask); });
    default:
      return answer_virtual(call);
  }
}

void Answers::answer_virtual(ipc::Call& call) {
  using namespace asks;
  switch (call.frame.number) {
    case ListVirtual::number:
      return answer<ListVirtual>(call, [&](auto& asker, auto& ask) { return virtual_folders_.list(asker, ask); });
    case CreateVirtual::number:
      return noted<CreateVirtual>(call, [&](auto& asker, auto& ask) { return virtual_folders_.create(asker, ask); });
    case GetVirtual::number:
      return answer<GetVirtual>(call, [&](auto& asker, auto& ask) { return virtual_folders_.get(asker, ask.id); });
    case RenameVirtual::number:
      return noted<RenameVirtual>(call, [&](auto& asker, auto& ask) { return virtual_folders_.rename(asker, ask); });
    case DeleteVirtual::number:
      return noted<DeleteVirtual>(
          call, [&](auto& asker, auto& ask) { return nothing(virtual_folders_.remove(asker, ask.id)); });
    default:
      die(cat("a row of catalog_asks without an answer: ", call.frame.number));
  }
}

void Answers::answer_chronicle(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::EventsAfter::number:
      return ipc::answer_now<asks::EventsAfter>(call, [&](auto& ask) { return journal_.after(ask.after); });
    case asks::PlacesOf::number:
      return ipc::answer_now<asks::PlacesOf>(call, [&](auto& ask) { return journal_.places(ask); });
    default:
      die(cat("a row of keeper_event_asks without an answer: ", call.frame.number));
  }
}

template <class Ask, class Import>
void Answers::noted_import(ipc::Call& call, Import&& import) {
  ipc::answer_now<Ask>(call, [&](Ask& ask) -> Result<asks::ImportDone> {
    return store_.turn.ask([&]() -> Result<asks::ImportDone> {
      Result<asks::ImportDone> done = import(ask);
      if (done.ok() && done->added) TRY(journal_.note(ask, clock_()));
      return done;
    });
  });
}

void Answers::answer_admin(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::ImportGroup::number:
      return noted_import<asks::ImportGroup>(call, [&](auto& ask) { return imports_.group(ask, clock_()); });
    case asks::ImportUser::number:
      return noted_import<asks::ImportUser>(call, [&](auto& ask) { return imports_.user(ask, clock_()); });
    default:
      die(cat("a row of admin_keeper_asks without an answer: ", call.frame.number));
  }
}

}  // namespace bulkhead::keeper
