#include "chronicle/pulls.h"

#include "base/log.h"

namespace bulkhead::chronicle {

void Pulls::fresh(Then then) {
  next_.push_back({monotonic_now_ms(), std::move(then)});
  if (!running_) start();
}

void Pulls::tick() {
  if (!running_) start();
}

void Pulls::start() {
  running_ = true;
  named_ = false;
  failure_.reset();
  batch_ = Batch{};
  now_ = std::exchange(next_, {});
  awaited_ = 3;
  ask_events(Source::keeper, sources_.keeper);
  ask_events(Source::warden, sources_.warden);
  ask_vault();
}

void Pulls::ask_events(Source source, ipc::PeerId peer) {
  const Result<std::uint64_t> after = store_.position(source);
  if (!after.ok()) return arrived(after.error());
  service_.ask(peer, asks::EventsAfter{*after}, [this, source, from = *after](Result<asks::EventsAfter::Reply> reply) {
    arrived(reply.ok() ? batch_.take(source, *reply, from) : Result<void>{reply.error()});
  });
}

void Pulls::ask_vault() {
  const Result<std::uint64_t> from = store_.position(Source::vault);
  if (!from.ok()) return arrived(from.error());
  service_.ask(sources_.vault, asks::EntriesFrom{*from}, [this, at = *from](Result<asks::EntriesFrom::Reply> reply) {
    arrived(reply.ok() ? batch_.take(*reply, at) : Result<void>{reply.error()});
  });
}

void Pulls::arrived(const Result<void>& taken) {
  if (!taken.ok()) failure_ = taken.error();
  if (--awaited_ > 0) return;
  if (failure_) return end(*failure_);
  if (!std::exchange(named_, true)) return ask_names();
  finish();
}

void Pulls::ask_names() {
  const std::vector<std::string> people = batch_.unknown_people();
  const std::vector<std::uint64_t> files = batch_.unknown_files();
  awaited_ = 1 + (people.empty() ? 0 : 1) + (files.empty() ? 0 : 1);
  if (!people.empty()) {
    service_.ask(sources_.warden, asks::NamesOf{people}, [this](Result<asks::NamesOf::Reply> reply) {
      if (reply.ok()) batch_.take(*reply);
      arrived(reply.ok() ? Result<void>{} : Result<void>{reply.error()});
    });
  }
  if (!files.empty()) {
    service_.ask(sources_.keeper, asks::PlacesOf{files}, [this](Result<asks::PlacesOf::Reply> reply) {
      if (reply.ok()) batch_.take(*reply);
      arrived(reply.ok() ? Result<void>{} : Result<void>{reply.error()});
    });
  }
  arrived({});
}

// The batch has its own commit: the next round may only begin when it is known to be on the disk.
void Pulls::finish() {
  if (batch_.empty()) return end({});
  Result<void> done = store_.begin();
  if (done.ok()) done = batch_.add_to(store_);
  if (done.ok())
    done = store_.commit();
  else
    store_.rollback();
  stored_(done);
  end(done);
}

void Pulls::end(const Result<void>& outcome) {
  running_ = false;
  if (outcome.ok() == failing_) {
    if (outcome.ok())
      log(Level::info, "the log goes on");
    else
      log(Level::error, "the log does not go on", {{"why", outcome.error().message()}});
  }
  failing_ = !outcome.ok();
  const bool behind = outcome.ok() && batch_.more();  // after a rebuild, say
  const Result<void> told =
      behind ? Result<void>{fail(Errc::exhausted, "the log is being put together: try again later")} : outcome;
  for (Waiting& waiting : std::exchange(now_, {})) {
    if (behind && monotonic_now_ms() - waiting.since < catch_up_max_ms)
      next_.push_back(std::move(waiting));
    else
      waiting.then(told);
  }
  if (!running_ && (!next_.empty() || behind)) start();
}

}  // namespace bulkhead::chronicle
