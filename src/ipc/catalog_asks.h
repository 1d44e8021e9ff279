#pragma once
// gate -> keeper: what may I see and do. keeper takes who asks from the capability that was adopted on this channel, and
// from nothing else. Unknown and forbidden are both not_found, unless the asker may know that the thing exists (denied).
#include "ipc/brand_asks.h"
#include "ipc/catalog_rows.h"
#include "ipc/history_asks.h"
#include "ipc/notice_asks.h"
#include "ipc/retention_asks.h"
#include "ipc/search_asks.h"
#include "ipc/transfer_asks.h"
#include "ipc/tree_asks.h"
#include "ipc/table.h"
#include "ipc/upload_rows.h"
#include "ipc/virtual_asks.h"

namespace bulkhead::asks {

// Binds the channel to the capability's principal. Again with a later capability of the same principal: renews it.
struct Adopt {
  static constexpr std::uint16_t number = 1;
  using Reply = ipc::Nothing;
  Bytes capability;
  static auto fields(auto& m, auto&& f) { return f(m.capability); }
};

struct Home {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::uint32_t home_folder = 0;  // 0: none
    std::uint64_t files_size = 0;   // of all files this user uploaded
    std::uint64_t quota = 0;        // of them; 0: none
    static auto fields(auto& m, auto&& f) { return f(m.home_folder, m.files_size, m.quota); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

struct ListFolders {
  static constexpr std::uint16_t number = 3;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<FolderRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t parent = 0;  // 0: all that the principal may view
  std::string name_mask;     // empty: all; `*` and `?`
  std::string path_mask;
  FolderSort sort = FolderSort::path;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.parent, m.name_mask, m.path_mask, m.sort, m.slice); }
};

struct GetFolder {
  static constexpr std::uint16_t number = 4;
  using Reply = FolderRow;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

enum class Inherit : std::uint8_t { none = 0, copy_only = 1, always = 2 };
constexpr Inherit wire_max(Inherit) { return Inherit::always; }

struct CreateFolder {
  static constexpr std::uint16_t number = 5;
  using Reply = FolderRow;
  std::uint32_t parent = 0;
  std::string name;
  Inherit inherit = Inherit::always;
  static auto fields(auto& m, auto&& f) { return f(m.parent, m.name, m.inherit); }
};

struct ChangeFolder {
  static constexpr std::uint16_t number = 6;
  using Reply = FolderRow;
  std::uint32_t folder = 0;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> inherit_access = {};  // false: what it inherits becomes its own
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.description, m.inherit_access); }
};

// With everything below it, in one transaction.
struct DeleteFolder {
  static constexpr std::uint16_t number = 7;
  using Reply = ipc::Nothing;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

struct ListFiles {
  static constexpr std::uint16_t number = 8;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<FileRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t folder = 0;  // 0: in all folders that the principal may list
  std::string name_mask;
  bool new_only = false;
  std::optional<std::int64_t> since_ms;
  FileSort sort = FileSort::path;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name_mask, m.new_only, m.since_ms, m.sort, m.slice); }
};

struct GetFile {
  static constexpr std::uint16_t number = 9;
  using Reply = FileRow;
  std::uint64_t file = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file); }
};

struct ChangeFile {
  static constexpr std::uint16_t number = 10;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::optional<std::string> name;
  std::optional<bool> is_new;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.name, m.is_new); }
};

struct DeleteFile {
  static constexpr std::uint16_t number = 11;
  using Reply = ipc::Nothing;
  std::uint64_t file = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file); }
};

struct ListGrants {
  static constexpr std::uint16_t number = 12;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<GrantRow> rows;  // the owner of the home first, then by name
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t folder = 0;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.slice); }
};

enum class Behaviour : std::uint8_t { override_inherited = 0, add_to_inherited = 1 };
constexpr Behaviour wire_max(Behaviour) { return Behaviour::add_to_inherited; }

