#include "vault/answers.h"

#include <utility>

#include "base/cat.h"
#include "base/log.h"
#include "base/version.h"
#include "ipc/admin_asks.h"
#include "ipc/pepper_asks.h"

namespace bulkhead::vault {
namespace {

meter::Budgets budgets_of(const asks::BudgetSettings& settings) {
  meter::Budgets out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = {settings.releases_max[i], settings.bytes_max[i], settings.files_max[i]};
  }
  return out;
}

bool is_lie(Errc kind) {
  return kind == Errc::invalid || kind == Errc::unauthenticated;
}

}  // namespace

meter::Policy policy_of(const asks::VaultSettings& settings) {
  return {budgets_of(settings.principal), budgets_of(settings.organisation), budgets_of(settings.total)};
}

Answers::Answers(ipc::Service& service, Keys& keys, ledger::LogDisk& disk, int dir_fd)
    : service_{service}, keys_{keys}, disk_{disk}, dir_fd_{dir_fd} {
  service_.on_commit([this] { return commit(); });
}

Result<void> Answers::configure(const asks::VaultSettings& settings) {
  ENSURE(book_ == nullptr);
  TRY(pin_capability_key(dir_fd_, settings.capability_key));
  const UnixMs now = unix_now_ms();
  LedgerWriter writer = TRY(LedgerWriter::open(dir_fd_, settings.ledger_origin, keys_, disk_));
  auto book = std::make_unique<Book>(Book{std::move(writer), std::nullopt, std::nullopt});
  Releases& releases = book->releases.emplace(settings.capability_key, policy_of(settings), keys_, book->ledger);
  Expiries& expiries = book->expiries.emplace(keys_, book->ledger);
  TRY(book->ledger.replay([&](std::uint64_t index, const ledger::Entry& entry) {
    releases.replay(index, entry, now);
    expiries.replay(entry);
  }));
  TRY(expiries.finish_replay());
  expiries.tick(now, monotonic_now_ms());
  TRY(book->ledger.append(ledger::Started{version}, now));
  log(Level::info, "ledger opened",
      {{"entries", cat(book->ledger.size())}, {"unreported", cat(book->releases->unreported())}});
  book_ = std::move(book);
  return {};
}

void Answers::serve_warden(Fd channel, ipc::Service::Gone gone) {
  service_.serve(
      std::move(channel), asks::pepper_asks, 0, [this](ipc::Call& call) { answer_warden(call); }, std::move(gone));
}

void Answers::serve_keeper(Fd channel, ipc::Service::Gone gone) {
  service_.serve(
      std::move(channel), asks::bucket_asks, 0, [this](ipc::Call& call) { answer_keeper(call); }, std::move(gone));
}

void Answers::introduce(const asks::Introduce& notice, Fd channel) {
  ENSURE(book_ != nullptr && (notice.role == asks::Role::porter || notice.role == asks::Role::admin ||
                              notice.role == asks::Role::chronicle));
  if (channels_ >= channels_max) {
    return log(Level::error, "channel refused", {{"why", "too many"}, {"connection", cat(notice.connection)}});
  }
  ++channels_;
  if (notice.role == asks::Role::chronicle) {
    service_.serve(
        std::move(channel), asks::vault_event_asks, 0, [this](ipc::Call& call) { answer_chronicle(call); },
        [this](ipc::PeerId) { --channels_; });
    return;
  }
  if (notice.role == asks::Role::admin) {
    service_.serve(
        std::move(channel), asks::admin_vault_asks, 0, [this](ipc::Call& call) { answer_admin(call); },
        [this](ipc::PeerId) { --channels_; });
    return;
  }
  const ipc::PeerId peer = service_.serve(
      std::move(channel), asks::release_asks, notice.connection, [this](ipc::Call& call) { answer_porter(call); },
      [this](ipc::PeerId gone) {
        --channels_;
        book_->releases->close(gone);
      });
  book_->releases->open(peer, notice.connection);
}

void Answers::peer_address(const asks::PeerAddress& notice) {
  if (book_ != nullptr) book_->releases->set_address(notice.connection, notice.address);
}

// Decodes, asks the rule, and answers, refuses, or ends a channel that lies.
template <class Request, class Rule>
void Answers::by_rule(ipc::Call& call, Rule&& rule) {
  const Result<Request> request = ipc::decode<Request>(call.frame.body, "ask");
  if (!request.ok()) return call.service.end(call.ticket.peer, request.error().message());
  const auto result = (*book_->releases.*rule)(call.ticket.peer, *request, unix_now_ms());
  if (!result.ok() && is_lie(result.error().kind())) {
    return call.service.end(call.ticket.peer, result.error().message());
  }
  if constexpr (std::is_same_v<Request, asks::Adopt>) {
    if (!result.ok()) return call.service.refuse(call.ticket, result.error());
    call.service.bind(call.ticket.peer);
    call.service.answer<ipc::Nothing>(call.ticket, ipc::Nothing{});
  } else {
    call.service.answer<typename Request::Reply>(call.ticket, result);
  }
}

