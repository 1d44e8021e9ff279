#pragma once
// Service: the loop of a shared process. One thread, whole frames, never a wait inside an answer. One turn:
//   read every ready frame -> answer it -> commit once -> send every reply.
// So group commit comes for free. If commit fails, every answer of that turn becomes that Error: nothing was promised.
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

#include "ipc/channel.h"
#include "ipc/table.h"

namespace bulkhead::ipc {

class Service;
using PeerId = std::uint64_t;

// Where a reply belongs. Copyable, so that an answer may be given in a later turn; a reply to a peer that has gone is dropped.
struct Ticket {
  PeerId peer = 0;
  std::uint16_t number = 0;
  std::uint32_t serial = 0;
};

// One frame that a table row admitted.
struct Call {
  Service& service;
  Ticket ticket;
  std::uint64_t connection;  // the number that hull gave the channel; 0 for channels that serve no connection
  Frame& frame;
};

class Service {
 public:
  using Handler = std::function<void(Call&)>;
  using Gone = std::function<void(PeerId)>;
  using OnReply = std::function<void(Result<Frame>)>;

  Service();

  // A channel whose frames are asks of `table`. `gone` is called once when it ends, for whatever reason.
  // `urgent` channels (hull's) are drained before others in each turn.
  PeerId serve(Fd socket, Table table, std::uint64_t connection, Handler handler, Gone gone = {}, bool urgent = false);
  // A channel on which this process asks; frames other than answers to its own asks end it.
  PeerId connect(Fd socket, Gone gone);

  // Any other descriptor: `ready` is called in each turn in which it is readable or hung up. Not owned.
  void watch(int fd, std::function<void()> ready);
  void unwatch(int fd);

  // Ends a channel. `why` (if not empty) is a violation: logged, and told to on_violation.
  void end(PeerId peer, std::string_view why = {});
  // From here on the rows of Phase::bound are admitted on this channel, those of Phase::before no longer.
  void bind(PeerId peer);

  void reply(const Ticket& ticket, Bytes body, std::vector<Fd> descriptors = {});
  void refuse(const Ticket& ticket, const Error& error);
  template <class Reply>
  void answer(const Ticket& ticket, const Result<Reply>& result, std::vector<Fd> descriptors = {}) {
    if (!result.ok()) return refuse(ticket, result.error());
    reply(ticket, encode(*result), std::move(descriptors));
  }
  template <class Notice>
  void notify(PeerId peer, const Notice& notice, std::vector<Fd> descriptors = {}) {
    queue(peer, Frame{Notice::number, Kind::notice, 0, encode(notice), std::move(descriptors)});
  }
  // Asks on a connect()ed channel; `done` gets the answer, or an Error when it is refused or the channel ends.
  template <class Request>
  void ask(PeerId peer, const Request& request, std::function<void(Result<typename Request::Reply>)> done) {
    send_ask(peer, Request::number, encode(request), [done = std::move(done)](Result<Frame> frame) {
      if (!frame.ok()) return done(frame.error());
      Result<typename Request::Reply> answer = decode<typename Request::Reply>(frame->body, "answer");
      wipe(frame->body);
      done(std::move(answer));
    });
  }

  // Makes the effects of this turn durable. Called once per turn if any frame was handled.
  void on_commit(std::function<Result<void>()> commit) { commit_ = std::move(commit); }
  void on_violation(std::function<void(std::uint64_t connection, std::string_view what)> told) { told_ = std::move(told); }
  // Called about every `period_ms`, outside of answers but before the turn's commit.
  void on_tick(MonotonicMs period_ms, std::function<void()> tick);

  // Until stop(). Dies if epoll fails.
  void run();
  void stop() { stopping_ = true; }

 private:
  struct Peer {
    Channel channel;
    Admission admission;
    std::uint64_t connection;
    Handler handler;  // empty: a connect()ed channel
    Gone gone;
    bool urgent;
    std::uint32_t next_serial = 1;
    std::unordered_map<std::uint32_t, OnReply> waiting;
    std::vector<Frame> outbox;  // did not fit into the socket yet
    bool watching_writable = false;
  };

  PeerId add(std::unique_ptr<Peer> peer);
  void turn(std::span<const PeerId> readable);
  void read_peer(PeerId id);
  void handle(PeerId id, Frame frame);
  void handle_reply(PeerId id, Frame frame);
  void queue(PeerId peer, Frame frame);
  void send_ask(PeerId peer, std::uint16_t number, Bytes body, OnReply done);
  void flush_turn();
  void flush_peer(PeerId id);
  void watch_writable(PeerId id, Peer& peer, bool writable);

  Fd epoll_;
  std::map<PeerId, std::unique_ptr<Peer>> peers_;  // ordered: the first ones (hull) come first
  std::unordered_map<PeerId, std::shared_ptr<std::function<void()>>> watches_;  // by fd | watch_bit
  std::vector<std::pair<PeerId, Frame>> outgoing_;  // of this turn, in order
  std::vector<std::unique_ptr<Peer>> ended_;        // of this turn: an ended peer's handler may still be on the stack
  PeerId next_peer_ = 1;
  bool worked_ = false;
  bool stopping_ = false;
  std::function<Result<void>()> commit_;
  std::function<void(std::uint64_t, std::string_view)> told_;
  std::function<void()> tick_;
  MonotonicMs tick_period_ = 1000;
};

// Decodes the ask of a frame and answers it with what `answerer(request)` returns. Malformed: the asker ends.
template <class Request, class Answerer>
void answer_now(Call& call, Answerer&& answerer) {
  Result<Request> request = decode<Request>(call.frame.body, "ask");
  if (!request.ok()) return call.service.end(call.ticket.peer, request.error().message());
  call.service.answer<typename Request::Reply>(call.ticket, answerer(*request));
}

}  // namespace bulkhead::ipc
