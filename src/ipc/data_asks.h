#pragma once
// gate -> its porter: the bytes of one transfer at a time. Content crosses in shared memory, in `ring_slots` slots of
// `ring_slot_size` bytes; the messages Filled and Freed hand slots over, so that a waiting side sleeps in recvmsg and a
// death is seen at once. Either side takes the other's slot contents as hostile: what is in a slot may change any time.
//   read:  OpenRead answered -> porter Filled*, gate Freed*, in order -> the last Filled has `last` set
//   write: OpenWrite answered -> gate Filled*, porter Freed* -> Finish (or Abort)
// porter Broken: the transfer is lost; nothing more of it will be sent; Abort or a new Open follows.
#include "ipc/catalog_rows.h"
#include "ipc/catalog_asks.h"
#include "ipc/table.h"
#include "base/result.h"

namespace bulkhead::asks {

inline constexpr std::uint32_t ring_slots = 8;
inline constexpr std::uint32_t ring_slot_size = 256 * 1024;
inline constexpr std::size_t ring_size = std::size_t{ring_slots} * ring_slot_size;

// Adopt (number 1) is the one of catalog_asks.h: porter adopts the capability at keeper and vault.

struct OpenRead {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::uint64_t length = 0;  // of the part that will be sent
    static auto fields(auto& m, auto&& f) { return f(m.length); }
  };
  std::uint64_t file = 0;
  std::uint64_t version = 0;  // conflict if the content changed meanwhile
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version, m.offset, m.length); }
};

struct OpenWrite {
  static constexpr std::uint16_t number = 3;
  using Reply = ipc::Nothing;
  std::uint32_t folder = 0;
  std::string name;
  std::string comment;
  std::string agent;                // the client's product, for the record
  std::uint8_t hash_kind = 0;       // crypt::HashKind if known before the content, or 0
  static auto fields(auto& m, auto&& f) { return f(m.folder, m.name, m.comment, m.agent, m.hash_kind); }
};

// Publishes the draft. With a hash: invalid, and nothing is published, unless it matches.
struct Finish {
  static constexpr std::uint16_t number = 4;
  using Reply = FileRow;
  std::uint8_t hash_kind = 0;  // 0: none given
  Bytes hash;
  std::optional<std::string> comment;  // when it came after the content
  static auto fields(auto& m, auto&& f) { return f(m.hash_kind, m.hash, m.comment); }
};

struct Abort {
  static constexpr std::uint16_t number = 5;
  using Reply = ipc::Nothing;
  static auto fields(auto&, auto&& f) { return f(); }
};

// The SHA-1 of a file, computed now if nobody asked before (a ledgered release with purpose `digest`).
struct Digest {
  static constexpr std::uint16_t number = 6;
  struct Reply {
    std::array<std::uint8_t, 20> sha1{};
    static auto fields(auto& m, auto&& f) { return f(m.sha1); }
  };
  std::uint64_t file = 0;
  std::uint64_t version = 0;
  static auto fields(auto& m, auto&& f) { return f(m.file, m.version); }
};

// Notices, both ways.
struct Filled {
  static constexpr std::uint16_t number = 7;
  std::uint32_t slot = 0;
  std::uint32_t size = 0;
  bool last = false;
  static auto fields(auto& m, auto&& f) { return f(m.slot, m.size, m.last); }
};
struct Freed {
  static constexpr std::uint16_t number = 8;
  std::uint32_t slot = 0;
  static auto fields(auto& m, auto&& f) { return f(m.slot); }
};
// porter -> gate only.
struct Broken {
  static constexpr std::uint16_t number = 9;
  std::uint8_t errc = 0;
  std::string message;
  static auto fields(auto& m, auto&& f) { return f(m.errc, m.message); }
};

inline constexpr std::array data_asks{
    ipc::Row{Adopt::number, "adopt", ipc::Phase::any, ipc::Times::limited, 2'048},
    ipc::Row{OpenRead::number, "open_read", ipc::Phase::bound, ipc::Times::unlimited, 32},
    ipc::Row{OpenWrite::number, "open_write", ipc::Phase::bound, ipc::Times::unlimited, 9'000},
    ipc::Row{Finish::number, "finish", ipc::Phase::bound, ipc::Times::unlimited, 5'000},
    ipc::Row{Abort::number, "abort", ipc::Phase::bound, ipc::Times::unlimited, 0},
    ipc::Row{Digest::number, "digest", ipc::Phase::bound, ipc::Times::unlimited, 16},
    ipc::Row{Filled::number, "filled", ipc::Phase::bound, ipc::Times::unlimited, 9},
    ipc::Row{Freed::number, "freed", ipc::Phase::bound, ipc::Times::unlimited, 4},
};
static_assert(ipc::sorted_unique(data_asks));

}  // namespace bulkhead::asks
