#pragma once
// What of the keeper's asks an API token may use (core/capability/scopes.h). Only what REST needs: an ask without a row
// is for whole sessions. What he may do there besides is decided for him as always.
#include <array>

#include "core/capability/scopes.h"
#include "ipc/catalog_asks.h"
#include "ipc/storage_asks.h"

namespace bulkhead::keeper {

using capability::Scope;
using capability::ScopeRow;

inline constexpr std::array catalog_scopes{
    ScopeRow{asks::Home::number, {}},
    ScopeRow{asks::ListFolders::number, Scope::read},
    ScopeRow{asks::GetFolder::number, Scope::read, Scope::write},
    ScopeRow{asks::Lookup::number, Scope::read, Scope::write},
    ScopeRow{asks::GetFolderSettings::number, Scope::read, Scope::write},
    ScopeRow{asks::GetNotices::number, Scope::read, Scope::write},
    ScopeRow{asks::ListFiles::number, Scope::read},
    ScopeRow{asks::GetFile::number, Scope::read},
    ScopeRow{asks::ListContent::number, Scope::read},
    ScopeRow{asks::FindFiles::number, Scope::read},
    ScopeRow{asks::Search::number, Scope::read},
    ScopeRow{asks::ListTransfers::number, Scope::read},
    ScopeRow{asks::GetLogo::number, Scope::read},
    ScopeRow{asks::Explain::number, Scope::read},
    ScopeRow{asks::GetHistorySettings::number, Scope::read},
    ScopeRow{asks::ListVersions::number, Scope::read},
    ScopeRow{asks::GetVersion::number, Scope::read},
    ScopeRow{asks::ListBin::number, Scope::read},
    ScopeRow{asks::ListVirtual::number, Scope::read},
    ScopeRow{asks::GetVirtual::number, Scope::read},

    ScopeRow{asks::CreateFolder::number, Scope::write},
    ScopeRow{asks::GetUpload::number, Scope::write},
    ScopeRow{asks::ResumeUpload::number, Scope::write},
    ScopeRow{asks::SetUploadTotal::number, Scope::write},
    ScopeRow{asks::RestoreVersion::number, Scope::write},
    ScopeRow{asks::RestoreBinned::number, Scope::write},
    ScopeRow{asks::RemoveUpload::number, Scope::write, Scope::remove},

    ScopeRow{asks::DeleteFile::number, Scope::remove},
    ScopeRow{asks::DeleteFolder::number, Scope::remove},
    ScopeRow{asks::DeleteVersion::number, Scope::remove},
    ScopeRow{asks::DeleteBinned::number, Scope::remove},
    ScopeRow{asks::EmptyBin::number, Scope::remove},
    // Another name or place, and the old one is no more.
    ScopeRow{asks::ChangeFile::number, {Scope::write, Scope::remove}},
    ScopeRow{asks::MoveFile::number, {Scope::write, Scope::remove}},
    ScopeRow{asks::MoveFolder::number, {Scope::write, Scope::remove}},

    ScopeRow{asks::ChangeFolder::number, Scope::administer},
    ScopeRow{asks::ChangeFolderSettings::number, Scope::administer},
    ScopeRow{asks::ChangeHistorySettings::number, Scope::administer},
    ScopeRow{asks::ChangeNotices::number, Scope::administer},
    ScopeRow{asks::SetLogo::number, Scope::administer},
    ScopeRow{asks::SetBrand::number, Scope::administer},
    ScopeRow{asks::CreateVirtual::number, Scope::administer},
    ScopeRow{asks::RenameVirtual::number, Scope::administer},
    ScopeRow{asks::DeleteVirtual::number, Scope::administer},
    ScopeRow{asks::ListGrants::number, Scope::administer},
    ScopeRow{asks::SetGrant::number, Scope::administer},
    ScopeRow{asks::RemoveGrant::number, Scope::administer},
    ScopeRow{asks::ListGroups::number, Scope::administer},
    ScopeRow{asks::CreateGroup::number, Scope::administer},
    ScopeRow{asks::ListMembers::number, Scope::administer},
    ScopeRow{asks::AddMembers::number, Scope::administer},
    ScopeRow{asks::RemoveMember::number, Scope::administer},
    ScopeRow{asks::UserGroups::number, Scope::administer},
    ScopeRow{asks::ListNewStates::number, Scope::administer},
    ScopeRow{asks::SetNewState::number, Scope::administer},
    ScopeRow{asks::UserQuota::number, Scope::administer},
    ScopeRow{asks::PlaceHold::number, Scope::administer},
    ScopeRow{asks::ListHolds::number, Scope::administer},
    ScopeRow{asks::GetHold::number, Scope::administer},
    ScopeRow{asks::LiftHold::number, Scope::administer},
    ScopeRow{asks::PreviewCleanup::number, Scope::administer},
};

// A porter's: for itself it reads what it sends, and writes what it was given.
inline constexpr std::array storage_scopes{
    ScopeRow{asks::LeaseRead::number, Scope::read},
    ScopeRow{asks::LeaseVersion::number, Scope::read},
    ScopeRow{asks::SetDigest::number, Scope::read},
    ScopeRow{asks::CreateDraft::number, Scope::write},
    ScopeRow{asks::DraftBlob::number, Scope::write},
    ScopeRow{asks::Reserve::number, Scope::write},
    ScopeRow{asks::KeepDraft::number, Scope::write},
    ScopeRow{asks::DropDraft::number, Scope::write},
    ScopeRow{asks::BeginUpload::number, Scope::write},
    ScopeRow{asks::TakeUpload::number, Scope::write},
    ScopeRow{asks::Commit::number, Scope::write},
    ScopeRow{asks::BeginCopy::number, {Scope::read, Scope::write}},
    ScopeRow{asks::NextCopy::number, {Scope::read, Scope::write}},
    ScopeRow{asks::EndCopy::number, {Scope::read, Scope::write}},
    ScopeRow{asks::DropCopy::number, Scope::write},
};

}  // namespace bulkhead::keeper
