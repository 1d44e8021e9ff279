// What porters ask and tell: the table storage_asks.
#include "base/cat.h"
#include "keeper/answer_forms.h"

namespace bulkhead::keeper {

template <class Notice, class Take>
void Answers::take_notice(ipc::Call& call, Take&& take) {
  const Result<Notice> notice = ipc::decode<Notice>(call.frame.body, "notice");
  if (!notice.ok() || call.frame.kind != ipc::Kind::notice) return call.service.end(call.ticket.peer, "no notice");
  take(call.ticket.peer, *notice);
}

Transfer Answers::transfer_of(ipc::PeerId channel, const Asker& asker, asks::TransferDirection direction) {
  Transfer transfer;
  transfer.direction = direction;
  transfer.over_ssh = sessions_.is_over_ssh(channel);
  transfer.user = asker.subject.user;
  transfer.organisation = asker.organisation;
  transfer.address = asker.address;
  transfer.started_ms = asker.now;
  return transfer;
}

asks::LeaseRead::Reply Answers::begin_download(ipc::PeerId channel, const Asker& asker, Files::Lease lease,
                                               std::vector<Fd>& out) {
  const asks::FileRow& row = lease.reply.row;
  Transfer transfer = transfer_of(channel, asker, asks::TransferDirection::download);
  transfer.total = row.size;
  transfer.file = row.id;
  transfer.folder = row.folder;
  transfer.name = row.name;
  transfer.folder_path = row.folder_path;
  transfers_.begin(channel, std::move(transfer));
  leases_.begin(channel, row.id);
  if (lease.blob.valid()) out.push_back(std::move(lease.blob));
  return std::move(lease.reply);
}

// The path of a draft is that of the file to be.
void Answers::begin_upload(ipc::PeerId channel, const Asker& asker, const asks::CreateDraft::Reply& draft) {
  const std::size_t slash = draft.path.rfind('/');
  if (slash == std::string::npos) return;  // a part, which has no place
  Transfer transfer = transfer_of(channel, asker, asks::TransferDirection::upload);
  transfer.file = draft.draft;
  transfer.folder = drafts_.folder_of(draft.draft);
  transfer.name = draft.path.substr(slash + 1);
  transfer.folder_path = slash == 0 ? "/" : draft.path.substr(0, slash);
  transfers_.begin(channel, std::move(transfer));
}

void Answers::answer_porter(ipc::Call& call) {
  using namespace asks;
  const ipc::PeerId channel = call.ticket.peer;
  switch (call.frame.number) {
    case Adopt::number:
      return adopt(call);
    case LeaseRead::number:
      return answer_with_blob<LeaseRead>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeaseRead::Reply> {
        return begin_download(channel, asker, TRY(files_.lease_read(asker, ask)), out);
      });
    case LeasePath::number:
      return answer_with_blob<LeasePath>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeasePath::Reply> {
        return begin_download(channel, asker, TRY(entries_.lease_read(asker, ask.path)), out);
      });
    case LeaseVersion::number:
      return answer_with_blob<LeaseVersion>(call, [&](auto& asker, auto& ask, auto& out) -> Result<LeaseVersion::Reply> {
        return begin_download(channel, asker, TRY(files_.lease_version(asker, ask)), out);
      });
    case EndLease::number:
      return take_notice<EndLease>(call, [&](ipc::PeerId peer, const EndLease& notice) {
        leases_.end(peer, notice.file);
        transfers_.forget(peer, notice.file);
      });
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
      return take_notice<TransferProgress>(
          call, [&](ipc::PeerId peer, const auto& notice) { transfers_.progress(peer, notice, clock_()); });
    case TransferEnd::number:
      return take_notice<TransferEnd>(
          call, [&](ipc::PeerId peer, const auto& notice) { transfers_.end(peer, notice, clock_()); });
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
