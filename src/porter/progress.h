#pragma once
// Progress: tells keeper now and then how far a transfer is, for whoever looks at what is going on.
#include "base/clock.h"
#include "ipc/channel.h"
#include "ipc/storage_asks.h"

namespace bulkhead::porter {

inline constexpr MonotonicMs progress_period_ms = 1'000;
inline constexpr std::uint64_t progress_first = 1U << 20U;  // bytes after which keeper is told for the first time
inline constexpr std::uint64_t progress_step = 8U << 20U;   // the same, from then on

class Progress {
 public:
  Progress(asks::TransferDirection direction, std::uint64_t file) : direction_{direction}, file_{file} {}

  // `total`: bytes if they are known, else 0. Without keeper there is nobody to be told.
  void tell(ipc::Channel& keeper, std::uint64_t bytes, std::uint64_t total) {
    const MonotonicMs now = monotonic_now_ms();
    const std::uint64_t next = told_ == 0 ? progress_first : told_ + progress_step;
    if (now - told_ms_ < progress_period_ms && bytes < next) return;
    told_ = bytes;
    told_ms_ = now;
    static_cast<void>(keeper.notify(asks::TransferProgress{direction_, file_, bytes, total}));
  }
  void end(ipc::Channel& keeper, std::uint64_t bytes, asks::TransferEnd::How how) const {
    static_cast<void>(keeper.notify(asks::TransferEnd{direction_, file_, bytes, how}));
  }

 private:
  asks::TransferDirection direction_;
  std::uint64_t file_;
  std::uint64_t told_ = 0;  // bytes
  MonotonicMs told_ms_ = monotonic_now_ms();  // or when it began
};

}  // namespace bulkhead::porter
