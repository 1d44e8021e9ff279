// Releases: what a session may read of the ledger (ipc/ledger_asks.h). An entry says who did what, so it is shown to
// those it is about and to the administrators of their organisation. Everything else is not_found, in the same words.
#include "base/cat.h"
#include "vault/release.h"

namespace bulkhead::vault {
namespace {

Error no_receipt() {
  return fail(Errc::not_found, "no such receipt");
}

bool is_administrator(capability::Role role) {
  return role == capability::Role::admin || role == capability::Role::sys_admin;
}

}  // namespace

// The person that an entry is about, if any: of `sent` it is the one of its release.
Result<std::optional<ledger::Who>> Releases::subject(const ledger::Entry& entry) const {
  if (const auto* received = std::get_if<ledger::Received>(&entry.event)) return std::optional{received->who};
  if (const auto* released = std::get_if<ledger::Released>(&entry.event)) return std::optional{released->who};
  const auto* sent = std::get_if<ledger::Sent>(&entry.event);
  if (sent == nullptr) return std::optional<ledger::Who>{};
  const ledger::StoredEntry stored = TRY(ledger_.read(sent->release));
  const ledger::Entry release = TRY(ledger::decode_entry(stored.body));
  const auto* released = std::get_if<ledger::Released>(&release.event);
  return released == nullptr ? std::optional<ledger::Who>{} : std::optional{released->who};
}

Result<asks::ReadReceipt::Reply> Releases::receipt(ipc::PeerId channel, const asks::ReadReceipt& ask, UnixMs now) {
  TRY(count_read(channel, now));
  const capability::Capability* principal = TRY(live_principal(sessions_.at(channel), capability::Scope::read, now));
  const Result<ledger::StoredEntry> stored = ledger_.read(ask.index);
  if (!stored.ok()) return stored.error().kind() == Errc::not_found ? no_receipt() : stored.error();
  const Result<ledger::Entry> entry = ledger::decode_entry(stored->body);
  if (!entry.ok()) return fail(Errc::corrupt, entry.error().message());
  const Result<std::optional<ledger::Who>> about = subject(*entry);
  if (!about.ok() || !*about) return no_receipt();
  const ledger::Who& who = **about;
  if (who.tenant != cat(principal->tenant)) return no_receipt();
  const std::string_view own{principal->principal.data(), principal->principal.size()};
  if (who.principal != own && !is_administrator(principal->role)) return no_receipt();
  asks::ReadReceipt::Reply reply{stored->salt, stored->body, {}, {}};
  TRY(ledger_.prove(ask.index, reply));
  return reply;
}

Result<asks::ReadCheckpoint::Reply> Releases::checkpoint(ipc::PeerId channel, const asks::ReadCheckpoint&, UnixMs now) {
  TRY(count_read(channel, now));
  return asks::ReadCheckpoint::Reply{TRY(ledger_.checkpoint())};
}

Result<asks::ReadTile::Reply> Releases::tile(ipc::PeerId channel, const asks::ReadTile& ask, UnixMs now) {
  TRY(count_read(channel, now));
  return asks::ReadTile::Reply{TRY(ledger_.tile({ask.level, ask.index, ask.width}))};
}

Result<void> Releases::count_read(ipc::PeerId channel, UnixMs now) {
  Session& session = sessions_.at(channel);
  TRY(live_principal(session, capability::Scope::read, now));
  if (session.reads >= ledger_reads_max)
    return fail(Errc::exhausted, "too many parts of the ledger on this connection");
  ++session.reads;
  return {};
}

}  // namespace bulkhead::vault
