// What porters ask and tell: the table storage_asks.
#include "base/cat.h"
#include "keeper/answer_forms.h"

namespace bulkhead::keeper {

template <class Notice>
void Answers::take_notice(ipc::Call& call, void (Transfers::*take)(ipc::PeerId, const Notice&, UnixMs)) {
  const Result<Notice> notice = ipc::decode<Notice>(call.frame.body, "notice");
  if (!notice.ok() || call.frame.kind != ipc::Kind::notice) return call.service.end(call.ticket.peer, "no notice");
  (transfers_.*take)(call.ticket.peer, *notice, clock_());
}

void Answers::begin_download(ipc::PeerId channel, const Asker& asker, const asks::FileRow& row) {
  transfers_.begin(channel, {.direction = asks::TransferDirection::download,
                             .over_ssh = sessions_.is_over_ssh(channel),
                             .user = asker.subject.user,
                             .organisation = asker.organisation,
                             .address = std::string{asker.address},
                             .started_ms = asker.now,
                             .total = row.size,
                             .file = row.id,
                             .folder = row.folder,
                             .name = row.name,
                             .folder_path = row.folder_path});
}

// The path of a draft is that of the file to be.
void Answers::begin_upload(ipc::PeerId channel, const Asker& asker, const asks::CreateDraft::Reply& draft) {
  const std::size_t slash = draft.path.rfind('/');
  if (slash == std::string::npos) return;  // a part, which has no place
  transfers_.begin(channel, {.direction = asks::TransferDirection::upload,
                             .over_ssh = sessions_.is_over_ssh(channel),
                             .user = asker.subject.user,
                             .organisation = asker.organisation,
                             .address = std::string{asker.address},
                             .started_ms = asker.now,
                             .file = draft.draft,
                             .folder = drafts_.folder_of(draft.draft),
                             .name = draft.path.substr(slash + 1),
                             .folder_path = slash == 0 ? "/" : draft.path.substr(0, slash)});
}

void Answers::end_lease(ipc::Call& call) {
  const Result<asks::EndLease> notice = ipc::decode<asks::EndLease>(call.frame.body, "notice");
  if (!notice.ok() || call.frame.kind != ipc::Kind::notice) return call.service.end(call.ticket.peer, "end_lease");
  leases_.end(call.ticket.peer, notice->file);
  transfers_.forget(call.ticket.peer, notice->file);
}

void Answers::answer_porter(ipc::Call& call) {
  using namespace asks;
  const ipc::PeerId channel = call.ticket.peer;
  switch (call.frame.number) {
    case Adopt::number:
      return adopt(call);
    case LeaseRead::number:
      return answer_with_blob<LeaseRead>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeaseRead::Reply> {
        Files::Lease lease = TRY(files_.lease_read(asker, ask));
        begin_download(channel, asker, lease.reply.row);
        leases_.begin(channel, ask.file);
        if (lease.blob.valid()) out.push_back(std::move(lease.blob));
        return std::move(lease.reply);
      });
    case LeasePath::number:
      return answer_with_blob<LeasePath>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeasePath::Reply> {
        Files::Lease lease = TRY(entries_.lease_read(asker, ask.path));
        begin_download(channel, asker, lease.reply.row);
        leases_.begin(channel, lease.reply.row.id);
        if (lease.blob.valid()) out.push_back(std::move(lease.blob));
        return std::move(lease.reply);
      });
    case LeaseVersion::number:
      return answer_with_blob<LeaseVersion>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeaseRead::Reply> {
        Files::Lease lease = TRY(files_.lease_version(asker, ask));
        begin_download(channel, asker, lease.reply.row);
        leases_.begin(channel, ask.file);
        if (lease.blob.valid()) out.push_back(std::move(lease.blob));
        return std::move(lease.reply);
      });
    case EndLease::number:
      return end_lease(call);
    case CreateDraft::number:
      return answer_with_blob<CreateDraft>(call, [&](auto& asker, auto& ask, auto& out) -> Result<CreateDraft::Reply> {
        Drafts::Opened opened = TRY(drafts_.create(asker, channel, ask));
        begin_upload(channel, asker, opened.reply);
        if (opened.blob.valid()) out.push_back(std::move(opened.blob));
        return std::move(opened.reply);
      });
    case DraftBlob::number:
      return answer_with_blob<DraftBlob>(call, [&](auto& asker, auto& ask, auto& out) -> Result<DraftBlob::Reply> {
        out.push_back(TRY(drafts_.make_blob(asker, channel, ask)));
        return DraftBlob::Reply{drafts_.reserve()};
      });
    case KeepDraft::number:
      return answer<KeepDraft>(call,
                               [&](auto& asker, auto& ask) { return nothing(drafts_.keep(asker, channel, ask)); });
    case Commit::number:
      return answer<Commit>(call, [&](auto& asker, auto& ask) -> Result<Commit::Reply> {
        asks::FileRow row = TRY(drafts_.publish(asker, channel, ask));
        transfers_.published(channel, row, asker.now);
        return row;
      });
    case DropDraft::number:
      return answer<DropDraft>(call, [&](auto&, auto& ask) { return nothing(drafts_.drop(channel, ask.draft)); });
    case BeginUpload::number:
      return answer<BeginUpload>(call,
                                 [&](auto& asker, auto& ask) { return drafts_.begin_upload(asker, channel, ask); });
    case TakeUpload::number:
      return take_upload(call);
    case TransferProgress::number:
      return take_notice(call, &Transfers::progress);
    case TransferEnd::number:
      return take_notice(call, &Transfers::end);
    case SetDigest::number:
      return answer<SetDigest>(call, [&](auto& asker, auto& ask) { return nothing(files_.set_digest(asker, ask)); });
    default:
      return answer_copy(call);
  }
}

void Answers::answer_copy(ipc::Call& call) {
  using namespace asks;
  const ipc::PeerId channel = call.ticket.peer;
  switch (call.frame.number) {
    case Reserve::number:
      return answer<Reserve>(call, [&](auto&, auto& ask) { return drafts_.reserve(channel, ask); });
    case BeginCopy::number:
      return answer<BeginCopy>(call, [&](auto& asker, auto& ask) { return copies_.begin(asker, channel, ask); });
    case NextCopy::number:
      return answer<NextCopy>(call, [&](auto& asker, auto&) { return copies_.next(asker, channel); });
    case EndCopy::number:
      return noted<EndCopy>(call, [&](auto& asker, auto&) { return copies_.end(asker, channel); });
    case DropCopy::number:
      return answer<DropCopy>(call, [&](auto&, auto&) { return nothing(copies_.drop(channel)); });
    default:
      die(cat("a row of storage_asks without an answer: ", call.frame.number));
  }
}

}  // namespace bulkhead::keeper
