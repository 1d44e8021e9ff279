#pragma once
// gate -> keeper: what may I see and do. keeper takes who asks from the capability that was adopted on this channel, and
// from nothing else. Unknown and forbidden are both not_found, unless the asker may know that the thing exists (denied).
#include "ipc/catalog_rows.h"
#include "ipc/tree_asks.h"
#include "ipc/table.h"

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
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.description); }
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
    std::vector<GrantRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.rows); }
  };
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

// Sets the rights of one user in one folder; 0 removes the entry.
struct SetGrant {
  static constexpr std::uint16_t number = 13;
  using Reply = ListGrants::Reply;
  std::uint32_t folder = 0;
  std::string user;  // user id or user name of somebody who has signed on once
  std::uint16_t rights = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.user, m.rights); }
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
    ipc::Row{ListGrants::number, "list_grants", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{SetGrant::number, "set_grant", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{Lookup::number, "lookup", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{ListEntries::number, "list_entries", ipc::Phase::bound, ipc::Times::unlimited, 1'200},
    ipc::Row{Move::number, "move", ipc::Phase::bound, ipc::Times::unlimited, 18'000},
    ipc::Row{RemoveEntry::number, "remove_entry", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{SetModified::number, "set_modified", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{Space::number, "space", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{MoveFile::number, "move_file", ipc::Phase::bound, ipc::Times::unlimited, 12},
    ipc::Row{MoveFolder::number, "move_folder", ipc::Phase::bound, ipc::Times::unlimited, 8},
    ipc::Row{ListContent::number, "list_content", ipc::Phase::bound, ipc::Times::unlimited, 2'048},
    ipc::Row{FindFiles::number, "find_files", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{ListNewStates::number, "list_new_states", ipc::Phase::bound, ipc::Times::unlimited, 32},
    ipc::Row{SetNewState::number, "set_new_state", ipc::Phase::bound, ipc::Times::unlimited, 512},
    ipc::Row{GetFolderSettings::number, "get_folder_settings", ipc::Phase::bound, ipc::Times::unlimited, 4},
    ipc::Row{ChangeFolderSettings::number, "change_folder_settings", ipc::Phase::bound, ipc::Times::unlimited, 70'000},
    ipc::Row{UserQuota::number, "user_quota", ipc::Phase::bound, ipc::Times::unlimited, 512},
};
static_assert(ipc::sorted_unique(catalog_asks));

}  // namespace bulkhead::asks
