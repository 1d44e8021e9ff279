#pragma once
// gate -> keeper, the part about virtual folders: names in a folder that lead to another one. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

struct VirtualRow {
  std::uint32_t id = 0;      // fits 31 bits; names no folder
  std::uint32_t folder = 0;  // that holds it
  std::uint32_t target = 0;
  std::string name;
  std::string path;
  std::string target_path;
  std::string made_by;  // user id, or empty
  std::int64_t made_ms = 0;
  static auto fields(auto& m, auto&& f) {
    return f(m.id, m.folder, m.target, m.name, m.path, m.target_path, m.made_by, m.made_ms);
  }
};

// Those in a folder whose targets the principal may see, by name.
struct ListVirtual {
  static constexpr std::uint16_t number = 54;
  struct Reply {
    std::uint64_t total = 0;
    std::vector<VirtualRow> rows;
    static auto fields(auto& m, auto&& f) { return f(m.total, m.rows); }
  };
  std::uint32_t folder = 0;
  Slice slice;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.slice); }
};

// conflict when the name is taken, or the target is the folder or one above it.
struct CreateVirtual {
  static constexpr std::uint16_t number = 55;
  using Reply = VirtualRow;
  std::uint32_t folder = 0;
  std::string name;
  std::uint32_t target = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.target); }
};

struct GetVirtual {
  static constexpr std::uint16_t number = 56;
  using Reply = VirtualRow;
  std::uint32_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

struct RenameVirtual {
  static constexpr std::uint16_t number = 57;
  using Reply = VirtualRow;
  std::uint32_t id = 0;
  std::string name;
  static auto fields(auto& m, auto&& f) { return f(m.id, m.name); }
};

// The entry, and nothing of what is in its target.
struct DeleteVirtual {
  static constexpr std::uint16_t number = 58;
  using Reply = ipc::Nothing;
  std::uint32_t id = 0;
  static auto fields(auto& m, auto&& f) { return f(m.id); }
};

}  // namespace bulkhead::asks
