#pragma once
// Doubles for the tests of gate_ssh: a sibling that answers from a thread, and a wire that keeps what was sent.
#include <functional>
#include <thread>

#include "gate_ssh/wire.h"
#include "ipc/channel.h"

namespace bulkhead::gate_ssh::doubles {

// Answers every ask by `answer`, as the table admits, until the asker's end is gone.
class Sibling {
 public:
  using Answer = std::function<Result<Bytes>(const ipc::Frame& ask)>;
  Sibling(ipc::Table table, Answer answer) : channel{start(table, std::move(answer)), table} {}
  ~Sibling() {
    channel.socket().reset();
    thread_.join();
  }
  Sibling(const Sibling&) = delete;
  Sibling& operator=(const Sibling&) = delete;

 private:
  std::vector<std::uint16_t> asked_;
  std::thread thread_;

 public:
  ipc::Channel channel;  // the asker's end
  // What was asked, by number. All of it was answered when the asker looks.
  const std::vector<std::uint16_t>& asked() const { return asked_; }

 private:
  Fd start(ipc::Table table, Answer answer) {
    auto [here, there] = std::move(socket_pair()).value();
    thread_ = std::thread{[this, table, answer = std::move(answer), socket = std::move(here)]() mutable {
      ipc::Channel answering{std::move(socket)};
      for (;;) {
        const std::optional<ipc::Frame> ask = answering.receive().value();
        if (!ask) return;
        const ipc::Row* row = ipc::find_row(table, ask->number);
        ENSURE(row != nullptr && ask->body.size() <= row->size_max && ask->kind == ipc::Kind::ask);
        asked_.push_back(ask->number);
        const Result<Bytes> body = answer(*ask);
        const bool good = body.ok();
        static_cast<void>(answering.send({ask->number,
                                          good ? ipc::Kind::answer : ipc::Kind::refusal,
                                          ask->serial,
                                          good ? *body : ipc::print_refusal(body.error()),
                                          {}}));
      }
    }};
    return std::move(there);
  }
};

class KeptWire final : public Wire {
 public:
  std::size_t room_left = 1 << 30;
  std::vector<Bytes> sent;  // whole messages

  std::size_t room() const override { return room_left; }
  void send_data(std::span<const ByteView> pieces) override {
    Bytes message;
    for (const ByteView piece : pieces) message.insert(message.end(), piece.begin(), piece.end());
    ENSURE(message.size() <= ssh::message_size_max);
    sent.push_back(std::move(message));
  }
  void send(Bytes message) override { sent.push_back(std::move(message)); }
  // The message sent last, by number; 0: none.
  std::uint8_t last() const { return sent.empty() ? 0 : sent.back().front(); }
};

}  // namespace bulkhead::gate_ssh::doubles
