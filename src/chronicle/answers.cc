#include "chronicle/answers.h"

#include <algorithm>
#include <utility>

#include "base/cat.h"
#include "base/log.h"
#include "chronicle/token_scopes.h"

namespace bulkhead::chronicle {
namespace {

constexpr UnixMs removal_pause_ms = 60'000;

Error no_entry() {
  return fail(Errc::not_found, "no such log entry");
}

}  // namespace

Answers::Answers(ipc::Service& service, Store& store)
    : service_{service}, store_{store}, lists_{store}, pulls_{service, store, [this](const Result<void>& stored) {
                                                                if (!stored.ok()) early_failure_ = stored.error();
                                                              }} {}

void Answers::set(const asks::ChronicleSettings& settings, std::vector<Fd> sources) {
  ENSURE(sources.size() == 3);
  key_ = settings.capability_key;
  const auto connect = [&](Fd& channel, std::string_view name) {
    return service_.connect(std::move(channel), [this, name](ipc::PeerId) {
      log(Level::warning, "a source is gone", {{"source", name}});
      service_.stop();  // hull starts all again
    });
  };
  const ipc::PeerId vault = connect(sources[0], "vault");
  const ipc::PeerId warden = connect(sources[1], "warden");
  pulls_.set({vault, warden, connect(sources[2], "keeper")});
  pulls_.tick();
}

void Answers::serve(Fd channel, std::uint64_t connection) {
  ENSURE(key_ != crypt::Ed25519Public{});  // zeros are a point whose signatures anyone can make
  if (sessions_.size() >= channels_max) {
    return log(Level::error, "channel refused", {{"why", "too many"}, {"connection", cat(connection)}});
  }
  const ipc::PeerId peer = service_.serve(
      std::move(channel), asks::log_asks, connection, [this](ipc::Call& call) { answer(call); },
      [this, connection](ipc::PeerId gone) {
        sessions_.erase(gone);
        by_connection_.erase(connection);
      });
  sessions_[peer].connection = connection;
  by_connection_[connection] = peer;
}

void Answers::set_address(const asks::PeerAddress& notice) {
  // The channel may have ended before the notice came.
  if (const auto found = by_connection_.find(notice.connection); found != by_connection_.end()) {
    sessions_.at(found->second).address = notice.address;
  }
}

Result<void> Answers::commit() {
  if (early_failure_) {
    store_.rollback();
    return *std::exchange(early_failure_, std::nullopt);
  }
  return store_.commit();
}

void Answers::tick() {
  if (key_ != crypt::Ed25519Public{}) pulls_.tick();
  if (const Result<void> cut = store_.checkpoint_if_large(); !cut.ok()) {
    log(Level::warning, "checkpoint_failed", {{"why", cut.error().message()}});
  }
  const UnixMs now = unix_now_ms();
  if (now < next_removal_) return;
  const Result<bool> more = store_.remove_old(now);
  if (!more.ok()) log(Level::error, "old entries not removed", {{"why", more.error().message()}});
  if (!more.ok() || !*more) next_removal_ = now + removal_pause_ms;
  std::erase_if(viewed_, [&](const auto& view) { return now - view.second > view_pause_ms; });
}

void Answers::answer(ipc::Call& call) {
  const ipc::PeerId channel = call.ticket.peer;
  const auto now = [&]<class Ask>(auto&& given) {
    ipc::answer_now<Ask>(call, [&](Ask& ask) -> Result<typename Ask::Reply> {
      const Viewer from = TRY(viewer(channel, Ask::number));
      return given(from, ask);
    });
  };
  switch (call.frame.number) {
    case asks::Adopt::number:
      return ipc::answer_now<asks::Adopt>(call, [&](auto& ask) { return adopt(channel, ask); });
    case asks::ListLog::number:
      return list_log(call);
    case asks::GetLogRow::number:
      return now.operator()<asks::GetLogRow>([&](auto& from, auto& ask) { return row(from, ask.id); });
    case asks::ListFetches::number:
      return list_fetches(call);
    case asks::SetLogRetention::number:
      return now.operator()<asks::SetLogRetention>(
          [&](auto& from, auto& ask) { return set_retention(from, ask.days, sessions_.at(channel).address); });
    default:
      die(cat("a row of log_asks without an answer: ", call.frame.number));
  }
}

Result<ipc::Nothing> Answers::adopt(ipc::PeerId channel, const asks::Adopt& ask) {
  Session& session = sessions_.at(channel);
  const capability::VerifiedCapability verified =
      TRY(capability::verify(key_, ask.capability, session.connection, unix_now_ms()));
  Viewer adopted{
      {verified->principal.data(), verified->principal.size()}, verified->username, verified->tenant, verified->role};
  if (session.viewer &&
      (session.viewer->user != adopted.user || session.viewer->organisation != adopted.organisation)) {
    return fail(Errc::other_principal, "this connection belongs to somebody else");
  }
  session.viewer = std::move(adopted);
  session.scopes = verified->scopes;
  session.expires = verified->expires;
  service_.bind(channel);
  return ipc::Nothing{};
}

Result<Viewer> Answers::viewer(ipc::PeerId channel, std::uint16_t ask) {
  const auto session = sessions_.find(channel);
  if (session == sessions_.end() || !session->second.viewer) return fail(Errc::unauthenticated, "sign on again");
  if (unix_now_ms() >= session->second.expires) return fail(Errc::expired, "the session has expired: sign on again");
  if (!capability::admits(log_scopes, session->second.scopes, ask)) {
    return fail(Errc::denied, "the scope of this token does not reach that far");
  }
  return *session->second.viewer;
}

// What is looked at anew waits for a round of the sources, so that everybody finds there what he did just before.
void Answers::list_log(ipc::Call& call) {
  const Result<asks::ListLog> ask = ipc::decode<asks::ListLog>(call.frame.body, "list_log");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  const Result<Viewer> from = viewer(call.ticket.peer, asks::ListLog::number);
  if (!from.ok()) return service_.refuse(call.ticket, from.error());
  const auto look = [this, ask = *ask](ipc::PeerId channel) -> Result<asks::ListLog::Reply> {
    return list(TRY(viewer(channel, asks::ListLog::number)), ask, sessions_.at(channel).address);
  };
  if (lists_.is_kept(*from, *ask, monotonic_now_ms())) {
    return service_.answer<asks::ListLog::Reply>(call.ticket, look(call.ticket.peer));
  }
  after_round<asks::ListLog>(call, look);
}

// Answers after a round of the sources, if the one who asks is still there.
template <class Ask, class Look>
void Answers::after_round(const ipc::Call& call, Look look) {
  const auto session = sessions_.find(call.ticket.peer);
  ENSURE(session != sessions_.end());
  if (std::exchange(session->second.waiting, true)) {
    return service_.refuse(call.ticket, fail(Errc::exhausted, "one list at a time"));
  }
  pulls_.fresh([this, ticket = call.ticket, look = std::move(look)](const Result<void>& round) {
    const auto asker = sessions_.find(ticket.peer);
    if (asker == sessions_.end()) return;  // hung up
    asker->second.waiting = false;
    if (!round.ok() && round.error().kind() == Errc::exhausted) return service_.refuse(ticket, round.error());
    if (!round.ok()) return service_.refuse(ticket, fail(Errc::io, "the log cannot be read at this moment"));
    service_.answer<typename Ask::Reply>(ticket, look(ticket.peer));
  });
}

Result<asks::ListLog::Reply> Answers::list(const Viewer& viewer, const asks::ListLog& ask, std::string_view address) {
  asks::ListLog::Reply reply = TRY(lists_.slice(viewer, ask, monotonic_now_ms()));
  const auto last = viewed_.find(viewer.user);
  const UnixMs now = unix_now_ms();
  if (last != viewed_.end() && now - last->second < view_pause_ms) return reply;
  TRY(note(viewer, asks::EventKind::log_viewed, address, {}));
  if (viewed_.size() >= views_max) viewed_.clear();
  viewed_[viewer.user] = now;
  return reply;
}

Result<asks::LogRow> Answers::row(const Viewer& viewer, std::int64_t id) {
  std::optional<asks::LogRow> found = TRY(store_.row(id));
  if (!found || !scope_of(viewer).holds(*found)) return no_entry();
  return std::move(*found);
}

void Answers::list_fetches(ipc::Call& call) {
  const Result<asks::ListFetches> ask = ipc::decode<asks::ListFetches>(call.frame.body, "list_fetches");
  if (!ask.ok()) return service_.end(call.ticket.peer, ask.error().message());
  after_round<asks::ListFetches>(call, [this, ask = *ask](ipc::PeerId channel) -> Result<asks::ListFetches::Reply> {
    return fetches(TRY(viewer(channel, asks::ListFetches::number)), ask);
  });
}

Result<asks::ListFetches::Reply> Answers::fetches(const Viewer& viewer, const asks::ListFetches& ask) {
  std::optional<Uploader> uploader;
  if (std::in_range<std::int64_t>(ask.file)) uploader = TRY(store_.uploader(ask.file));
  if (!uploader || !sees_fetches(viewer, uploader->organisation, uploader->user)) {
    return fail(Errc::not_found, "no such file");
  }
  asks::Slice slice = ask.slice;
  slice.limit = std::min(slice.limit, fetches_rows_max);
  return asks::ListFetches::Reply{TRY(store_.count_fetches(ask.file)), TRY(store_.fetches(ask.file, slice))};
}

Result<ipc::Nothing> Answers::set_retention(const Viewer& viewer, std::uint32_t days, std::string_view address) {
  if (!rules_retention(viewer)) return fail(Errc::denied, "only an Admin of the organisation may set this");
  if (days == 0 || days > asks::log_days_max) {
    return fail(Errc::invalid, cat("logRetention must be from 1 to ", asks::log_days_max));
  }
  TRY(store_.begin());
  TRY(store_.set_retention(viewer.organisation, days));
  TRY(note(viewer, asks::EventKind::log_retention_set, address, cat(days, " days")));
  next_removal_ = 0;
  return ipc::Nothing{};
}

Result<void> Answers::note(const Viewer& viewer, asks::EventKind kind, std::string_view address, std::string message) {
  TRY(store_.begin());
  asks::LogRow row;
  row.time_ms = unix_now_ms();
  row.kind = kind;
  row.organisation = viewer.organisation;
  row.user = viewer.user;
  row.user_name = viewer.user_name;
  row.address = address;
  row.message = std::move(message);
  TRY(store_.add(row));
  return {};
}

}  // namespace bulkhead::chronicle
