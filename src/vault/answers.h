#pragma once
// vault's channels: which table each has, and which function answers a row. The rules are in release.h and keys.h.
//   porters  ipc/release_asks.h    warden  ipc/pepper_asks.h    command line  ipc/admin_asks.h (vault)
//   keeper   ipc/bucket_asks.h    chronicle  ipc/event_asks.h (vault)
#include <memory>
#include <optional>

#include "ipc/control_asks.h"
#include "ipc/service.h"
#include "vault/expiries.h"
#include "vault/keys.h"
#include "vault/ledger_writer.h"
#include "vault/release.h"

namespace bulkhead::vault {

inline constexpr std::size_t channels_max = 16'384;  // of porters and command lines together

meter::Policy policy_of(const asks::VaultSettings& settings);

class Answers {
 public:
  // All outlive the Answers. `dir_fd` is vault's directory. Takes the service's commit, once a turn, for itself.
  Answers(ipc::Service& service, Keys& keys, ledger::LogDisk& disk, int dir_fd);

  void serve_warden(Fd channel, ipc::Service::Gone gone);
  // Its asks are refused until configure().
  void serve_keeper(Fd channel, ipc::Service::Gone gone);
  // Pins warden's key, opens the ledger, replays it and enters the start. Before this every Introduce is a broken
  // promise of hull. Errors of pin_capability_key() and LedgerWriter::open(): the vault cannot serve.
  Result<void> configure(const asks::VaultSettings& settings);
  // Beyond channels_max the channel is closed at once.
  void introduce(const asks::Introduce& notice, Fd channel);
  void peer_address(const asks::PeerAddress& notice);

  // For the service: a turn's entries made durable, unless they may wait (LedgerWriter::may_wait); a violation entered;
  // what is due once a second.
  Result<void> commit();
  void violation(std::uint64_t connection, std::string_view what);
  // hull tells of a crash, or of a violation that another process met.
  void trouble(const asks::Trouble& notice);
  void tick(MonotonicMs now);
  // The last entries and checkpoint before a clean end.
  void finish();

 private:
  Result<void> commit_all();
  void enter_trouble(std::string_view process, std::uint64_t connection, std::string_view what);
  struct Book {  // what there is once the settings have come
    LedgerWriter ledger;
    std::optional<Releases> releases;
    std::optional<Expiries> expiries;
  };
  void answer_porter(ipc::Call& call);
  template <class Request, class Rule>
  void by_rule(ipc::Call& call, Rule&& rule);
  void answer_warden(ipc::Call& call);
  void answer_keeper(ipc::Call& call);
  Result<ipc::Nothing> destroy(const asks::DestroyBuckets& ask);
  void answer_admin(ipc::Call& call);
  void answer_chronicle(ipc::Call& call);

  ipc::Service& service_;
  Keys& keys_;
  ledger::LogDisk& disk_;
  int dir_fd_;
  std::unique_ptr<Book> book_;
  std::optional<Error> early_failure_;  // of a commit within this turn: its answers must not leave
  std::size_t channels_ = 0;
};

}  // namespace bulkhead::vault
