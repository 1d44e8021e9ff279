#pragma once
// gate -> keeper, the part about whole trees: moves by id, content of folders, settings, quotas. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

// Moves a file into another folder, under its name. conflict when the name is taken there.
struct MoveFile {
  static constexpr std::uint16_t number = 40;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.folder); }
};

// The same for a folder with all that is in it; conflict also for a place within itself.
struct MoveFolder {
  static constexpr std::uint16_t number = 41;
  using Reply = FolderRow;
  std::uint32_t folder = 0;
  std::uint32_t target = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.target); }
};

enum class ContentSort : std::uint8_t { kind = 0, time = 1, size = 2, name = 3 };
constexpr ContentSort wire_max(ContentSort) { return ContentSort::name; }

// One line of a folder's content: a folder or a file.
struct ContentRow {
  bool is_folder = false;
  std::uint64_t id = 0;
  std::string name;
  std::int64_t changed_ms = 0;  // of a file: when it was uploaded
  std::uint64_t size = 0;       // of a file
  bool is_shared = false;
  bool is_virtual = false;      // a folder: `id` is that of its target
  static auto fields(auto& m, auto&& f) {
    return f(m.is_folder, m.id, m.name, m.changed_ms, m.size, m.is_shared, m.is_virtual);
  }
};

// Folders and files of a folder in one list. Without the right to list files: only its folders.
struct ListContent {
  static constexpr std::uint16_t number = 42;
  struct Reply {
    std::uint64_t total = 0;
    std::string path;  // of the folder
    std::vector<ContentRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.path, m.rows); }
  };
  std::uint32_t folder = 0;
  std::string name_mask;
  ContentSort sort = ContentSort::kind;  // kind: folders first, each by name
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name_mask, m.sort, m.slice); }
};

// Files of all folders that the principal may list and whose path matches; recursive: or the path of a folder above.
struct FindFiles {
  static constexpr std::uint16_t number = 43;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<FileRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::string path_mask;
  std::string file_mask;
  bool recursive = false;
  bool new_only = false;
  std::optional<std::int64_t> since_ms;
  FileSort sort = FileSort::path;
  Slice slice;
  static auto fields(auto& m, auto&& f) {
    return f(m.path_mask, m.file_mask, m.recursive, m.new_only, m.since_ms, m.sort, m.slice);
  }
};

struct NewStateRow {
  std::string id;    // user id
  std::string name;  // user name
  std::uint8_t role = 0;  // capability::Role
  std::uint32_t organisation = 0;
  bool is_new = false;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.name, m.role, m.organisation, m.is_new); }
};

// For whom a file is new, of all who may look at it. Only for administrators of the organisation.
struct ListNewStates {
  static constexpr std::uint16_t number = 44;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<NewStateRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint64_t file = 0;
  bool by_state = false;  // otherwise by user name
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.by_state, m.slice); }
};

struct SetNewState {
  static constexpr std::uint16_t number = 45;
  using Reply = NewStateRow;
  std::uint64_t file = 0;
  std::string user;  // user id or user name
  bool is_new = false;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.user, m.is_new); }
};

enum class MaskRule : std::uint8_t { allow_except = 0, deny_except = 1 };
constexpr MaskRule wire_max(MaskRule) { return MaskRule::deny_except; }
enum class CharSet : std::uint8_t { any = 0, windows = 1, all_but = 2, only = 3 };
constexpr CharSet wire_max(CharSet) { return CharSet::only; }
enum class ShownSort : std::uint8_t { none = 0, name = 1, time = 2, size = 3, uploader = 4, downloads = 5 };
constexpr ShownSort wire_max(ShownSort) { return ShownSort::downloads; }

struct FolderSettings {
  MaskRule mask_rule = MaskRule::allow_except;
  std::vector<std::string> masks;
  bool clean = false;
  std::uint32_t clean_files_days = 0;    // 0: never
  std::uint32_t clean_folders_days = 0;  // empty ones below; 0: never
  std::uint32_t new_days = 0;
  std::uint64_t quota = 0;   // bytes; 0: none
  bool quota_below = false;  // counts files of subfolders too
  bool overwrite_allowed = false;
  bool hide_history = false;
  bool thumbnails = false;
  ShownSort shown_sort = ShownSort::none;
  CharSet char_set = CharSet::any;
  std::string char_list;       // of all_but and only
  bool char_replace = false;   // otherwise a name with another character is refused
  std::string char_value;      // in its place; [CharID] is its number
  static auto fields(auto& m, auto&& f) {
    return f(m.mask_rule, m.masks, m.clean, m.clean_files_days, m.clean_folders_days, m.new_days, m.quota,
             m.quota_below, m.overwrite_allowed, m.hide_history, m.thumbnails, m.shown_sort, m.char_set, m.char_list,
             m.char_replace, m.char_value);
  }
};

struct GetFolderSettings {
  static constexpr std::uint16_t number = 46;
  using Reply = FolderSettings;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

// What is not there stays as it is. `below`: what is there also becomes so in all folders below.
struct ChangeFolderSettings {
  static constexpr std::uint16_t number = 47;
  using Reply = FolderSettings;
  std::uint32_t folder = 0;
  bool below = false;
  std::optional<MaskRule> mask_rule;
  std::optional<std::vector<std::string>> masks;
  std::optional<bool> clean;
  std::optional<std::uint32_t> clean_files_days;
  std::optional<std::uint32_t> clean_folders_days;
  std::optional<std::uint32_t> new_days;
  std::optional<std::uint64_t> quota;
  std::optional<bool> quota_below;
  std::optional<bool> overwrite_allowed;
  std::optional<bool> hide_history;
  std::optional<bool> thumbnails;
  std::optional<ShownSort> shown_sort;
  std::optional<CharSet> char_set;
  std::optional<std::string> char_list;
  std::optional<bool> char_replace;
  std::optional<std::string> char_value;
  static auto fields(auto& m, auto&& f) {
    return f(m.folder, m.below, m.mask_rule, m.masks, m.clean, m.clean_files_days, m.clean_folders_days, m.new_days,
             m.quota, m.quota_below, m.overwrite_allowed, m.hide_history, m.thumbnails, m.shown_sort, m.char_set,
             m.char_list, m.char_replace, m.char_value);
  }
};

// How much a user may have uploaded in all, and has. Without `quota`: only tells. Others than oneself, and changes: only
// for administrators of the organisation.
struct UserQuota {
  static constexpr std::uint16_t number = 48;
  struct Reply {
    std::string id;           // user id
    std::uint64_t quota = 0;  // bytes; 0: none
    std::uint64_t used = 0;
    static auto fields(auto& m, auto&& f) { return f(m.id, m.quota, m.used); }
  };
  std::string user;  // user id or user name
  std::optional<std::uint64_t> quota;
  static auto fields(auto& m, auto&& f) { return f(m.user, m.quota); }
};

}  // namespace bulkhead::asks
