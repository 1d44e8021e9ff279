#include "warden/derivation.h"

#include <algorithm>

#include "base/log.h"
#include "crypt/random.h"
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
  asks::HashPassword ask{std::move(password), credential.salt, credential.memory_kib, credential.passes};
  return wait(Job{std::move(ask), {}, {}, std::move(user), clock_.monotonic_ms(), std::move(done)});
}

Result<void> Derivation::check(Secret password, std::string foreign_hash, const Credential& credential, Done done) {
  asks::HashPassword ask;
  ask.password = std::move(password);
  return wait(
      Job{std::move(ask), std::move(foreign_hash), credential.verifier, {}, clock_.monotonic_ms(), std::move(done)});
}

Result<void> Derivation::wait(Job job) {
  if (line_.size() >= sign_ons_waiting_max) return fail(Errc::exhausted, "busy: try again in a moment");
  const JobId id = next_job_++;
  jobs_.emplace(id, std::move(job));
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
  const auto used = [this, hasher] {
    running_.erase(hasher);
    service_.end(hasher);  // one shot: it exits by itself
  };
  if (job.foreign_hash.empty()) {
    service_.ask<asks::HashPassword>(hasher, job.ask, [this, id, used](Result<asks::HashPassword::Reply> tag) {
      used();
      hashed(id, std::move(tag));
      dispatch();
    });
    job.ask.password.clear();
    return;
  }
  const asks::CheckForeign ask{std::move(job.ask.password), job.foreign_hash};
  service_.ask<asks::CheckForeign>(hasher, ask, [this, id, used](const Result<asks::CheckForeign::Reply>& answer) {
    used();
    checked(id, answer);
    dispatch();
  });
}

void Derivation::checked(JobId id, const Result<asks::CheckForeign::Reply>& answer) {
  if (!answer.ok()) return finish(id, answer.error());
  Verifier verifier{};
  crypt::fill_random(verifier);
  if (answer->matches) verifier = jobs_.at(id).verifier;
  finish(id, verifier);
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
