#pragma once
// What a session may read of the ledger: gate -> its porter -> vault, rows of data_asks.h and release_asks.h alike. The
// porter passes them on as they are. Nothing below names a person: the vault takes who asks from the capability that
// was adopted on the porter's channel. Decision 20.
#include <array>

#include "ipc/wire.h"

namespace bulkhead::asks {

// An entry about the asker (or about anybody of his organisation, for its administrator), with what proves it: the
// signed checkpoint, and the way from the entry to its root. not_found for any other index, whatever stands there.
// exhausted: too many on this connection.
struct ReadReceipt {
  static constexpr std::uint16_t number = 40;
  struct Reply {
    std::array<std::uint8_t, 32> salt{};
    Bytes body;  // core/ledger/entry.h
    std::vector<std::array<std::uint8_t, 32>> proof;
    std::string checkpoint;
    static auto fields(auto& m, auto&& f) { return f(m.salt, m.body, m.proof, m.checkpoint); }
  };
  std::uint64_t index = 0;
  static auto fields(auto& m, auto&& f) { return f(m.index); }
};

// The signed head as it was written last. not_found before the first.
struct ReadCheckpoint {
  static constexpr std::uint16_t number = 41;
  struct Reply {
    std::string checkpoint;
    static auto fields(auto& m, auto&& f) { return f(m.checkpoint); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// A tile of that tree: hashes of hashes, which say nothing about an entry. not_found for one that it does not have.
struct ReadTile {
  static constexpr std::uint16_t number = 42;
  struct Reply {
    Bytes tile;
    static auto fields(auto& m, auto&& f) { return f(m.tile); }
  };
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  std::uint16_t width = 256;  // hashes
  static auto fields(auto& m, auto&& f) { return f(m.level, m.index, m.width); }
};

}  // namespace bulkhead::asks
