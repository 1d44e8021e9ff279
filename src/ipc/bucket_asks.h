#pragma once
// keeper -> vault: in which bucket of keys a wrapped key lies, and the end of buckets. No key leaves the vault here: wrapped
// ones come back wrapped. keeper can destroy nothing before its day is over by the vault's own clock.
#include "base/bytes.h"
#include "ipc/table.h"
#include "ipc/wire.h"

namespace bulkhead::asks {

inline constexpr std::size_t rewraps_max = 256;         // of one ask
inline constexpr std::size_t due_buckets_max = 1'000;  // of one answer

// One key that is to lie in another bucket. Days as in core/retention, 0: kept.
struct RewrapItem {
  std::uint32_t organisation = 0;
  std::array<std::uint8_t, 16> tag{};
  Bytes wrapped_key;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  static auto fields(auto& m, auto&& f) { return f(m.organisation, m.tag, m.wrapped_key, m.from, m.to); }
};

// One for each item, in order; empty where a key does not open, or must not lie there: a day that is not ahead, or a
// bucket that was destroyed.
struct Rewrap {
  static constexpr std::uint16_t number = 1;
  struct Reply {
    std::vector<Bytes> wrapped_keys;
    static auto fields(auto& m, auto&& f) { return f(m.wrapped_keys); }
  };
  std::vector<RewrapItem> items;
  static auto fields(auto& m, auto&& f) { return f(m.items); }
};

struct BucketName {
  std::uint32_t organisation = 0;
  std::uint32_t day = 0;
  static auto fields(auto& m, auto&& f) { return f(m.organisation, m.day); }
  auto operator<=>(const BucketName&) const = default;
};

// The buckets whose day is over, by the vault's clock.
struct DueBuckets {
  static constexpr std::uint16_t number = 2;
  struct Reply {
    std::vector<BucketName> buckets;
    static auto fields(auto& m, auto&& f) { return f(m.buckets); }
  };
  static auto fields(auto&, auto&& f) { return f(); }
};

// No file's key lies there any more: the bucket may go. Entered into the ledger before it does. conflict for one whose
// day is not over; one that is not there is passed over.
struct DestroyBuckets {
  static constexpr std::uint16_t number = 3;
  using Reply = ipc::Nothing;
  std::vector<BucketName> buckets;
  static auto fields(auto& m, auto&& f) { return f(m.buckets); }
};

inline constexpr std::array bucket_asks{
    ipc::Row{Rewrap::number, "rewrap", ipc::Phase::any, ipc::Times::unlimited, 30'000},
    ipc::Row{DueBuckets::number, "due_buckets", ipc::Phase::any, ipc::Times::unlimited, 0},
    ipc::Row{DestroyBuckets::number, "destroy_buckets", ipc::Phase::any, ipc::Times::unlimited, 8'100},
};
static_assert(ipc::sorted_unique(bucket_asks));

}  // namespace bulkhead::asks
