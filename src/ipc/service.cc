#include "ipc/service.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::ipc {
namespace {

constexpr std::size_t frames_per_turn_max = 16;   // of one peer, so that a flood shares the turn with others
constexpr std::size_t outbox_frames_max = 64;     // a peer that does not read is ended
constexpr std::size_t waiting_asks_max = 4096;
constexpr PeerId watch_bit = 1ULL << 63U;  // tells a watched descriptor from a peer in an epoll event

}  // namespace

Service::Service() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} { ENSURE(epoll_.valid()); }

PeerId Service::add(std::unique_ptr<Peer> peer) {
  const int fd = peer->channel.fd();
  ENSURE(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
  const PeerId id = next_peer_++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  ENSURE(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  peers_.emplace(id, std::move(peer));
  return id;
}

PeerId Service::serve(Fd socket, Table table, std::uint64_t connection, Handler handler, Gone gone, bool urgent) {
  return add(std::make_unique<Peer>(Peer{Channel{std::move(socket)}, Admission{table}, connection, std::move(handler),
                                         std::move(gone), urgent, 1, {}, {}, false}));
}

PeerId Service::connect(Fd socket, Gone gone) {
  return add(std::make_unique<Peer>(Peer{Channel{std::move(socket)}, Admission{{}}, 0, {}, std::move(gone), false, 1, {}, {}, false}));
}

void Service::watch_writable(PeerId id, Peer& peer, bool writable) {
  if (peer.watching_writable == writable) return;
  peer.watching_writable = writable;
  epoll_event event{};
  event.events = EPOLLIN | (writable ? std::uint32_t{EPOLLOUT} : 0U);
  event.data.u64 = id;
  ENSURE(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, peer.channel.fd(), &event) == 0);
}

void Service::watch(int fd, std::function<void()> ready) {
  const PeerId id = watch_bit | static_cast<PeerId>(fd);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  ENSURE(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  watches_[id] = std::make_shared<std::function<void()>>(std::move(ready));
}

void Service::unwatch(int fd) {
  if (watches_.erase(watch_bit | static_cast<PeerId>(fd)) == 0) return;
  ENSURE(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0);
}

void Service::end(PeerId peer, std::string_view why) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  Peer* const gone = ended_.emplace_back(std::move(found->second)).get();
  peers_.erase(found);
  ENSURE(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, gone->channel.fd(), nullptr) == 0);
  if (!why.empty()) {
    log(Level::error, "violation", {{"what", why}, {"connection", cat(gone->connection)}});
    if (told_) told_(gone->connection, why);
  }
  for (auto& [serial, done] : std::exchange(gone->waiting, {})) done(fail(Errc::io, "a sibling process is gone"));
  if (gone->gone) gone->gone(peer);
}

void Service::bind(PeerId peer) {
  if (const auto found = peers_.find(peer); found != peers_.end()) found->second->admission.bind();
}

void Service::queue(PeerId peer, Frame frame) {
  worked_ = true;
  outgoing_.emplace_back(peer, std::move(frame));
}

void Service::reply(const Ticket& ticket, Bytes body, std::vector<Fd> descriptors) {
  queue(ticket.peer, Frame{ticket.number, Kind::answer, ticket.serial, std::move(body), std::move(descriptors)});
}

void Service::refuse(const Ticket& ticket, const Error& error) {
  queue(ticket.peer, Frame{ticket.number, Kind::refusal, ticket.serial, print_refusal(error), {}});
}

void Service::send_ask(PeerId peer, std::uint16_t number, Bytes body, OnReply done) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return done(fail(Errc::io, "a sibling process is gone"));
  if (found->second->waiting.size() >= waiting_asks_max) return done(fail(Errc::exhausted, "busy: try again later"));
  const std::uint32_t serial = found->second->next_serial++;
  found->second->waiting.emplace(serial, std::move(done));
  queue(peer, Frame{number, Kind::ask, serial, std::move(body), {}});
}

void Service::on_tick(MonotonicMs period_ms, std::function<void()> tick) {
  tick_period_ = period_ms;
  tick_ = std::move(tick);
}

