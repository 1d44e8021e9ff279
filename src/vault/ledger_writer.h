#pragma once
// The vault's one hand on the ledger: encodes and times entries, commits them, and keeps the checkpoint fresh.
// Time in entries never goes back: an entry is at least as late as the one before it, whatever the clock says.
#include <functional>

#include "core/ledger/entry.h"
#include "ipc/admin_asks.h"
#include "ipc/event_asks.h"
#include "ipc/ledger_asks.h"
#include "vault/keys.h"
#include "vault/ledger_store/ledger_store.h"

namespace bulkhead::vault {

inline constexpr std::uint64_t checkpoint_entries_max = 256;  // without a checkpoint,
inline constexpr MonotonicMs checkpoint_age_max_ms = 5'000;   // or this long while there are new ones
inline constexpr std::size_t waiting_reports_max = 256;       // sent entries that are not durable yet,
inline constexpr MonotonicMs waiting_age_max_ms = 500;        // and how long the first of them may wait

class LedgerWriter {
 public:
  // Every entry of the past, in order; erased ones are left out.
  using Replay = std::function<void(std::uint64_t index, const ledger::Entry& entry)>;

  // Opens ledger/ below `dir_fd`, made when missing. `keys` and `disk` outlive the writer. Errors of LedgerStore::open;
  // Errc::invalid for an origin that is no key name.
  static Result<LedgerWriter> open(int dir_fd, std::string_view origin, const Keys& keys, ledger::LogDisk& disk);
  // Once, before the first append(). Errc::corrupt for an entry that cannot be read.
  Result<void> replay(const Replay& visit);

  // Buffers one entry; its index counts only once commit() is ok (LedgerStore::append).
  Result<std::uint64_t> append(ledger::Event event, UnixMs now);
  Result<void> commit();
  // True while nothing is buffered but reports of what was sent, and not for long: the next commit takes them along. A
  // crash before it loses them, and their releases then count as whole files: more than was sent, never less.
  bool may_wait(MonotonicMs now) const;
  std::uint64_t size() const { return store_.size(); }  // durable entries
  UnixMs forward(UnixMs now) const { return std::max(last_, now); }

  // Reading: errors of LedgerStore.
  Result<ledger::StoredEntry> read(std::uint64_t index) const { return store_.read(index); }
  Result<asks::EntriesFrom::Reply> entries_from(std::uint64_t from) const;
  Result<Bytes> tile(const ledger::Tile& tile) const { return store_.read_tile(tile); }
  // The checkpoint as it was written last. Errc::not_found before the first.
  Result<std::string> checkpoint() const;
  // Proof and checkpoint of a durable entry. An entry that no checkpoint covers yet gets one: at most one for each entry.
  Result<void> prove(std::uint64_t index, asks::ReadReceipt::Reply& out);

  // Writes a checkpoint when one is due. A failure is logged once and tried again at each tick.
  void tick(MonotonicMs now);
  // A checkpoint of all that is durable, written now.
  Result<asks::LedgerHead::Reply> head();

 private:
  LedgerWriter(ledger::LedgerStore store, ledger::VerifierKey key, const Keys& keys, Fd directory)
      : store_{std::move(store)}, key_{std::move(key)}, keys_{&keys}, directory_{std::move(directory)} {}

  ledger::LedgerStore store_;
  ledger::VerifierKey key_;
  const Keys* keys_;
  Fd directory_;
  UnixMs last_ = 0;                  // time of the latest entry
  std::size_t waiting_reports_ = 0;  // buffered sent entries
  MonotonicMs waiting_since_ = 0;
  bool urgent_ = false;  // another entry is buffered
  MonotonicMs checkpoint_at_ = 0;
  bool checkpoint_failed_ = false;
};

}  // namespace bulkhead::vault
