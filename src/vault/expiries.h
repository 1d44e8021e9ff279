#pragma once
// Keys whose files expire (ipc/bucket_asks.h): they lie in the bucket of a day, can be wrapped for another one, and a
// bucket is destroyed when keeper says that nothing lies there any more and its day is over by the clock here.
//
// The entry of a destruction is durable before the bucket goes. What the ledger names is destroyed once more at each
// start, so that neither a crash in between nor an older copy of `buckets` brings it back.
#include "core/ledger/entry.h"
#include "ipc/bucket_asks.h"
#include "vault/keys.h"
#include "vault/ledger_writer.h"

namespace bulkhead::vault {

inline constexpr std::uint32_t rewraps_of_a_run_max = 1U << 28U;  // so that no bucket key comes near 2^32

class Expiries {
 public:
  // `keys` and `ledger` outlive the Expiries.
  Expiries(Keys& keys, LedgerWriter& ledger) : keys_{keys}, ledger_{ledger} {}

  // Start: an entry of the past; then what those say is done.
  void replay(const ledger::Entry& entry);
  Result<void> finish_replay();

  // Every minute or oftener.
  void tick(UnixMs now, MonotonicMs running) { calm_ = clock_.read(now, running); }

  // Errors: exhausted beyond rewraps_of_a_run_max; io when a bucket could not be stored.
  Result<asks::Rewrap::Reply> rewrap(const asks::Rewrap& ask, UnixMs now);
  asks::DueBuckets::Reply due() const;
  // Appends the entries; nothing is destroyed before destroy(). Errc::conflict when one is not due.
  Result<std::vector<BucketName>> enter(const asks::DestroyBuckets& ask, UnixMs now);
  // After the commit of enter().
  Result<void> destroy(std::span<const BucketName> names);

 private:
  Result<Bytes> rewrap(const asks::RewrapItem& item, UnixMs now);

  Keys& keys_;
  LedgerWriter& ledger_;
  retention::CalmClock clock_;
  std::optional<UnixMs> calm_;  // the time, while it is believed
  std::vector<BucketName> replayed_;
  UnixMs last_ = 0;  // time of the last entry replayed
  std::uint32_t rewraps_ = 0;
};

}  // namespace bulkhead::vault
