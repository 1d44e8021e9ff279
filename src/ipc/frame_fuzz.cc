// Frames and every message that crosses a boundary of trust: what decodes must encode to the same bytes.
#include "ipc/admin_asks.h"
#include "ipc/bucket_asks.h"
#include "ipc/catalog_asks.h"
#include "ipc/control_asks.h"
#include "ipc/data_asks.h"
#include "ipc/frame.h"
#include "ipc/hash_asks.h"
#include "ipc/log_asks.h"
#include "ipc/login_asks.h"
#include "ipc/pepper_asks.h"
#include "ipc/release_asks.h"
#include "ipc/signing_asks.h"
#include "ipc/ssh_login_asks.h"
#include "ipc/ssh_signing_asks.h"
#include "ipc/storage_asks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace bulkhead;

template <class Message>
void round_trip(ByteView body) {
  const Result<Message> message = ipc::decode<Message>(body);
  if (message.ok()) ENSURE(ipc::encode(*message) == to_bytes(body));
}

template <class... Messages>
void round_trips(ByteView body) { (round_trip<Messages>(body), ...); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  const Result<ipc::Frame> frame = ipc::parse_frame(input);
  if (!frame.ok()) return 0;
  ENSURE(ipc::print_frame(*frame) == to_bytes(input));
  static_cast<void>(ipc::parse_refusal(frame->body));
  round_trips<asks::SignOn, asks::SignOnResult, asks::Refresh, asks::Bearer, asks::UserRow, asks::ListAccounts, asks::ListAccounts::Reply, asks::AddAccount, asks::ChangeAccount,
              asks::ListOrganisations::Reply, asks::ChangeOrganisation, asks::AddNetworkRule, asks::ListNetworkRules::Reply, asks::SetTrustedNetwork,
              asks::AddPolicy, asks::SetDefaultPolicy::Reply, asks::Certificate::Reply,
              asks::AddToken, asks::AddToken::Reply, asks::ListTokens::Reply, asks::ChangeToken, asks::RemoveToken, asks::ListUserKeys::Reply, asks::AddUserKey,
              asks::RemoveUserKey, asks::SetUserSignOn, asks::ActAsAdmin, asks::ActAsAdmin::Reply,
              asks::AddOrganisation, asks::ChangeOrganisationSettings, asks::OrganisationSettings, asks::ListExternalTokens::Reply, asks::AddExternalToken,
              asks::RemoveExternalToken,
              asks::SignHandshake, asks::ListFolders, asks::ListFolders::Reply, asks::CreateFolder, asks::ChangeFolder,
              asks::ListFiles, asks::ListFiles::Reply, asks::ChangeFile, asks::SetGrant, asks::ListGrants, asks::ListGrants::Reply, asks::RemoveGrant,
              asks::ListGroups, asks::ListGroups::Reply, asks::CreateGroup, asks::ListMembers, asks::ListMembers::Reply, asks::AddMembers,
              asks::RemoveMember, asks::UserGroups, asks::UserGroups::Reply, asks::Explain, asks::Explain::Reply, asks::OpenRead, asks::OpenPath, asks::OpenPath::Reply, asks::LeasePath,
              asks::OpenWrite, asks::ReadBlock, asks::WriteBlock, asks::Finish, asks::Digest, asks::Lookup::Reply,
              asks::ListEntries, asks::ListEntries::Reply, asks::Move, asks::SetModified, asks::CreateDraft::Reply, asks::DraftBlob, asks::KeepDraft,
              asks::OpenSshSession, asks::OfferKey, asks::SignOnWithKey, asks::SshSignOn, asks::SshDialogue, asks::AnswerDialogue, asks::HostKeys::Reply,
              asks::SignExchange, asks::SignExchange::Reply, asks::ProveHostKey, asks::SignetHello, asks::AddKey, asks::ListKeys::Reply, asks::ResumeKey,
              asks::MoveFile, asks::ListContent, asks::ListContent::Reply, asks::FindFiles, asks::Search, asks::Search::Reply, asks::ListTransfers, asks::Brand, asks::SetLogo, asks::SetBrand, asks::GetLogo, asks::GetLogo::Reply, asks::ListTransfers::Reply, asks::TransferProgress, asks::TransferEnd, asks::Notices, asks::ChangeNotices, asks::ListNewStates::Reply, asks::SetNewState,
              asks::VirtualRow, asks::ListVirtual, asks::ListVirtual::Reply, asks::CreateVirtual, asks::GetVirtual, asks::RenameVirtual, asks::DeleteVirtual,
              asks::FolderSettings, asks::ChangeFolderSettings, asks::UserQuota, asks::UserQuota::Reply, asks::BeginCopy,
              asks::NextCopy::Reply, asks::Reserve, asks::HistorySettings, asks::GetHistorySettings, asks::ChangeHistorySettings,
              asks::ListVersions, asks::ListVersions::Reply, asks::GetVersion, asks::RestoreVersion, asks::DeleteVersion, asks::ListBin,
              asks::ListBin::Reply, asks::RestoreBinned, asks::DeleteBinned, asks::EmptyBin, asks::EmptyBin::Reply, asks::LeaseVersion, asks::OpenVersion, asks::CopyFile, asks::CopyFolder,
              asks::LeaseRead::Reply, asks::CreateDraft, asks::Commit, asks::UploadRow, asks::GetUpload, asks::ResumeUpload,
              asks::PlaceHold, asks::HoldRow, asks::ListHolds::Reply, asks::PreviewCleanup, asks::PreviewCleanup::Reply, asks::EndLease,
              asks::Rewrap, asks::Rewrap::Reply, asks::DueBuckets::Reply, asks::DestroyBuckets, asks::Received::Reply,
              asks::SetUploadTotal, asks::RemoveUpload, asks::NewUpload, asks::OpenUpload, asks::JoinUpload, asks::BeginUpload, asks::TakeUpload, asks::CutOff,
              asks::NewKey, asks::Release, asks::Sent, asks::Received, asks::ReadReceipt, asks::ReadReceipt::Reply, asks::ReadCheckpoint::Reply, asks::ReadTile,
              asks::ReadTile::Reply, asks::Pepper, asks::HashPassword, asks::Introduce,
              asks::Ready, asks::Violation, asks::VaultSettings, asks::GateSettings, asks::Status::Reply, asks::AddUser,
              asks::BeginImport, asks::BeginImport::Reply, asks::EndImport, asks::ImportGroup, asks::ImportUser, asks::CheckForeign,
              asks::Event, asks::EventsAfter::Reply, asks::EntriesFrom::Reply, asks::NamesOf, asks::NamesOf::Reply, asks::PlacesOf, asks::PlacesOf::Reply,
              asks::ChronicleSettings, asks::ListLog, asks::ListLog::Reply, asks::ListFetches, asks::ListFetches::Reply, asks::SetLogRetention,
              asks::RequestReset, asks::UseReset, asks::SendReset, asks::SendMail, asks::SendMail::Reply, asks::MailState::Reply,
              asks::TestMail, asks::MailerSettings, asks::WardenSettings>(frame->body);
  return 0;
}