void Answers::answer_porter(ipc::Call& call) {
  switch (call.frame.number) {
    case asks::Adopt::number:
      return by_rule<asks::Adopt>(call, &Releases::adopt);
    case asks::NewKey::number:
      return by_rule<asks::NewKey>(call, &Releases::new_key);
    case asks::Release::number:
      return by_rule<asks::Release>(call, &Releases::release);
    case asks::Sent::number:
      return by_rule<asks::Sent>(call, &Releases::sent);
    case asks::Received::number:
      return by_rule<asks::Received>(call, &Releases::received);
    case asks::ResumeKey::number:
      return by_rule<asks::ResumeKey>(call, &Releases::resume_key);
    case asks::ReadReceipt::number:
      return by_rule<asks::ReadReceipt>(call, &Releases::receipt);
    case asks::ReadCheckpoint::number:
      return by_rule<asks::ReadCheckpoint>(call, &Releases::checkpoint);
    case asks::ReadTile::number:
      return by_rule<asks::ReadTile>(call, &Releases::tile);
    default:
      die("a row of release_asks.h without an answer");
  }
}

void Answers::answer_warden(ipc::Call& call) {
  ENSURE(call.frame.number == asks::Pepper::number);
  ipc::answer_now<asks::Pepper>(call, [&](asks::Pepper& ask) -> Result<asks::Pepper::Reply> {
    if (ask.user.empty()) return fail(Errc::invalid, "pepper: no user");
    return asks::Pepper::Reply{keys_.pepper(ask.user, ask.tag)};
  });
}

void Answers::answer_keeper(ipc::Call& call) {
  if (book_ == nullptr) return call.service.refuse(call.ticket, fail(Errc::io, "the ledger is not open yet"));
  switch (call.frame.number) {
    case asks::Rewrap::number:
      return ipc::answer_now<asks::Rewrap>(
          call, [&](asks::Rewrap& ask) { return book_->expiries->rewrap(ask, unix_now_ms()); });
    case asks::DueBuckets::number:
      return ipc::answer_now<asks::DueBuckets>(
          call, [&](asks::DueBuckets&) -> Result<asks::DueBuckets::Reply> { return book_->expiries->due(); });
    case asks::DestroyBuckets::number:
      return ipc::answer_now<asks::DestroyBuckets>(call, [&](asks::DestroyBuckets& ask) { return destroy(ask); });
    default:
      die("a row of bucket_asks.h without an answer");
  }
}

Result<ipc::Nothing> Answers::destroy(const asks::DestroyBuckets& ask) {
  const std::vector<BucketName> names = TRY(book_->expiries->enter(ask, unix_now_ms()));
  if (names.empty()) return ipc::Nothing{};
  const Result<void> committed = commit_all();
  if (!committed.ok()) {
    early_failure_ = committed.error();
    return committed.error();
  }
  TRY(book_->expiries->destroy(names));
  return ipc::Nothing{};
}

void Answers::answer_admin(ipc::Call& call) {
  ENSURE(call.frame.number == asks::LedgerHead::number);
  ipc::answer_now<asks::LedgerHead>(call, [&](asks::LedgerHead&) -> Result<asks::LedgerHead::Reply> {
    // head() is of what is durable. Entries of others in this turn may be among it: their answers wait for commit().
    const Result<void> committed = commit_all();
    if (!committed.ok()) {
      early_failure_ = committed.error();
      return committed.error();
    }
    return book_->ledger.head();
  });
}

void Answers::answer_chronicle(ipc::Call& call) {
  ENSURE(call.frame.number == asks::EntriesFrom::number);
  ipc::answer_now<asks::EntriesFrom>(call, [&](auto& ask) { return book_->ledger.entries_from(ask.from); });
}

Result<void> Answers::commit() {
  if (book_ == nullptr) return {};
  if (early_failure_) return *std::exchange(early_failure_, std::nullopt);
  book_->releases->prepare_commit(unix_now_ms());
  if (book_->ledger.may_wait(monotonic_now_ms())) return {};
  return commit_all();
}

Result<void> Answers::commit_all() {
  const Result<void> outcome = book_->ledger.commit();
  book_->releases->committed();
  return outcome;
}

void Answers::violation(std::uint64_t connection, std::string_view what) {
  enter_trouble(connection == 0 ? "warden or command line" : "porter", connection, what);
}

void Answers::trouble(const asks::Trouble& notice) {
  enter_trouble(notice.process, notice.connection, notice.what);
}

void Answers::enter_trouble(std::string_view process, std::uint64_t connection, std::string_view what) {
  if (book_ == nullptr) return;
  const ledger::Violation entry{std::string{process.substr(0, ledger::name_size_max)}, cat("#", connection),
                                std::string{what.substr(0, ledger::detail_size_max)}};
  const Result<std::uint64_t> index = book_->ledger.append(entry, unix_now_ms());
  if (!index.ok()) log(Level::error, "violation not in the ledger", {{"why", index.error().message()}});
}

void Answers::tick(MonotonicMs now) {
  if (book_ == nullptr) return;
  book_->ledger.tick(now);
  book_->expiries->tick(unix_now_ms(), now);
}

void Answers::finish() {
  if (book_ == nullptr) return;
  book_->releases->prepare_commit(unix_now_ms());
  const Result<void> committed = commit_all();
  const auto head = book_->ledger.head();
  if (committed.ok() && head.ok()) return;
  log(Level::error, "ledger end not written",
      {{"why", committed.ok() ? head.error().message() : committed.error().message()}});
}

}  // namespace bulkhead::vault
