#include "vault/release.h"

#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/reader.h"
#include "core/seal/key.h"
#include "crypt/random.h"

namespace bulkhead::vault {
namespace {

using capability::Scope;
static_assert(std::is_same_v<asks::FileTag, seal::FileId>);

// The wrapped key opened, so it is one that was made here: counting by it cannot be talked down.
std::uint64_t metered_file(const crypt::Sha256& wrapped_key_hash) {
  return Reader{wrapped_key_hash}.u64();
}
std::string id_of(const capability::PrincipalId& id) {
  return {id.data(), id.size()};
}

ledger::Purpose purpose_of(asks::Purpose purpose) {
  switch (purpose) {
    case asks::Purpose::digest:
      return ledger::Purpose::digest;
    case asks::Purpose::edit:
      return ledger::Purpose::edit;
    case asks::Purpose::copy:
      return ledger::Purpose::copy;
    case asks::Purpose::download:
      break;
  }
  return ledger::Purpose::download;
}

}  // namespace

// The whole rule. A key that is not returned from here is wiped here; one that is returned leaves only after the commit
// of this turn, which makes `index` durable (ipc/service.h, Answers::commit).
Result<asks::Release::Reply> Releases::release(ipc::PeerId channel, const asks::Release& ask, UnixMs now) {
  Session& session = sessions_.at(channel);
  // Verify: a capability that warden signed for this connection, that is good now, and good for reading.
  const capability::Capability* principal = TRY(live_principal(session, Scope::read, now));
  if (ask.size > seal::plain_size_max) return fail(Errc::invalid, "release: no file is that large");
  if (session.unreported.size() >= unreported_max) {
    return fail(Errc::exhausted, cat("release: ", unreported_max, " releases of this connection are not reported yet"));
  }
  // Open: the key of this file, and of the principal's organisation.
  Secret key = TRY(open_file_key(session, *principal, ask));
  // Meter: within the budgets of the principal, the organisation and the whole server.
  TRY(meter_it(*principal, ask, now));
  // Append: who took what, through which session.
  const Place place = place_of(ask.path);
  const std::uint64_t index =
      TRY(ledger_.append(ledger::Released{who(session, *principal), ask.file, place.folder, place.name, ask.sha256, ask.size,
                                          purpose_of(ask.purpose), crypt::sha256(ask.wrapped_key)},
                         now));
  session.unreported.emplace(index, ask.size);
  changes_.push_back({channel, index, index, ask.size});
  // Release.
  return asks::Release::Reply{std::move(key), index};
}

Result<const capability::Capability*> Releases::live_principal(const Session& session, capability::Scope needed,
                                                               UnixMs now) const {
  ENSURE(session.capability.has_value());  // the table admits no other ask before Adopt
  const capability::Capability& principal = **session.capability;
  if (now >= principal.expires) return fail(Errc::expired, "the session's capability has expired: renew it");
  if (!principal.scopes.has(needed)) return fail(Errc::denied, "the scope of this token does not reach that far");
  return &principal;
}

Result<Secret> Releases::open_file_key(Session& session, const capability::Capability& principal,
                                       const asks::Release& ask) {
  Result<Secret> opened = keys_.unwrap(ask.wrapped_key, ask.tag, principal.tenant, ask.bucket_day);
  // A restored catalog names files whose keys are no more: nobody lies.
  if (!opened.ok() && opened.error().kind() == Errc::not_found) return opened;
  return count_wrong(session, std::move(opened));
}

Result<Secret> Releases::open_draft_key(Session& session, const capability::Capability& principal,
                                        const asks::FileTag& tag, ByteView wrapped) {
  return count_wrong(session, keys_.unwrap_draft(wrapped, tag, principal.tenant, principal.principal));
}

Result<Secret> Releases::count_wrong(Session& session, Result<Secret> opened) const {
  if (opened.ok()) return opened;
  // One may be a damaged catalog; several are somebody who tries.
  const bool too_many = ++session.wrong_keys >= wrong_keys_max;
  log(Level::error, "wrapped key refused",
      {{"connection", cat(session.connection)}, {"times", cat(session.wrong_keys)}, {"why", opened.error().message()}});
  if (too_many) return fail(Errc::invalid, cat(wrong_keys_max, " wrapped keys of other files, users or organisations"));
  return opened;
}

Result<void> Releases::meter_it(const capability::Capability& principal, const asks::Release& ask, UnixMs now) {
  const std::string name = id_of(principal.principal);
  const std::uint64_t file = metered_file(crypt::sha256(ask.wrapped_key));
  const meter::Verdict verdict = meter_.admit(name, principal.tenant, file, ask.size, now);
  if (!verdict.admitted) return fail(Errc::exhausted, meter::reason(verdict));
  return {};
}

Result<void> Releases::adopt(ipc::PeerId channel, const asks::Adopt& ask, UnixMs now) {
  Session& session = sessions_.at(channel);
  capability::VerifiedCapability verified =
      TRY(capability::verify(capability_key_, ask.capability, session.connection, now));
  if (session.capability &&
      ((*session.capability)->principal != verified->principal || (*session.capability)->tenant != verified->tenant)) {
    return fail(Errc::other_principal, "this connection belongs to somebody else");
  }
  // An older one of the same session may come late, behind its renewal: it shortens nothing.
  const bool other = !session.capability || (*session.capability)->session != verified->session;
  if (other || verified->expires > (*session.capability)->expires) session.capability = std::move(verified);
  return {};
}

Result<asks::NewKey::Reply> Releases::new_key(ipc::PeerId channel, const asks::NewKey& ask, UnixMs now) {
  const capability::Capability* principal = TRY(live_principal(sessions_.at(channel), Scope::write, now));
  Secret key = crypt::random_secret(seal::key_size);
  Bytes wrapped = TRY(keys_.wrap_draft(key.view(), ask.tag, principal->tenant, principal->principal));
  return asks::NewKey::Reply{std::move(key), std::move(wrapped)};
}

Result<asks::ResumeKey::Reply> Releases::resume_key(ipc::PeerId channel, const asks::ResumeKey& ask, UnixMs now) {
  Session& session = sessions_.at(channel);
  const capability::Capability* principal = TRY(live_principal(session, Scope::write, now));
  return asks::ResumeKey::Reply{TRY(open_draft_key(session, *principal, ask.tag, ask.wrapped_key))};
}

void Releases::replay(std::uint64_t index, const ledger::Entry& entry, UnixMs now) {
  if (const auto* sent = std::get_if<ledger::Sent>(&entry.event)) orphans_.erase(sent->release);
  const auto* released = std::get_if<ledger::Released>(&entry.event);
  if (released == nullptr) return;
  orphans_.emplace(index, released->size);
  const Result<std::uint64_t> tenant = parse_decimal(released->who.tenant, UINT32_MAX);
  if (!tenant.ok() || entry.time < now - replayed_ms) return;
  meter_.replay(released->who.principal, static_cast<std::uint32_t>(*tenant),
                metered_file(released->wrapped_key_hash), released->size, entry.time);
}

}  // namespace bulkhead::vault
