#pragma once
// Progress: tells keeper now and then how far a transfer is, for whoever looks at what is going on.
#include "base/clock.h"
#include "ipc/channel.h"
#include "ipc/storage_asks.h"

namespace bulkhead::porter {

inline constexpr MonotonicMs progress_period_ms = 1'000;
inline constexpr std::uint64_t progress_first = 1U << 20U;  // bytes after which keeper is told for the first time, or sooner

class Progress {
 public:
  Progress(asks::TransferDirection direction, std::uint64_t file) : direction_{direction}, file_{file} {}

  // `total`: bytes if they are known, else 0. Without keeper there is nobody to be told.
  void tell(ipc::Channel& keeper, std::uint64_t bytes, std::uint64_t total) {
    const MonotonicMs now = monotonic_now_ms();
    if (now - told_ms_ < progress_period_ms && (told_ || bytes < progress_first)) return;
    told_ = true;
    told_ms_ = now;
    static_cast<void>(keeper.notify(asks::TransferProgress{direction_, file_, bytes, total}));
  }
  void end(ipc::Channel& keeper, std::uint64_t bytes, asks::TransferEnd::How how) const {
    static_cast<void>(keeper.notify(asks::TransferEnd{direction_, file_, bytes, how}));
  }

 private:
  asks::TransferDirection direction_;
  std::uint64_t file_;
  bool told_ = false;
  MonotonicMs told_ms_ = monotonic_now_ms();  // or when it began
};

}  // namespace bulkhead::porter