// Gives a user or group an entry in one folder, or changes the one there. Overriding with no rights takes away what the
// holder inherits.
struct SetGrant {
  static constexpr std::uint16_t number = 13;
  using Reply = GrantRow;
  std::uint32_t folder = 0;
  std::string holder;  // id or name, of a group or of a user who has signed on once
  std::uint16_t rights = 0;
  bool is_group = false;
  Behaviour behaviour = Behaviour::override_inherited;
  std::uint16_t named = 0x1FF;         // the rights that `rights` speaks of; the others stay as they are
  std::optional<std::uint16_t> share = {};  // absent: as it is, and all when the holder could not share before
  bool existing = false;               // not_found unless the holder has an entry, maybe inherited
  static auto fields(auto& m, auto&& f) {
    return f(m.folder, m.holder, m.rights, m.is_group, m.behaviour, m.named, m.share, m.existing);
  }
};

// What stands at an absolute path. A draft hides nothing: a file of the same name comes first. Folders on the way to
// something that the principal may see are there for him, with the rights he has in them, maybe none.
struct Lookup {
  static constexpr std::uint16_t number = 14;
  struct Reply {
    std::optional<FolderRow> folder;  // exactly one of the three
    std::optional<FileRow> file;
    std::optional<DraftRow> draft;
    static auto fields(auto& m, auto&& f) { return f(m.folder, m.file, m.draft); }
  };
  std::string path;
  static auto fields(auto& m, auto&& f) { return f(m.path); }
};

// Everything in a folder, in the order folders, files, drafts, each by name: each page costs the same, however long
// the list. A name is listed once.
struct ListEntries {
  static constexpr std::uint16_t number = 15;
  struct Reply {
    std::vector<EntryRow> rows;
    bool end = false;
    static auto fields(auto& m, auto&& f) { return f(m.rows, m.end); }
  };
  std::uint32_t folder = 0;
  EntryKind after_kind = EntryKind::folder;  // the last row that was seen; with an empty name: from the start
  std::string after_name;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.after_kind, m.after_name); }
};

// Renames or moves a file, a folder or an own draft; both are absolute paths. conflict when something is at `to`, unless
// `replace` and both are files (or drafts): then the file there gives way in the same transaction.
struct Move {
  static constexpr std::uint16_t number = 16;
  using Reply = ipc::Nothing;
  std::string from;
  std::string to;
  bool replace = false;
  static auto fields(auto& m, auto&& f) { return f(m.from, m.to, m.replace); }
};

// Removes the file, own draft, or empty folder at a path. conflict for a folder that is not empty, or of the other kind.
struct RemoveEntry {
  static constexpr std::uint16_t number = 17;
  using Reply = ipc::Nothing;
  std::string path;
  bool folder = false;
  static auto fields(auto& m, auto&& f) { return f(m.path, m.folder); }
};

// The time of last change as clients keep it; of a folder nothing is kept and the ask succeeds.
struct SetModified {
  static constexpr std::uint16_t number = 18;
  using Reply = ipc::Nothing;
  std::string path;
  std::int64_t modified_ms = 0;
  static auto fields(auto& m, auto&& f) { return f(m.path, m.modified_ms); }
};

// Space for uploads below the reserve, in bytes.
struct Space {
  static constexpr std::uint16_t number = 19;
  struct Reply {
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.free); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// Takes the entry of a user or group out of a folder, not what he inherits.
struct RemoveGrant {
  static constexpr std::uint16_t number = 20;
  using Reply = ipc::Nothing;
  std::uint32_t folder = 0;
  std::string holder;
  bool is_group = false;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.holder, m.is_group); }
};

// Of the organisation for an administrator, else those that the principal is in. By name.
struct ListGroups {
  static constexpr std::uint16_t number = 21;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<GroupRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.slice); }
};

struct CreateGroup {
  static constexpr std::uint16_t number = 22;
  using Reply = GroupRow;
  std::string name;
  std::string description;
  static auto fields(auto& m, auto&& f) { return f(m.name, m.description); }
};

struct ListMembers {
  static constexpr std::uint16_t number = 23;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<MemberRow> rows;  // by user name
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t group = 0;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.group, m.slice); }
};

// All of them or none. Who is a member stays one, with the relationship if one is given.
struct AddMembers {
  static constexpr std::uint16_t number = 24;
  using Reply = ipc::Nothing;
  std::uint32_t group = 0;
  std::vector<std::string> users;  // ids or names
  std::optional<Relationship> relationship = {};
  static auto fields(auto& m, auto&& f) { return f(m.group, m.users, m.relationship); }
};

