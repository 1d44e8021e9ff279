#pragma once
// gate -> keeper, the part about retention: legal holds, and what a clean-up would take. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

struct HoldRow {
  std::uint32_t id = 0;
  std::string name;
  std::string reason;
  std::uint32_t folder = 0;  // that it covers, with all below; or 0
  std::uint64_t file = 0;    // or that file
  std::string path;          // of the one that is covered, as of now
  std::string placed_by;     // user name
  std::int64_t placed_ms = 0;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.name, m.reason, m.folder, m.file, m.path, m.placed_by, m.placed_ms);
  }
};

// Only for administrators of the organisation, like all asks about holds. Exactly one of folder and file is not 0.
struct PlaceHold {
  static constexpr std::uint16_t number = 49;
  using Reply = HoldRow;
  std::string name;
  std::string reason;
  std::uint32_t folder = 0;
  std::uint64_t file = 0;
  static auto fields(auto& m, auto&& f) { return f(m.name, m.reason, m.folder, m.file); }
};

struct ListHolds {
  static constexpr std::uint16_t number = 50;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<HoldRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  Slice slice;  // by name
  static auto fields(auto& m, auto&& f) { return f(m.slice); }
};

struct GetHold {
  static constexpr std::uint16_t number = 51;
  using Reply = HoldRow;
  std::uint32_t hold = 0;
  static auto fields(auto& m, auto&& f) { return f(m.hold); }
};

struct LiftHold {
  static constexpr std::uint16_t number = 52;
  using Reply = ipc::Nothing;
  std::uint32_t hold = 0;
  static auto fields(auto& m, auto&& f) { return f(m.hold); }
};

enum class Stays : std::uint8_t { no = 0, legal_hold = 1, transfer = 2 };
constexpr Stays wire_max(Stays) { return Stays::transfer; }

// A file of a folder, or an empty folder in it, that a clean-up takes.
struct CleanupRow {
  bool is_folder = false;
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t size = 0;
  std::int64_t due_ms = 0;
  Stays stays = Stays::no;  // why it is not taken although it is due
  static auto fields(auto& m, auto&& f) { return f(m.is_folder, m.id, m.name, m.size, m.due_ms, m.stays); }
};

// What a clean-up of the folder takes until a time (absent: now), the soonest first; folders behind files. Needs the
// rights to change its settings and to list its files.
struct PreviewCleanup {
  static constexpr std::uint16_t number = 53;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<CleanupRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t folder = 0;
  std::optional<std::int64_t> until_ms;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.until_ms, m.slice); }
};

}  // namespace bulkhead::asks
