#pragma once
// For the tests of porter: a session between doubles of its siblings; the test itself is the gate.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "ipc/control_asks.h"
#include "porter/doubles.h"
#include "porter/session.h"

namespace bulkhead::porter {

inline constexpr std::size_t kib64 = seal::chunk_size;

inline Bytes content_of(std::size_t size, std::uint32_t seed = 0) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(((i + seed) * 2654435761U) >> 13U);
  return out;
}

inline asks::OpenWrite opening(std::string name = "in.bin", bool resumable = false,
                               asks::WriteMode mode = asks::WriteMode::create, std::uint8_t announced = 0) {
  return {5, std::move(name), "note", "agent", announced, mode, resumable, 0};
}
inline asks::OpenWrite resuming(std::string name = "in.bin") {
  return opening(std::move(name), true, asks::WriteMode::resume);
}

class Stage {
 public:
  Stage() {
    REQUIRE(::ftruncate(memory_.get(), asks::ring_size) == 0);
    ring.emplace(Ring::map(memory_).value());
  }
  ~Stage() { end(); }

  // A porter in a thread of this process; another one may be started when it has ended.
  void start(bool adopted = true) {
    Channels channels = connect();
    session_ = std::thread{[this, moved = std::move(channels), theirs = Ring::map(memory_).value()]() mutable {
      Channels own = std::move(moved);  // closed when the session is over
      outcome_ = Session{own, std::move(theirs)}.run();
    }};
    if (adopted) REQUIRE(gate->ask(asks::Adopt{Bytes(64)}).ok());
  }
  // A porter in a process of its own, for kill().
  void start_process() {
    Channels channels = connect();
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      gate.reset();
      hull.reset();
      static_cast<void>(Session{channels, std::move(*ring)}.run());
      ::_exit(0);
    }
    { const Channels closed = std::move(channels); }
    REQUIRE(gate->ask(asks::Adopt{Bytes(64)}).ok());
  }
  void kill() {
    REQUIRE(::kill(process_, SIGKILL) == 0);
    REQUIRE(::waitpid(process_, nullptr, 0) == process_);
    gate.reset();
    keeper.join();
    vault.join();
  }

  // The gate goes; afterwards the doubles may be looked at.
  End end() {
    gate.reset();
    return wait();
  }
  End wait() {
    if (session_.joinable()) session_.join();
    keeper.join();
    vault.join();
    return outcome_;
  }

  Result<Bytes> read_block(std::uint32_t handle, std::uint64_t offset, std::uint32_t size, std::uint32_t slot = 3) {
    const auto reply = TRY(gate->ask(asks::ReadBlock{handle, offset, slot, size}));
    REQUIRE(reply.size <= size);
    Bytes out(reply.size);
    ring->copy_out(out, slot, 0);
    return out;
  }
  // Opens, reads and closes.
  Result<Bytes> read(std::uint64_t file, std::uint64_t offset = 0, std::uint64_t length = UINT64_MAX) {
    const auto opened = TRY(gate->ask(asks::OpenRead{file, 7}));
    const std::uint64_t end = offset + std::min(length, opened.size - offset);
    Bytes out;
    while (offset < end) {
      const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(end - offset, asks::ring_slot_size));
      const Bytes part = TRY(read_block(opened.handle, offset, size));
      CHECK(part.size() == size);
      out.insert(out.end(), part.begin(), part.end());
      offset += size;
    }
    TRY(gate->ask(asks::Close{opened.handle}));
    return out;
  }

  Result<ipc::Nothing> write_block(std::uint32_t handle, std::uint64_t offset, ByteView part, std::uint32_t slot = 0) {
    ring->copy_in(slot, 0, part);
    return gate->ask(asks::WriteBlock{handle, offset, slot, static_cast<std::uint32_t>(part.size())});
  }
  // In pieces, one after the other, each slot in turn. The first refusal, if any.
  Result<ipc::Nothing> send(std::uint32_t handle, ByteView content, std::size_t piece, std::uint64_t offset = 0) {
    std::uint32_t sent = 0;
    while (!content.empty()) {
      const ByteView part = content.first(std::min(piece, content.size()));
      TRY(write_block(handle, offset, part, sent++ % asks::ring_slots));
      offset += part.size();
      content = content.subspan(part.size());
    }
    return ipc::Nothing{};
  }
  Result<asks::FileRow> finish(std::uint32_t handle, asks::Finish ask = {}) {
    ask.handle = handle;
    return gate->ask(ask);
  }
  Result<asks::FileRow> write(ByteView content, std::size_t piece = asks::ring_slot_size, std::uint8_t announced = 0,
                              const asks::Finish& ask = {}) {
    const auto opened = TRY(gate->ask(opening("in.bin", false, asks::WriteMode::create, announced)));
    TRY(send(opened.handle, content, piece));
    return finish(opened.handle, ask);
  }

  doubles::Keeper keeper;
  doubles::Vault vault;
  std::optional<Ring> ring;
  std::optional<ipc::Channel> gate;
  std::optional<ipc::Channel> hull;

 private:
  Channels connect() {
    auto [hull_here, hull_there] = socket_pair().value();
    auto [gate_here, gate_there] = socket_pair().value();
    gate.emplace(std::move(gate_here));
    hull.emplace(std::move(hull_here));
    return {ipc::Channel{std::move(hull_there)}, ipc::Channel{std::move(gate_there)}, ipc::Channel{keeper.start()},
            ipc::Channel{vault.start()}};
  }

  Fd memory_ = [] { return doubles::memory_file(); }();
  std::thread session_;
  pid_t process_ = -1;
  End outcome_ = End::gate_gone;
};

}  // namespace bulkhead::porter