struct RemoveMember {
  static constexpr std::uint16_t number = 25;
  using Reply = ipc::Nothing;
  std::uint32_t group = 0;
  std::string user;
  static auto fields(auto& m, auto&& f) { return f(m.group, m.user); }
};

struct UserGroups {
  static constexpr std::uint16_t number = 26;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<MembershipRow> rows;  // by name of the group
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::string user;  // empty: the principal
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.slice); }
};

// Why may or may not a user do something in a folder.
struct Explain {
  static constexpr std::uint16_t number = 27;
  struct Reply {
    std::string user;  // id
    std::string user_name;
    std::uint32_t folder = 0;
    std::string folder_path;
    std::uint8_t verdict = 0;  // these three: core/policy Verdict, Reason, Role
    std::uint8_t reason = 0;
    std::uint8_t role = 0;
    std::uint16_t needed = 0;  // core/policy Rights: what the action needs
    std::uint16_t rights = 0;  // and what the user has in the folder
    std::uint32_t decided_in = 0;  // the folder of the entry or home that decided; 0: none did
    std::string decided_in_path;
    std::optional<GrantRow> entry;  // that decided: its own rights and holder
    Behaviour behaviour = Behaviour::override_inherited;
    std::vector<VirtualRow> through;  // the virtual folders on the way of a path, in their order
    static auto fields(auto& m, auto&& f) {
      return f(m.user, m.user_name, m.folder, m.folder_path, m.verdict, m.reason, m.role, m.needed, m.rights, m.decided_in,
               m.decided_in_path, m.entry, m.behaviour, m.through);
    }
  };
  std::string user;         // id or name; empty: the principal
  std::uint8_t action = 0;  // core/policy Action
  std::uint32_t folder = 0;
  std::uint64_t file = 0;   // if not 0: in the folder of that file
  std::string path = {};    // if not empty: in the folder that is there, or that of the file that is
  static auto fields(auto& m, auto&& f) { return f(m.user, m.action, m.folder, m.file, m.path); }
};

// An upload that is known by its number: an unfinished one of the asker, or the file that it has become. not_found when he
// may not write there any more.
struct GetUpload {
  static constexpr std::uint16_t number = 60;
  using Reply = UploadRow;
  std::uint64_t upload = 0;
  static auto fields(auto& m, auto&& f) { return f(m.upload); }
};

// The asker's kept draft of that name, begun in whatever way, becomes one that is known by its number. not_found without
// one; conflict when it holds more than plan.total already.
struct ResumeUpload {
  static constexpr std::uint16_t number = 61;
  using Reply = UploadRow;
  std::uint32_t folder = 0;
  std::string name;
  UploadPlan plan;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.plan); }
};

// Says how long an upload will be that began without. conflict if it was said otherwise, or more is there already.
struct SetUploadTotal {
  static constexpr std::uint16_t number = 62;
  using Reply = ipc::Nothing;
  std::uint64_t upload = 0;
  std::uint64_t total = 0;
  static auto fields(auto& m, auto&& f) { return f(m.upload, m.total); }
};

// Ends an own unfinished upload, also one that a connection is still writing.
struct RemoveUpload {
  static constexpr std::uint16_t number = 63;
  using Reply = ipc::Nothing;
  std::uint64_t upload = 0;
  static auto fields(auto& m, auto&& f) { return f(m.upload); }
};

