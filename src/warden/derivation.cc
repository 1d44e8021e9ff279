#include "warden/derivation.h"

#include <algorithm>

#include "base/log.h"
#include "ipc/control_asks.h"
#include "ipc/pepper_asks.h"

namespace bulkhead::warden {

void Derivation::add_hasher(Fd socket) {
  if (wanted_ > 0) --wanted_;
  if (ready_.size() >= hashers_in_stock + hashers_running_max) return;  // its channel closes, and it ends
  ready_.push_back(service_.connect(std::move(socket), [this](ipc::PeerId gone) {
    std::erase(ready_, gone);
    running_.erase(gone);
  }));
  dispatch();
}

Result<void> Derivation::derive(Secret password, const Credential& credential, std::string user, Done done) {
  if (line_.size() >= sign_ons_waiting_max) return fail(Errc::exhausted, "busy: try again in a moment");
  const JobId id = next_job_++;
  asks::HashPassword ask{std::move(password), credential.salt, credential.memory_kib, credential.passes};
  jobs_.emplace(id, Job{std::move(ask), std::move(user), clock_.monotonic_ms(), std::move(done)});
  line_.push_back(id);
  dispatch();
  return {};
}

void Derivation::dispatch() {
  while (!line_.empty() && !ready_.empty() && running_.size() < hashers_running_max) {
    const JobId id = line_.front();
    const ipc::PeerId hasher = ready_.front();
    line_.pop_front();
    ready_.pop_front();
    start(id, hasher);
  }
  want_hashers();
}

void Derivation::start(JobId id, ipc::PeerId hasher) {
  running_.emplace(hasher, clock_.monotonic_ms());
  Job& job = jobs_.at(id);
  service_.ask<asks::HashPassword>(hasher, job.ask, [this, id, hasher](Result<asks::HashPassword::Reply> tag) {
    running_.erase(hasher);
    service_.end(hasher);  // one shot: it exits by itself
    hashed(id, std::move(tag));
    dispatch();
  });
  job.ask.password.clear();
}

void Derivation::hashed(JobId id, Result<asks::HashPassword::Reply> tag) {
  if (!tag.ok()) return finish(id, std::move(tag).error());
  asks::Pepper ask{jobs_.at(id).user, tag->tag};
  wipe(tag->tag);
  service_.ask<asks::Pepper>(vault_, ask, [this, id](Result<asks::Pepper::Reply> peppered) {
    if (!peppered.ok()) return finish(id, std::move(peppered).error());
    finish(id, peppered->verifier);
  });
  wipe(ask.tag);
}

void Derivation::finish(JobId id, Result<Verifier> verifier) {
  auto job = jobs_.extract(id);
  ENSURE(!job.empty());
  job.mapped().done(std::move(verifier));
}

void Derivation::want_hashers() {
  while (ready_.size() + wanted_ < hashers_in_stock) {
    service_.notify(hull_, asks::WantHasher{});
    ++wanted_;
    wanted_since_ = clock_.monotonic_ms();
  }
}

void Derivation::tick() {
  const MonotonicMs now = clock_.monotonic_ms();
  if (wanted_ > 0 && now - wanted_since_ >= hasher_wait_max_ms) {
    log(Level::warning, "no_hasher_came");
    wanted_ = 0;
  }
  std::vector<ipc::PeerId> slow;
  for (const auto& [hasher, since] : running_) {
    if (now - since >= hasher_run_max_ms) slow.push_back(hasher);
  }
  for (const ipc::PeerId hasher : slow) {
    log(Level::error, "hasher_too_slow");
    service_.end(hasher);
  }
  while (!line_.empty() && now - jobs_.at(line_.front()).since >= sign_on_wait_max_ms) {
    const JobId id = line_.front();
    line_.pop_front();
    finish(id, fail(Errc::exhausted, "busy: try again in a moment"));
  }
  dispatch();
}

}  // namespace bulkhead::warden
