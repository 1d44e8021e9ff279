// Releases: what porters report about their releases and receipts, and what is entered for those that cannot any more.
#include "base/cat.h"
#include "base/encode.h"
#include "base/log.h"
#include "vault/release.h"

namespace bulkhead::vault {
namespace {

std::string_view name_of(capability::Method method) {
  switch (method) {
    case capability::Method::password:
      return "password";
    case capability::Method::refresh:
      return "refresh";
    case capability::Method::token:
      return "token";
    case capability::Method::ssh_key:
      return "ssh_key";
    case capability::Method::admin_socket:
      return "admin_socket";
    case capability::Method::api_token:
      return "api_token";
    case capability::Method::acting:
      return "acting";
  }
  return "unknown";
}

// A text too long for an entry keeps its start, and the hash of the whole: the receipt still proves the path.
std::string fitted(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) return std::string{text};
  const std::string mark = cat("...sha256:", to_hex(crypt::sha256(as_bytes(text))));
  return cat(text.substr(0, size_max - mark.size()), mark);
}

bool within(const asks::SentRange& range, std::uint64_t size) {
  return range.offset <= size && range.length <= size - range.offset;
}

}  // namespace

Place place_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return {fitted(folder, ledger::path_size_max), fitted(name, ledger::name_size_max)};
}

ledger::Who Releases::who(const Session& session, const capability::Capability& principal) {
  return {std::string{principal.principal.data(), principal.principal.size()},
          principal.username,
          cat(principal.tenant),
          principal.session,
          cat(session.address, session.address.empty() ? "" : " ", "#", session.connection),
          std::string{name_of(principal.method)}};
}

void Releases::open(ipc::PeerId channel, std::uint64_t connection) {
  sessions_[channel].connection = connection;
  by_connection_[connection] = channel;
}

void Releases::set_address(std::uint64_t connection, std::string_view address) {
  const auto found = by_connection_.find(connection);
  if (found != by_connection_.end()) sessions_.at(found->second).address = address;
}

void Releases::close(ipc::PeerId channel) {
  const auto found = sessions_.find(channel);
  if (found == sessions_.end()) return;
  orphans_.merge(found->second.unreported);
  by_connection_.erase(found->second.connection);
  sessions_.erase(found);
}

Result<asks::Sent::Reply> Releases::sent(ipc::PeerId channel, const asks::Sent& ask, UnixMs now) {
  Session& session = sessions_.at(channel);
  const auto found = session.unreported.find(ask.index);
  if (found == session.unreported.end()) return fail(Errc::invalid, "sent: not an open release of this channel");
  const std::uint64_t size = found->second;
  if (ask.ranges.size() > ledger::ranges_max) {
    return fail(Errc::too_large, cat("sent: more than ", ledger::ranges_max, " ranges: join those that touch"));
  }
  ledger::Sent report{ask.index, {}, ask.complete ? ledger::Outcome::complete : ledger::Outcome::cut};
  for (const asks::SentRange& range : ask.ranges) {
    if (!within(range, size)) return fail(Errc::invalid, "sent: a range outside of the released file");
    report.ranges.push_back({range.offset, range.length});
  }
  const std::uint64_t entry = TRY(ledger_.append(std::move(report), now));
  changes_.push_back({channel, entry, ask.index, size});
  session.unreported.erase(found);
  return asks::Sent::Reply{};
}

Result<asks::Received::Reply> Releases::received(ipc::PeerId channel, const asks::Received& ask, UnixMs now) {
  Session& session = sessions_.at(channel);
  const capability::Capability* principal = TRY(live_principal(session, capability::Scope::write, now));
  if (ask.size > seal::plain_size_max) return fail(Errc::invalid, "received: no file is that large");
  const Secret key = TRY(open_draft_key(session, *principal, ask.tag, ask.wrapped_key));
  if (ask.keep_days > retention::days_max) return fail(Errc::invalid, "received: no file is kept for that long");
  retention::Day day = ask.keep_days == 0 ? retention::kept : retention::bucket_of(now, ask.keep_days);
  Result<Bytes> made = keys_.wrap(key.view(), ask.tag, principal->tenant, day);
  // Without a bucket of its own it is kept: keeper has it wrapped anew later.
  const bool no_bucket = !made.ok() && (made.error().kind() == Errc::exhausted || made.error().kind() == Errc::expired);
  if (day != retention::kept && no_bucket) {
    day = retention::kept;
    made = keys_.wrap(key.view(), ask.tag, principal->tenant, day);
  }
  Bytes wrapped = TRY(std::move(made));
  const Place place = place_of(ask.path);
  const std::uint64_t index = TRY(ledger_.append(
      ledger::Received{who(session, *principal), ask.file, place.folder, place.name, ask.sha256, ask.size}, now));
  return asks::Received::Reply{index, std::move(wrapped), day};
}

void Releases::prepare_commit(UnixMs now) {
  while (!orphans_.empty()) {
    const auto [release, size] = *orphans_.begin();
    // No ranges are known: the reader of the ledger takes the whole file as gone.
    const Result<std::uint64_t> entry = ledger_.append(ledger::Sent{release, {}, ledger::Outcome::failed}, now);
    if (!entry.ok()) return;  // the batch is full, or the disk is lost: they stay for another turn
    changes_.push_back({0, *entry, release, size});
    orphans_.erase(orphans_.begin());
  }
}

void Releases::committed() {
  for (const Change& change : changes_) {
    const bool durable = change.entry < ledger_.size();
    const bool is_release = change.entry == change.release;
    if (durable) continue;
    const auto session = sessions_.find(change.channel);
    if (is_release) {
      // It never was: its number will be another entry's. A channel that ended meanwhile left it among the orphans.
      if (session != sessions_.end()) session->second.unreported.erase(change.release);
      orphans_.erase(change.release);
    } else if (change.release < ledger_.size()) {
      auto& back = session != sessions_.end() ? session->second.unreported : orphans_;
      back.emplace(change.release, change.size);
    }
  }
  changes_.clear();
}

}  // namespace bulkhead::vault