inline constexpr std::array catalog_asks{
    //       number             name            phase                 how often              size_max
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::unlimited, 2'048},
    ipc::Row{Home::number, "home", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{ListFolders::number, "list_folders", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{GetFolder::number, "get_folder", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{CreateFolder::number, "create_folder", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{ChangeFolder::number, "change_folder", ipc::Phase::bound, ipc::Times::unlimited, 6'000},
    ipc::Row{DeleteFolder::number, "delete_folder", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ListFiles::number, "list_files", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{GetFile::number, "get_file", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ChangeFile::number, "change_file", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{DeleteFile::number, "delete_file", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ListGrants::number, "list_grants", ipc::Phase::bound, ipc::Times::unlimited, 13},
    ipc::Row{SetGrant::number, "set_grant", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{Lookup::number, "lookup", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{ListEntries::number, "list_entries", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{Move::number, "move", ipc::Phase::bound, ipc::Times::unlimited, 18'000},
    ipc::Row{RemoveEntry::number, "remove_entry", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{SetModified::number, "set_modified", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{Space::number, "space", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{RemoveGrant::number, "remove_grant", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{ListGroups::number, "list_groups", ipc::Phase::bound, ipc::Times::unlimited, 9},
    ipc::Row{CreateGroup::number, "create_group", ipc::Phase::bound, ipc::Times::unlimited, 6'000},
    ipc::Row{ListMembers::number, "list_members", ipc::Phase::bound, ipc::Times::unlimited, 13},
    ipc::Row{AddMembers::number, "add_members", ipc::Phase::bound, ipc::Times::unlimited, 70'000},
    ipc::Row{RemoveMember::number, "remove_member", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{UserGroups::number, "user_groups", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{Explain::number, "explain", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{GetHistorySettings::number, "get_history_settings", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ChangeHistorySettings::number, "change_history_settings", ipc::Phase::bound, ipc::Times::unlimited, 15},
    ipc::Row{ListVersions::number, "list_versions", ipc::Phase::bound, ipc::Times::unlimited, 17},
    ipc::Row{GetVersion::number, "get_version", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{RestoreVersion::number, "restore_version", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{DeleteVersion::number, "delete_version", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{ListBin::number, "list_bin", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{RestoreBinned::number, "restore_binned", ipc::Phase::bound, ipc::Times::unlimited, 12},
    ipc::Row{DeleteBinned::number, "delete_binned", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{EmptyBin::number, "empty_bin", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{MoveFile::number, "move_file", ipc::Phase::bound, ipc::Times::unlimited, 12},
    ipc::Row{MoveFolder::number, "move_folder", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ListContent::number, "list_content", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{FindFiles::number, "find_files", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{ListNewStates::number, "list_new_states", ipc::Phase::bound, ipc::Times::unlimited, 32},
    ipc::Row{SetNewState::number, "set_new_state", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{GetFolderSettings::number, "get_folder_settings", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ChangeFolderSettings::number, "change_folder_settings", ipc::Phase::bound, ipc::Times::unlimited, 70'000},
    ipc::Row{UserQuota::number, "user_quota", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{PlaceHold::number, "place_hold", ipc::Phase::bound, ipc::Times::unlimited, 3'000},
    ipc::Row{ListHolds::number, "list_holds", ipc::Phase::bound, ipc::Times::unlimited, 9},
    ipc::Row{GetHold::number, "get_hold", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{LiftHold::number, "lift_hold", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{PreviewCleanup::number, "preview_cleanup", ipc::Phase::bound, ipc::Times::unlimited, 22},
    ipc::Row{ListVirtual::number, "list_virtual", ipc::Phase::bound, ipc::Times::unlimited, 13},
    ipc::Row{CreateVirtual::number, "create_virtual", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{GetVirtual::number, "get_virtual", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{RenameVirtual::number, "rename_virtual", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{DeleteVirtual::number, "delete_virtual", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{GetLogo::number, "get_logo", ipc::Phase::bound, ipc::Times::unlimited, 1},
    ipc::Row{GetUpload::number, "get_upload", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ResumeUpload::number, "resume_upload", ipc::Phase::bound, ipc::Times::unlimited, 12'000},
    ipc::Row{SetUploadTotal::number, "set_upload_total", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{RemoveUpload::number, "remove_upload", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{Search::number, "search", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{GetNotices::number, "get_notices", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ChangeNotices::number, "change_notices", ipc::Phase::bound, ipc::Times::unlimited, 64},
    ipc::Row{ListTransfers::number, "list_transfers", ipc::Phase::bound, ipc::Times::unlimited, 21'000},
    ipc::Row{SetLogo::number, "set_logo", ipc::Phase::bound, ipc::Times::unlimited, 101'000},
    ipc::Row{SetBrand::number, "set_brand", ipc::Phase::bound, ipc::Times::unlimited, 2},
};
static_assert(ipc::sorted_unique(catalog_asks));

}  // namespace bulkhead::asks
