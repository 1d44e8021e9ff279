// A new password becomes a credential: two derivations, one with a fresh salt for the verifier, one with the salt of
// the account's history, which tells whether the account has had this password before. The second costs the same
// however long the history is.
#include "crypt/random.h"
#include "warden/answers.h"

namespace bulkhead::warden {

Result<void> Answers::derive_credential(const std::string& user, Secret password, CredentialDone done) {
  NewSecret job;
  job.user = user;
  job.password = password.clone();
  job.done = std::move(done);
  crypt::fill_random(job.fresh.credential.salt);
  crypt::fill_random(job.fresh.history.salt);
  if (const std::optional<Salt> known = TRY(identity_.history_salt(user)); known) job.fresh.history.salt = *known;
  const std::uint64_t id = next_work_++;
  const Credential credential = job.fresh.credential;
  new_secrets_.emplace(id, std::move(job));
  Result<void> started =
      derivation_.derive(std::move(password), credential, user,
                         [this, id](Result<Verifier> verifier) { credential_derived(id, verifier); });
  if (!started.ok()) new_secrets_.erase(id);
  return started;
}

void Answers::credential_derived(std::uint64_t id, const Result<Verifier>& verifier) {
  if (!verifier.ok()) return new_secrets_.extract(id).mapped().done(verifier.error());
  NewSecret& job = new_secrets_.at(id);
  job.fresh.credential.verifier = *verifier;
  const Result<void> started =
      derivation_.derive(std::move(job.password), job.fresh.history, job.user,
                         [this, id](Result<Verifier> in_history) { history_derived(id, in_history); });
  if (!started.ok()) new_secrets_.extract(id).mapped().done(started.error());
}

void Answers::history_derived(std::uint64_t id, const Result<Verifier>& verifier) {
  NewSecret job = std::move(new_secrets_.extract(id).mapped());
  if (!verifier.ok()) return job.done(verifier.error());
  job.fresh.history.verifier = *verifier;
  const Result<bool> used = identity_.was_used(job.user, *verifier);
  if (!used.ok()) return job.done(used.error());
  if (*used) return job.done(fail(Errc::invalid, "The new password was used before: choose another one."));
  job.done(job.fresh);
}

// `attempt.connection` waits for it: one at a time.
void Answers::derive_new(Attempt attempt, Secret password, void (Answers::*then)(Attempt, Result<NewCredential>)) {
  const std::uint64_t id = next_work_++;
  const ipc::Ticket ticket = attempt.ticket;
  Connection& from = connection(attempt.connection);
  const std::string user = attempt.user;
  from.signing_on = true;
  attempts_.emplace(id, std::move(attempt));
  const Result<void> started =
      derive_credential(user, std::move(password), [this, id, then](Result<NewCredential> fresh) {
        auto found = attempts_.extract(id);
        Connection* const still = connections_.find(found.mapped().connection);
        if (still == nullptr || still->peer != found.mapped().ticket.peer) return;  // hung up
        still->signing_on = false;
        (this->*then)(std::move(found.mapped()), std::move(fresh));
      });
  if (started.ok()) return;
  attempts_.erase(id);
  from.signing_on = false;
  service_.refuse(ticket, outward_error(started.error()));
}

}  // namespace bulkhead::warden
