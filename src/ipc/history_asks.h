#pragma once
// The part about what was: older versions of files, and the recycle bin. Rows of catalog_asks (gate -> keeper), and of
// storage_asks and data_asks for the content of an older version.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

inline constexpr std::uint32_t versions_kept_max = 1'000;  // of a file, besides the current one
inline constexpr std::uint32_t bin_days_max = 3'650;

struct HistorySettings {
  std::uint32_t versions_kept = 0;  // besides the current one
  std::uint32_t bin_days = 0;       // 0: a deletion is final
  static auto fields(auto& m, auto&& f) { return f(m.versions_kept, m.bin_days); }
};

struct GetHistorySettings {
  static constexpr std::uint16_t number = 28;
  using Reply = HistorySettings;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder); }
};

// What is not there stays as it is. `below`: what is there also becomes so in all folders below.
struct ChangeHistorySettings {
  static constexpr std::uint16_t number = 29;
  using Reply = HistorySettings;
  std::uint32_t folder = 0;
  bool below = false;
  std::optional<std::uint32_t> versions_kept;
  std::optional<std::uint32_t> bin_days;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.below, m.versions_kept, m.bin_days); }
};

struct VersionRow {
  FileRow file;              // with the size, hashes, uploader and times of this version
  bool current = false;
  std::int64_t kept_ms = 0;  // when another took its place; 0 for the current one
  static auto fields(auto& m, auto&& f) { return f(m.file, m.current, m.kept_ms); }
};

// The current version and the older ones that are kept, newest first; `slice.descending` does not count.
struct ListVersions {
  static constexpr std::uint16_t number = 30;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<VersionRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint64_t file = 0;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.slice); }
};

struct GetVersion {
  static constexpr std::uint16_t number = 31;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// An older version becomes the current one, and the current one an older one. conflict when it is the current one.
struct RestoreVersion {
  static constexpr std::uint16_t number = 32;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// For good. conflict for the current one.
struct DeleteVersion {
  static constexpr std::uint16_t number = 33;
  using Reply = ipc::Nothing;
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

struct BinRow {
  std::uint64_t id = 0;  // of the file
  std::string name;
  std::string folder_path;       // where it was when it was deleted
  std::uint32_t folder = 0;      // where it would go back to; 0: that folder is gone
  std::uint64_t size = 0;        // of its current version
  std::uint64_t total_size = 0;  // of all its versions
  std::uint32_t version_count = 0;
  std::string deleted_by;  // user name
  std::int64_t deleted_ms = 0;
  std::int64_t until_ms = 0;  // when it goes for good
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.name, m.folder_path, m.folder, m.size, m.total_size, m.version_count, m.deleted_by, m.deleted_ms,
             m.until_ms);
  }
};

// What the principal may see of the recycle bin, deleted last first; `slice.descending` does not count.
struct ListBin {
  static constexpr std::uint16_t number = 34;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<BinRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::string name_mask;
  std::string path_part;  // that folder_path holds
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.name_mask, m.path_part, m.slice); }
};

// Into `folder`, or with 0 to where it was: not_found if that is gone. conflict when the name is taken.
struct RestoreBinned {
  static constexpr std::uint16_t number = 35;
  using Reply = FileRow;
  std::uint64_t file = 0;
  std::uint32_t folder = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.folder); }
};

// For good.
struct DeleteBinned {
  static constexpr std::uint16_t number = 36;
  using Reply = ipc::Nothing;
  std::uint64_t file = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file); }
};

// A part of all that the principal may delete for good, by number of the file from behind `after` on.
struct EmptyBin {
  static constexpr std::uint16_t number = 37;
  struct Reply {
    std::uint32_t removed = 0;
    std::uint64_t last = 0;  // that was looked at
    bool end = false;
    static auto fields(auto& m, auto&& f) { return f(m.removed, m.last, m.end); }
  };
  std::uint64_t after = 0;
  static auto fields(auto& m, auto&& f) { return f(m.after); }
};

}  // namespace bulkhead::asks
