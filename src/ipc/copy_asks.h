#pragma once
// porter -> keeper, the part about copies and quotas. Rows of storage_asks.
#include "ipc/catalog_rows.h"

namespace bulkhead::asks {

using FileTag = std::array<std::uint8_t, 16>;  // names one sealed file inside its associated data

// Begins a copy of a folder into another: keeper makes its folders where nobody sees them. One at a time on a channel.
struct BeginCopy {
  static constexpr std::uint16_t number = 40;
  struct Reply {
    std::uint32_t files = 0;
    std::uint64_t size = 0;  // of all of them
    static auto fields(auto& m, auto&& f) { return f(m.files, m.size); }
  };
  std::uint32_t folder = 0;
  std::uint32_t target = 0;
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.target); }
};

// The next file to be leased, copied and committed, with a draft for it. Or the end.
struct NextCopy {
  static constexpr std::uint16_t number = 41;
  struct Reply {
    bool end = false;
    std::uint64_t file = 0;
    std::uint64_t version = 0;
    std::uint64_t draft = 0;
    FileTag tag{};
    std::string path;  // where it will be seen
    static auto fields(auto& m, auto&& f) { return f(m.end, m.file, m.version, m.draft, m.tag, m.path); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// The copy is whole, and appears.
struct EndCopy {
  static constexpr std::uint16_t number = 42;
  using Reply = FolderRow;
  static auto fields(auto&, auto&& f) { return f(); }
};

// Nothing of it stays; the same when the channel ends.
struct DropCopy {
  static constexpr std::uint16_t number = 43;
  using Reply = ipc::Nothing;
  static auto fields(auto&, auto&& f) { return f(); }
};

// The draft is to have that many bytes: over_quota when there is no room for them. They are kept free for it until it is
// published or dropped, or its channel ends. No need to ask again below `until`.
struct Reserve {
  static constexpr std::uint16_t number = 44;
  struct Reply {
    std::uint64_t until = 0;
    static auto fields(auto& m, auto&& f) { return f(m.until); }
  };
  std::uint64_t draft = 0;
  std::uint64_t size = 0;
  static auto fields(auto& m, auto&& f) { return f(m.draft, m.size); }
};

}  // namespace bulkhead::asks
