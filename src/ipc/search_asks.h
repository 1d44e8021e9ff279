#pragma once
// gate -> keeper, the part about search. Rows of catalog_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

// Files by name, in all folders below one and whatever their number, in the order of their own numbers. An ask looks at
// a bounded number of files: it may find fewer than `limit`, or none, although it is not the end.
struct Search {
  static constexpr std::uint16_t number = 64;
  struct Reply {
    std::vector<FileRow> rows;
    std::uint64_t after = 0;  // where the next ask goes on
    bool end = false;
    static auto fields(auto& m, auto&& f) { return f(m.rows, m.after, m.end); }
  };
  std::string name;         // a mask of the whole name with `*` or `?`; without them, a part of the name
  std::string path;         // of the folder to begin with; empty: everything
  std::uint64_t after = 0;  // as the answer before said
  std::uint32_t limit = 0;
  static auto fields(auto& m, auto&& f) { return f(m.name, m.path, m.after, m.limit); }
};

}  // namespace bulkhead::asks