void Service::run() {
  std::array<epoll_event, 256> events{};
  MonotonicMs next_tick = monotonic_now_ms() + tick_period_;
  flush_turn();  // what was queued before the loop, such as Ready
  while (!stopping_) {
    const MonotonicMs wait = std::max<MonotonicMs>(0, next_tick - monotonic_now_ms());
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), tick_ ? static_cast<int>(wait) : -1);
    if (count < 0 && errno == EINTR) continue;
    ENSURE(count >= 0);
    std::vector<PeerId> readable;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if ((event.events & EPOLLOUT) != 0) flush_peer(event.data.u64);  // watched descriptors never ask for it
      if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) readable.push_back(PeerId{event.data.u64});
    }
    if (tick_ && monotonic_now_ms() >= next_tick) {
      tick_();
      worked_ = true;
      next_tick = monotonic_now_ms() + tick_period_;
    }
    turn(readable);
  }
}

void Service::turn(std::span<const PeerId> readable) {
  // hull announces a connection before its gate can ask: its channels first.
  for (auto it = peers_.begin(); it != peers_.end() && it->second->urgent;) {
    const PeerId id = it->first;
    read_peer(id);
    it = peers_.upper_bound(id);
  }
  for (const PeerId id : readable) {
    if ((id & watch_bit) == 0) {
      read_peer(id);
    } else if (const auto found = watches_.find(id); found != watches_.end()) {
      const std::shared_ptr<std::function<void()>> ready = found->second;  // it may unwatch itself
      (*ready)();
    }
  }
  flush_turn();
  ended_.clear();
}

void Service::read_peer(PeerId id) {
  for (std::size_t i = 0; i < frames_per_turn_max; ++i) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return;
    Result<std::optional<Frame>> frame = found->second->channel.receive();
    if (!frame.ok() && frame.error().kind() == Errc::exhausted) return;
    if (!frame.ok()) return end(id, frame.error().message());
    if (!frame->has_value()) return end(id);
    handle(id, std::move(**frame));
  }
}

void Service::handle(PeerId id, Frame frame) {
  Peer& peer = *peers_.at(id);
  if (frame.kind == Kind::answer || frame.kind == Kind::refusal) return handle_reply(id, std::move(frame));
  const Row* row = peer.admission.admit(frame.number, frame.body.size(), frame.descriptors.size());
  if (row == nullptr) return end(id, cat("ask ", frame.number, " is not admitted here and now"));
  worked_ = true;
  const Ticket ticket{id, frame.number, frame.serial};
  Call call{*this, ticket, peer.connection, frame};
  peer.handler(call);
  wipe(frame.body);  // it may have carried a password
}

void Service::handle_reply(PeerId id, Frame frame) {
  Peer& peer = *peers_.at(id);
  const auto waiting = peer.waiting.find(frame.serial);
  if (waiting == peer.waiting.end()) return end(id, "an answer that nobody asked for");
  const OnReply done = std::move(waiting->second);
  peer.waiting.erase(waiting);
  worked_ = true;
  if (frame.kind == Kind::refusal) return done(parse_refusal(frame.body));
  done(std::move(frame));
}

void Service::flush_turn() {
  if (!worked_) return;
  worked_ = false;
  if (commit_) {
    if (const Result<void> committed = commit_(); !committed.ok()) {
      log(Level::error, "commit failed", {{"why", committed.error().message()}});
      for (auto& [peer, frame] : outgoing_) {
        if (frame.kind != Kind::answer) continue;
        frame.kind = Kind::refusal;
        wipe(frame.body);  // it may hold a key that must not leave now
        frame.body = print_refusal(committed.error());
        frame.descriptors.clear();
      }
    }
  }
  std::vector<std::pair<PeerId, Frame>> frames = std::exchange(outgoing_, {});
  for (auto& [id, frame] : frames) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) continue;
    found->second->outbox.push_back(std::move(frame));
    if (found->second->outbox.size() == 1) flush_peer(id);
    else if (found->second->outbox.size() > outbox_frames_max) end(id, "does not read its answers");
  }
}

void Service::flush_peer(PeerId id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  Peer& peer = *found->second;
  while (!peer.outbox.empty()) {
    Frame& frame = peer.outbox.front();
    std::vector<int> numbers;
    for (const Fd& descriptor : frame.descriptors) numbers.push_back(descriptor.get());
    const Result<void> sent = peer.channel.send(frame, numbers);
    if (!sent.ok() && sent.error().kind() == Errc::exhausted) return watch_writable(id, peer, true);
    if (!sent.ok()) return end(id);
    wipe(frame.body);
    peer.outbox.erase(peer.outbox.begin());
  }
  watch_writable(id, peer, false);
}

}  // namespace bulkhead::ipc
