#include "vault/ledger_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::vault {
namespace {

constexpr const char* directory_name = "ledger";
// Bytes of bodies in one answer: the smallest bodies fit a frame with their heads.
constexpr std::size_t entries_size_max = 64 * 1'024;

}  // namespace

Result<LedgerWriter> LedgerWriter::open(int dir_fd, std::string_view origin, const Keys& keys, ledger::LogDisk& disk) {
  if (::mkdirat(dir_fd, directory_name, 0700) == 0) {
    if (::fsync(dir_fd) != 0) return fail_errno("sync the directory of ledger");
  } else if (errno != EEXIST) {
    return fail_errno("create the directory ledger");
  }
  Fd directory = TRY(open_directory(dir_fd, directory_name));
  Fd directory_of_store = TRY(open_directory(dir_fd, directory_name));
  ledger::VerifierKey key = TRY(ledger::VerifierKey::of(origin, crypt::ed25519_public(keys.ledger_seed())));
  ledger::LedgerStore store = TRY(ledger::LedgerStore::open(std::move(directory_of_store), key, disk));
  return LedgerWriter{std::move(store), std::move(key), keys, std::move(directory)};
}

Result<void> LedgerWriter::replay(const Replay& visit) {
  return store_.for_each([&](std::uint64_t index, std::optional<ByteView> body) -> Result<void> {
    if (!body) return {};
    const Result<ledger::Entry> entry = ledger::decode_entry(*body);
    if (!entry.ok()) return fail(Errc::corrupt, cat("ledger entry ", index, ": ", entry.error().message()));
    last_ = std::max(last_, entry->time);
    visit(index, *entry);
    return {};
  });
}

Result<std::uint64_t> LedgerWriter::append(ledger::Event event, UnixMs now) {
  const ledger::Entry entry{forward(now), std::move(event)};
  const Bytes body = TRY(ledger::encode_entry(entry));
  const std::uint64_t index = TRY(store_.append(body));
  last_ = entry.time;
  if (!std::holds_alternative<ledger::Sent>(entry.event))
    urgent_ = true;
  else if (waiting_reports_++ == 0)
    waiting_since_ = monotonic_now_ms();
  return index;
}

bool LedgerWriter::may_wait(MonotonicMs now) const {
  return !urgent_ && waiting_reports_ < waiting_reports_max && now - waiting_since_ < waiting_age_max_ms;
}

Result<void> LedgerWriter::commit() {
  urgent_ = false;
  waiting_reports_ = 0;
  return store_.commit();
}

Result<asks::EntriesFrom::Reply> LedgerWriter::entries_from(std::uint64_t from) const {
  asks::EntriesFrom::Reply reply;
  reply.size = size();
  reply.next = TRY(
      store_.read_from(from, entries_size_max, [&](std::uint64_t index, std::optional<ByteView> body) -> Result<void> {
        if (body) reply.entries.push_back({index, to_bytes(*body)});
        return {};
      }));
  return reply;
}

void LedgerWriter::tick(MonotonicMs now) {
  const std::uint64_t behind = size() - store_.checkpoint_size();
  if (behind == 0) {
    checkpoint_at_ = now;
    return;
  }
  if (behind <= checkpoint_entries_max && now - checkpoint_at_ < checkpoint_age_max_ms) return;
  const Result<void> written = store_.write_checkpoint(keys_->ledger_seed());
  if (!written.ok() && !checkpoint_failed_) {
    log(Level::error, "checkpoint not written", {{"why", written.error().message()}, {"entries", cat(size())}});
  } else if (written.ok() && checkpoint_failed_) {
    log(Level::info, "checkpoint written again", {{"entries", cat(size())}});
  }
  checkpoint_failed_ = !written.ok();
  if (written.ok()) checkpoint_at_ = now;
}

Result<std::string> LedgerWriter::checkpoint() const {
  if (store_.checkpoint_size() == 0) return fail(Errc::not_found, "the ledger has no checkpoint yet");
  return to_text(TRY(read_file(directory_.get(), "checkpoint", ledger::note_size_max)));
}

Result<void> LedgerWriter::prove(std::uint64_t index, asks::ReadReceipt::Reply& out) {
  if (index >= store_.checkpoint_size()) TRY(store_.write_checkpoint(keys_->ledger_seed()));
  out.proof = TRY(store_.inclusion(index));
  out.checkpoint = TRY(checkpoint());
  return {};
}

Result<asks::LedgerHead::Reply> LedgerWriter::head() {
  TRY(store_.write_checkpoint(keys_->ledger_seed()));
  const Bytes note = TRY(read_file(directory_.get(), "checkpoint", ledger::note_size_max));
  return asks::LedgerHead::Reply{store_.checkpoint_size(), to_text(note), key_.text()};
}

}  // namespace bulkhead::vault
