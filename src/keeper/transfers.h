#pragma once
// Transfers: what is being sent and received, and what has just ended. In memory only: who wants to know what happened asks the
// log; who wants to know what must not have happened, the ledger.
#include <deque>
#include <map>

#include "ipc/service.h"
#include "ipc/storage_asks.h"
#include "keeper/store.h"

namespace bulkhead::keeper {

inline constexpr std::size_t transfers_of_a_channel_max = 256;  // more are not shown
inline constexpr std::size_t ended_transfers_max = 10'000;
inline constexpr UnixMs ended_transfer_life_ms = 3'600'000;
inline constexpr UnixMs stalled_after_ms = 30'000;  // without a byte
inline constexpr std::size_t transfer_text_max = 4'000;

struct Transfer {
  asks::TransferDirection direction{};
  asks::TransferState state{};
  bool over_ssh = false;
  bool shown = false;  // with its first progress or its end: what is leased may be for another purpose
  policy::UserId user = 0;
  std::uint32_t organisation = 0;
  std::string address{};
  std::string agent{};
  UnixMs started_ms = 0;
  UnixMs ended_ms = 0;
  UnixMs moved_ms = 0;  // when a byte went
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;
  std::uint64_t file = 0;  // its number, or that of the draft, which becomes it
  std::uint32_t folder = 0;
  std::string name{};
  std::string folder_path{};
  bool integrity_checked = false;
};

class Transfers {
 public:
  explicit Transfers(Store& store) : store_{store} {}

  // A file of a channel has at most one transfer each way; the later one counts.
  void begin(ipc::PeerId channel, Transfer transfer);
  // Of these, one that the channel does not have is passed over.
  void progress(ipc::PeerId channel, const asks::TransferProgress& notice, UnixMs now);
  void end(ipc::PeerId channel, const asks::TransferEnd& notice, UnixMs now);
  // A download whose lease has ended: by now it has its end, or it was none.
  void forget(ipc::PeerId channel, std::uint64_t file);
  // An upload that was published, as the row says.
  void published(ipc::PeerId channel, const asks::FileRow& row, UnixMs now);
  // What the channel has not ended has failed.
  void gone(ipc::PeerId channel, UnixMs now);

  // Errc::invalid for texts over transfer_text_max.
  Result<asks::ListTransfers::Reply> list(const Asker& asker, const asks::ListTransfers& ask);

 private:
  using Key = std::pair<asks::TransferDirection, std::uint64_t>;
  using OfChannel = std::map<Key, Transfer>;
  Transfer* find(ipc::PeerId channel, Key key);
  void retire(ipc::PeerId channel, Key key, asks::TransferState state, UnixMs now);
  void keep(Transfer transfer, asks::TransferState state, UnixMs now);
  Result<std::vector<asks::TransferRow>> rows(const Asker& asker);

  Store& store_;
  std::map<ipc::PeerId, OfChannel> live_;
  std::deque<Transfer> ended_;  // in the order of their ends
};

}  // namespace bulkhead::keeper
