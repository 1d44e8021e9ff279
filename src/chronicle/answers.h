#pragma once
// The table log_asks, row by row. Whose a channel is, the capability says that was adopted on it.
#include <unordered_map>

#include "chronicle/lists.h"
#include "chronicle/pulls.h"
#include "ipc/control_asks.h"

namespace bulkhead::chronicle {

inline constexpr std::size_t channels_max = 16'384;
inline constexpr std::uint32_t fetches_rows_max = 25;  // in one answer: a row is at most 4 KiB
inline constexpr UnixMs view_pause_ms = 60'000;   // somebody who looks at the log again within this makes no new entry
inline constexpr std::size_t views_max = 10'000;  // of people who looked, kept for that

class Answers {
 public:
  // Both outlive the Answers.
  Answers(ipc::Service& service, Store& store);

  // Once: the key, and the channels to vault, warden and keeper.
  void set(const asks::ChronicleSettings& settings, std::vector<Fd> sources);
  // Beyond channels_max the channel is closed at once.
  void serve(Fd channel, std::uint64_t connection);
  void set_address(const asks::PeerAddress& notice);

  Result<void> commit();
  void tick();

 private:
  struct Session {
    std::uint64_t connection = 0;
    std::string address;
    std::optional<Viewer> viewer;
    capability::Scopes scopes;
    UnixMs expires = 0;
    bool waiting = false;  // one list at a time
  };

  void answer(ipc::Call& call);
  Result<ipc::Nothing> adopt(ipc::PeerId channel, const asks::Adopt& ask);
  // Who asks that; Errc::expired when his capability is, denied when its scopes do not reach that far.
  Result<Viewer> viewer(ipc::PeerId channel, std::uint16_t ask);
  void list_log(ipc::Call& call);
  void list_fetches(ipc::Call& call);
  template <class Ask, class Look>
  void after_round(const ipc::Call& call, Look look);
  Result<asks::ListLog::Reply> list(const Viewer& viewer, const asks::ListLog& ask, std::string_view address);
  Result<asks::LogRow> row(const Viewer& viewer, std::int64_t id);
  Result<asks::ListFetches::Reply> fetches(const Viewer& viewer, const asks::ListFetches& ask);
  Result<ipc::Nothing> set_retention(const Viewer& viewer, std::uint32_t days, std::string_view address);
  // An entry of chronicle's own. What it is about is done or shown only if it is stored.
  Result<void> note(const Viewer& viewer, asks::EventKind kind, std::string_view address, std::string message);

  ipc::Service& service_;
  Store& store_;
  Lists lists_;
  Pulls pulls_;
  crypt::Ed25519Public key_{};
  std::unordered_map<ipc::PeerId, Session> sessions_;
  std::unordered_map<std::uint64_t, ipc::PeerId> by_connection_;
  std::unordered_map<std::string, UnixMs> viewed_;  // user id: when he looked last
  std::optional<Error> early_failure_;              // of a commit within this turn: its answers must not leave
  UnixMs next_removal_ = 0;
};

}  // namespace bulkhead::chronicle
