#pragma once
// Rewraps: has the vault wrap keys for the buckets that they are to lie in (expiries.h), and destroy buckets in which
// nothing lies any more (ipc/bucket_asks.h). Background work: asks go out in tick() and with an answer, one at a time,
// and nobody waits for them. A key is replaced in the catalog only if it is still the one that was sent; a bucket is
// named to the vault only when no row that is committed is in it, so none is destroyed that a key lies in, or is to
// leave.
#include "ipc/bucket_asks.h"
#include "ipc/service.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

inline constexpr MonotonicMs rewrap_pause_ms = 2'000;    // after all was looked at
inline constexpr MonotonicMs trouble_pause_ms = 20'000;  // the same, when the vault refused something
inline constexpr MonotonicMs destroy_pause_ms = 60'000;

class Rewraps {
 public:
  explicit Rewraps(Store& store) : store_{store} {}

  // The channel to the vault. Without it nothing happens.
  void set_vault(ipc::Service& service, ipc::PeerId vault) {
    service_ = &service;
    vault_ = vault;
  }
  // There may be something to be wrapped.
  void wake() {
    wrap_from_ = 0;
    if (!waiting_) after_ = 0;
  }
  // Outside of asks, right after a commit that was ok.
  Result<void> tick(MonotonicMs running);

 private:
  struct Sent {
    std::uint64_t version = 0;
    std::uint32_t to = 0;
    Bytes wrapped_key;
  };

  // False when nothing is to be wrapped.
  Result<bool> send();
  Result<void> take(const std::vector<Sent>& sent, const asks::Rewrap::Reply& reply);
  void answered(const std::vector<Sent>& sent, const Result<asks::Rewrap::Reply>& reply);
  void ask_due();
  Result<void> destroy(const std::vector<asks::BucketName>& due);

  Store& store_;
  ipc::Service* service_ = nullptr;
  ipc::PeerId vault_ = 0;
  bool waiting_ = false;   // for an answer
  bool troubled_ = false;  // in this pass
  std::uint64_t after_ = 0;
  std::vector<asks::BucketName> due_;
  MonotonicMs wrap_from_ = 0;
  MonotonicMs destroy_from_ = 0;
};

}  // namespace bulkhead::keeper
