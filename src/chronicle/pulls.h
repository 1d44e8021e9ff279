#pragma once
// Pulls: gets from the three sources what they have, in rounds. A round asks each of them once, then for the names and
// places that the log needs, and stores all of it in one transaction together with how far it has come. Only then the
// next round tells the sources so, and they may forget. Nobody is ever asked to wait for the log.
#include <functional>

#include "chronicle/batch.h"
#include "ipc/service.h"

namespace bulkhead::chronicle {

inline constexpr MonotonicMs catch_up_max_ms = 5'000;

struct Sources {
  ipc::PeerId vault = 0;
  ipc::PeerId warden = 0;
  ipc::PeerId keeper = 0;
};

class Pulls {
 public:
  using Then = std::function<void(const Result<void>&)>;

  // Both outlive the Pulls. `stored` is called with the outcome of the commit that ends a round: what else was in that
  // transaction shares it.
  Pulls(ipc::Service& service, Store& store, std::function<void(const Result<void>&)> stored)
      : service_{service}, store_{store}, stored_{std::move(stored)} {}

  void set(const Sources& sources) { sources_ = sources; }
  // `then` is called after a round that began after this call: what had happened before is in the log then. With an
  // error when the round failed, and Errc::exhausted when the log is further behind than catch_up_max_ms.
  void fresh(Then then);
  // A round, unless one is under way.
  void tick();

 private:
  void start();
  void ask_vault();
  void ask_events(Source source, ipc::PeerId peer);
  void arrived(const Result<void>& taken);
  void ask_names();
  void finish();
  void end(const Result<void>& outcome);

  ipc::Service& service_;
  Store& store_;
  std::function<void(const Result<void>&)> stored_;
  Sources sources_;
  Batch batch_;
  bool running_ = false;
  bool named_ = false;
  int awaited_ = 0;
  std::optional<Error> failure_;
  bool failing_ = false;  // and it was said
  struct Waiting {
    MonotonicMs since = 0;
    Then then;
  };
  std::vector<Waiting> now_;
  std::vector<Waiting> next_;
};

}  // namespace bulkhead::chronicle
