#pragma once
// Derivation: from a password to its verifier, without ever waiting.
//   password, salt -> argon2id in a one-shot hasher process -> tag -> pepper at the vault -> verifier
// or, of an account that another server brought, whether it is the password of its foreign hash; no pepper, since that
// server had none.
// Keeps hashers_in_stock ready hashers: hull is asked for one more as soon as one is used. Work waits in line for a
// hasher, at most sign_ons_waiting_max.
#include <deque>
#include <functional>
#include <map>

#include "ipc/hash_asks.h"
#include "ipc/service.h"
#include "warden/identity.h"

namespace bulkhead::warden {

class Derivation {
 public:
  // Errc::exhausted when it waited too long for a hasher; Errc::io when hasher or vault was lost.
  using Done = std::function<void(Result<Verifier>)>;

  Derivation(ipc::Service& service, ipc::PeerId hull, ipc::PeerId vault, Clock clock)
      : service_{service}, hull_{hull}, vault_{vault}, clock_{clock} {}

  // One ready hasher, from hull.
  void add_hasher(Fd socket);
  // Errc::exhausted at once when the line is full; then `done` is never called. `credential.verifier` is not read.
  Result<void> derive(Secret password, const Credential& credential, std::string user, Done done);
  // The same, where `done` gets `credential.verifier` if the password is that of `foreign_hash`, and one that nobody
  // has if it is not.
  Result<void> check(Secret password, std::string foreign_hash, const Credential& credential, Done done);
  // Asks for missing hashers, ends what takes too long.
  void tick();

 private:
  using JobId = std::uint64_t;
  struct Job {
    asks::HashPassword ask;
    std::string foreign_hash;  // empty: derive
    Verifier verifier{};       // of a password that matches it
    std::string user;
    MonotonicMs since;
    Done done;
  };

  Result<void> wait(Job job);
  void dispatch();
  void start(JobId id, ipc::PeerId hasher);
  void hashed(JobId id, Result<asks::HashPassword::Reply> tag);
  void checked(JobId id, const Result<asks::CheckForeign::Reply>& answer);
  void finish(JobId id, Result<Verifier> verifier);
  void want_hashers();

  ipc::Service& service_;
  ipc::PeerId hull_;
  ipc::PeerId vault_;
  Clock clock_;
  std::map<JobId, Job> jobs_;
  JobId next_job_ = 1;
  std::deque<JobId> line_;                      // jobs without a hasher yet
  std::deque<ipc::PeerId> ready_;               // hashers without a job
  std::map<ipc::PeerId, MonotonicMs> running_;  // hashers with a job, and since when
  std::size_t wanted_ = 0;                      // asked of hull and not there yet
  MonotonicMs wanted_since_ = 0;
};

}  // namespace bulkhead::warden
