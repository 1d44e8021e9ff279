#pragma once
// Lists: what a list found stays found for a while, as the numbers of its rows in order. So every page costs the same,
// the first and the last, whatever the order, and pages fit together while the log grows. What somebody found is only
// for him, as what he was then.
#include <list>

#include "base/clock.h"
#include "chronicle/store.h"

namespace bulkhead::chronicle {

inline constexpr std::size_t kept_lists_max = 64;
inline constexpr std::size_t kept_rows_max = 4'000'000;  // of all of them together: 32 MB
inline constexpr MonotonicMs kept_list_ms = 600'000;
inline constexpr std::size_t log_answer_size_max = 80 * 1'024;  // a frame holds 128 KiB, a row at most 12
inline constexpr std::uint32_t log_slice_rows_max = 1'000;

class Lists {
 public:
  explicit Lists(Store& store) : store_{store} {}

  // Whether slice() would go on in a list that is there.
  bool is_kept(const Viewer& viewer, const asks::ListLog& ask, MonotonicMs now);
  Result<asks::ListLog::Reply> slice(const Viewer& viewer, const asks::ListLog& ask, MonotonicMs now);

 private:
  struct Kept {
    Bytes key;
    MonotonicMs since = 0;
    std::vector<std::int64_t> rows;
  };
  Kept* find(const Bytes& key, MonotonicMs now);
  Kept& keep(Kept found);

  Store& store_;
  std::list<Kept> kept_;  // the one used last comes first
};

}  // namespace bulkhead::chronicle
