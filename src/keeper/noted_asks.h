#pragma once
// What keeper answers without an event for the log (journal.h). Every other ask changes something that somebody may
// want to know of later, and is answered by noted(): an ask in neither place does not compile.
#include <concepts>

#include "ipc/catalog_asks.h"
#include "ipc/import_asks.h"
#include "ipc/storage_asks.h"

namespace bulkhead::keeper {

template <class Ask, class... Asks>
concept OneOf = (std::same_as<Ask, Asks> || ...);

template <class Ask>
concept Reads =
    OneOf<Ask, asks::Home, asks::ListFolders, asks::GetFolder, asks::ListFiles, asks::GetFile, asks::ListGrants,
          asks::Lookup, asks::ListEntries, asks::Space, asks::ListGroups, asks::ListMembers, asks::UserGroups,
          asks::Explain, asks::GetUpload, asks::ListContent, asks::FindFiles, asks::ListNewStates,
          asks::GetFolderSettings, asks::GetHistorySettings, asks::ListVersions, asks::GetVersion, asks::ListBin,
          asks::Search, asks::GetNotices, asks::ListTransfers, asks::GetLogo, asks::ListHolds, asks::GetHold,
          asks::PreviewCleanup, asks::ListVirtual, asks::GetVirtual>;

// Content that comes or goes: the ledger has it. An upload that has not ended is nobody's business but its sender's.
template <class Ask>
concept MovesContent =
    OneOf<Ask, asks::LeaseRead, asks::LeasePath, asks::LeaseVersion, asks::CreateDraft, asks::DraftBlob,
          asks::KeepDraft, asks::Commit, asks::DropDraft, asks::Reserve, asks::BeginUpload, asks::ResumeUpload,
          asks::SetUploadTotal, asks::RemoveUpload, asks::SetDigest, asks::BeginCopy, asks::NextCopy, asks::DropCopy>;

// Neither content nor who may do what: the time that a client gives to a file it sent, and what is new to somebody.
template <class Ask>
concept Marks = OneOf<Ask, asks::SetModified, asks::SetNewState>;

template <class Ask>
concept Unnoted = Reads<Ask> || MovesContent<Ask> || Marks<Ask>;

}  // namespace bulkhead::keeper
