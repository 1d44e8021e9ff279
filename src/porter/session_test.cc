#include "porter/session.h"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/encode.h"
#include "ipc/control_asks.h"
#include "porter/doubles.h"

namespace bulkhead::porter {
namespace {

constexpr std::size_t kib64 = seal::chunk_size;

Bytes content_of(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 13U);
  return out;
}

// A session between doubles; the test itself is the gate.
class Stage {
 public:
  Stage() {
    REQUIRE(::ftruncate(memory_.get(), asks::ring_size) == 0);
    ring.emplace(Ring::map(memory_).value());
  }
  ~Stage() { end(); }

  void start(bool adopted = true) {
    auto [hull_here, hull_there] = socket_pair().value();
    auto [gate_here, gate_there] = socket_pair().value();
    gate.emplace(std::move(gate_here));
    hull.emplace(std::move(hull_here));
    Channels channels{ipc::Channel{std::move(hull_there)}, ipc::Channel{std::move(gate_there)},
                      ipc::Channel{keeper.start()}, ipc::Channel{vault.start()}};
    session_ = std::thread{[this, moved = std::move(channels), theirs = Ring::map(memory_).value()]() mutable {
      Channels own = std::move(moved);  // closed when the session is over
      outcome_ = Session{own, std::move(theirs)}.run();
    }};
    if (adopted) REQUIRE(gate->ask(asks::Adopt{Bytes(64)}).ok());
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

  ipc::Frame next() {
    std::optional<ipc::Frame> frame = gate->receive().value();
    REQUIRE(frame.has_value());
    return std::move(*frame);
  }
  template <class Notice>
  Notice next_as() {
    const ipc::Frame frame = next();
    REQUIRE(frame.number == Notice::number);
    return ipc::decode<Notice>(frame.body).value();
  }
  Bytes slot(std::uint32_t number, std::size_t size = asks::ring_slot_size) {
    Bytes out(size);
    ring->copy_out(out, number, 0);
    return out;
  }

  Result<Bytes> read(std::uint64_t file, std::uint64_t offset, std::uint64_t length) {
    const auto reply = TRY(gate->ask(asks::OpenRead{file, 7, offset, length}));
    Bytes out;
    for (;;) {
      const ipc::Frame frame = next();
      if (frame.number == asks::Broken::number) {
        const auto broken = ipc::decode<asks::Broken>(frame.body).value();
        return fail(static_cast<Errc>(broken.errc), broken.message);
      }
      const auto filled = ipc::decode<asks::Filled>(frame.body).value();
      const Bytes part = slot(filled.slot, filled.size);
      out.insert(out.end(), part.begin(), part.end());
      gate->notify(asks::Freed{filled.slot}).value();
      if (filled.last) break;
    }
    CHECK(reply.length == out.size());
    return out;
  }

  // Hands `content` over in pieces; true when a Broken came meanwhile.
  bool send(ByteView content, std::size_t piece) {
    bool broken = false;
    std::uint32_t sent = 0;
    std::uint32_t waiting = 0;
    while (!content.empty() || waiting > 0) {
      if (!content.empty() && waiting < asks::ring_slots) {
        const ByteView part = content.first(std::min(piece, content.size()));
        content = content.subspan(part.size());
        const std::uint32_t to = sent++ % asks::ring_slots;
        ring->copy_in(to, 0, part);
        gate->notify(asks::Filled{to, static_cast<std::uint32_t>(part.size()), content.empty()}).value();
        ++waiting;
        continue;
      }
      const ipc::Frame frame = next();
      if (frame.number == asks::Freed::number)
        --waiting;
      else
        broken = frame.number == asks::Broken::number;
    }
    return broken;
  }
  Result<asks::FileRow> write(ByteView content, std::size_t piece = asks::ring_slot_size, std::uint8_t announced = 0,
                              asks::Finish finish = {}) {
    TRY(gate->ask(asks::OpenWrite{5, "in.bin", "note", "agent", announced}));
    send(content, piece);
    return gate->ask(finish);
  }

  doubles::Keeper keeper;
  doubles::Vault vault;
  std::optional<Ring> ring;
  std::optional<ipc::Channel> gate;
  std::optional<ipc::Channel> hull;

 private:
  Fd memory_ = [] { return doubles::memory_file(); }();
  std::thread session_;
  End outcome_ = End::gate_gone;
};

const std::vector<std::size_t> sizes{0, 1, 65535, 65536, 65537, 4 * kib64, 4 * kib64 + 1, 32 * kib64 + 1, 5U << 20U};

TEST_CASE("what is written is read back, at every edge of the sizes") {
  for (const std::size_t piece : {std::size_t{16'000}, std::size_t{asks::ring_slot_size}}) {
    for (const std::size_t size : sizes) {
      CAPTURE(size);
      const Bytes content = content_of(size);
      Stage stage;
      stage.start();
      const auto row = stage.write(content, piece);
      REQUIRE(row.ok());
      CHECK(row->size == size);
      CHECK(row->sha256 == crypt::sha256(content));
      CHECK(row->sha1.has_value() == (size <= sha1_free_size_max));
      CHECK(row->comment == "note");
      CHECK_FALSE(row->integrity_checked);
      CHECK(stage.read(row->id, 0, UINT64_MAX).value() == content);
      CHECK(stage.end() == End::gate_gone);
      REQUIRE(stage.keeper.commits.size() == 1);
      CHECK(stage.keeper.commits[0].small.has_value() == (size <= kib64));
      CHECK(stage.keeper.commits[0].receipt == 501);
      CHECK(stage.vault.receipts[0].path == "/Home/in.bin");
      CHECK(stage.vault.releases[0].path == "/Home/in.bin");
      CHECK(stage.keeper.dropped.empty());
      REQUIRE(stage.vault.sents.size() == 1);
      CHECK(stage.vault.sents[0].complete);
      CHECK(stage.vault.sents[0].index == 101);
      CHECK(stage.vault.sents[0].ranges.size() == (size == 0 ? 0 : 1));
    }
  }
}

TEST_CASE("ranges begin and end at, before and behind every chunk edge") {
  const Bytes content = content_of(9 * kib64 + 77);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  std::size_t reads = 0;
  for (std::uint64_t start = 0; start <= content.size(); start += kib64) {
    for (const std::uint64_t from : {start, start + 1, start + kib64 - 1}) {
      for (const std::uint64_t length :
           {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{kib64}, std::uint64_t{4 * kib64}, UINT64_MAX}) {
        if (from > content.size()) continue;
        const std::uint64_t end = from + std::min<std::uint64_t>(length, content.size() - from);
        const Bytes expected(content.begin() + static_cast<std::ptrdiff_t>(from),
                             content.begin() + static_cast<std::ptrdiff_t>(end));
        const bool same = stage.read(1, from, length).value() == expected;
        CAPTURE(from);
        CAPTURE(length);
        CHECK(same);
        ++reads;
      }
    }
  }
  CHECK(stage.gate->ask(asks::OpenRead{1, 7, content.size() + 1, 1}).error().kind() == Errc::invalid);
  CHECK(stage.gate->ask(asks::OpenRead{1, 8, 0, 1}).error().kind() == Errc::conflict);
  CHECK(stage.gate->ask(asks::OpenRead{2, 7, 0, 1}).error().kind() == Errc::not_found);
  stage.end();
  CHECK(stage.vault.releases.size() == reads);  // nothing was released for the refused ones
  CHECK(stage.vault.sents.size() == reads);
}

TEST_CASE("a corrupt chunk breaks the read and shows nothing of itself") {
  const Bytes content = content_of(10 * kib64);
  Stage stage;
  auto& stored = stage.keeper.store(1, content, stage.vault);
  const Bytes bad{0xFF};
  Bytes old(1);
  read_exactly_at(stored.blob.get(), old, seal::chunk_offset(5) + 100).value();
  REQUIRE(old != bad);
  write_all_at(stored.blob.get(), bad, seal::chunk_offset(5) + 100).value();
  stage.start();
  REQUIRE(stage.gate->ask(asks::OpenRead{1, 7, 0, UINT64_MAX}).ok());
  CHECK(stage.next_as<asks::Filled>().size == 4 * kib64);
  CHECK(stage.next_as<asks::Broken>().errc == static_cast<std::uint8_t>(Errc::corrupt));
  const Bytes second = stage.slot(1);  // chunk 4 is good and may be there; chunk 5 must not
  CHECK(Bytes(second.begin() + kib64, second.end()) == Bytes(3 * kib64));
  stage.gate->notify(asks::Freed{0}).value();
  CHECK(stage.gate->ask(asks::Abort{}).ok());
  CHECK(stage.read(1, 0, 4 * kib64).value().size() == 4 * kib64);  // the session goes on
  CHECK(stage.end() == End::gate_gone);
  REQUIRE(stage.vault.sents.size() == 2);
  CHECK_FALSE(stage.vault.sents[0].complete);
  REQUIRE(stage.vault.sents[0].ranges.size() == 1);
  CHECK(stage.vault.sents[0].ranges[0].length == 5 * kib64);  // with chunk 4, which a gate can see in the ring
}

TEST_CASE("stored content that is not what the catalog says is not released") {
  Stage stage;
  stage.keeper.store(1, content_of(2 * kib64), stage.vault).row.size -= 1;
  stage.keeper.store(2, content_of(2 * kib64), stage.vault).tag[3] ^= 1;
  stage.keeper.store(3, content_of(10), stage.vault).small->resize(20);
  stage.start();
  for (const std::uint64_t file : {1U, 2U, 3U}) {
    CHECK(stage.gate->ask(asks::OpenRead{file, 7, 0, 10}).error().kind() == Errc::corrupt);
  }
  stage.end();
  CHECK(stage.vault.releases.empty());
}

TEST_CASE("the vault's refusal reaches the gate") {
  Stage stage;
  stage.keeper.store(1, content_of(10), stage.vault);
  stage.vault.refusal = fail(Errc::exhausted, "budget used up until tomorrow");
  stage.start();
  const auto refused = stage.gate->ask(asks::OpenRead{1, 7, 0, 10});
  CHECK(refused.error().kind() == Errc::exhausted);
  CHECK(refused.error().message() == "budget used up until tomorrow");
  CHECK(stage.gate->ask(asks::OpenWrite{5, "x", "", "", 0}).error().kind() == Errc::exhausted);
  stage.end();
  CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
}

TEST_CASE("a gate that goes during a download: no less is reported than it was given") {
  const Bytes content = content_of(64 * kib64);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.start();
  REQUIRE(stage.gate->ask(asks::OpenRead{1, 7, 100, UINT64_MAX}).ok());
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto filled = stage.next_as<asks::Filled>();
    CHECK(filled.slot == i);
    stage.gate->notify(asks::Freed{filled.slot}).value();
  }
  CHECK(stage.end() == End::gate_gone);  // with frames of the porter unread
  REQUIRE(stage.vault.sents.size() == 1);
  CHECK_FALSE(stage.vault.sents[0].complete);
  REQUIRE(stage.vault.sents[0].ranges.size() == 1);
  CHECK(stage.vault.sents[0].ranges[0].offset == 100);
  CHECK(stage.vault.sents[0].ranges[0].length >= 3 * asks::ring_slot_size - 100);
  CHECK(stage.vault.sents[0].ranges[0].length <= (3 + asks::ring_slots) * asks::ring_slot_size - 100);
}

TEST_CASE("abort ends a download and the next one begins at slot 0") {
  Stage stage;
  stage.keeper.store(1, content_of(64 * kib64), stage.vault);
  stage.start();
  REQUIRE(stage.gate->ask(asks::OpenRead{1, 7, 0, UINT64_MAX}).ok());
  for (std::uint32_t i = 0; i < asks::ring_slots; ++i) stage.next_as<asks::Filled>();
  CHECK(stage.gate->ask(asks::Abort{}).ok());
  CHECK(stage.gate->ask(asks::Abort{}).ok());
  CHECK(stage.read(1, 0, 10).value() == content_of(10));
  stage.end();
  REQUIRE(stage.vault.sents.size() == 2);
  REQUIRE(stage.vault.sents[0].ranges.size() == 1);
  CHECK(stage.vault.sents[0].ranges[0].length == asks::ring_slots * asks::ring_slot_size);
  CHECK_FALSE(stage.vault.sents[0].complete);
  CHECK(stage.vault.sents[1].complete);
}

TEST_CASE("a gate that goes during an upload: the draft is dropped") {
  for (const std::size_t size : {std::size_t{10}, 20 * kib64}) {
    Stage stage;
    stage.start();
    REQUIRE(stage.gate->ask(asks::OpenWrite{5, "x", "", "", 0}).ok());
    stage.send(content_of(size), asks::ring_slot_size);
    CHECK(stage.end() == End::gate_gone);
    CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
    CHECK(stage.keeper.commits.empty());
    CHECK(stage.vault.receipts.empty());
  }
}

TEST_CASE("hashes of every kind, announced or not, right or wrong") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, 3 * kib64, 20 * kib64 + 5}) {
    const Bytes content = content_of(size);
    for (std::uint8_t kind = 1; kind <= 4; ++kind) {
      for (const bool announced : {false, true}) {
        for (const bool right : {false, true}) {
          CAPTURE(size);
          CAPTURE(int{kind});
          CAPTURE(announced);
          crypt::Hash hash{static_cast<crypt::HashKind>(kind)};
          Bytes value = hash.update(content).finish();
          if (!right) value.back() ^= 1;
          Stage stage;
          stage.start();
          const auto row =
              stage.write(content, asks::ring_slot_size, announced ? kind : 0, {kind, value, std::string{"later"}});
          stage.end();
          CHECK(row.ok() == right);
          CHECK(stage.keeper.commits.size() == (right ? 1 : 0));
          CHECK(stage.keeper.dropped.size() == (right ? 0 : 1));
          CHECK(stage.vault.receipts.size() == (right ? 1 : 0));
          if (!right) {
            CHECK(row.error().kind() == Errc::invalid);
            continue;
          }
          CHECK(row->integrity_checked);
          CHECK(row->comment == "later");
          CHECK(row->sha1.has_value() == (kind == 1 || size <= sha1_free_size_max));
          if (kind == 1) CHECK(to_bytes(*row->sha1) == value);
        }
      }
    }
  }
}

TEST_CASE("a hash of the wrong length is refused and the draft dropped") {
  Stage stage;
  stage.start();
  CHECK(stage.write(content_of(10), 10, 0, {2, Bytes(31), {}}).error().kind() == Errc::invalid);
  stage.end();
  CHECK(stage.keeper.dropped.size() == 1);
}

TEST_CASE("a gate that rewrites slots all the time: the published hash is that of the sealed bytes") {
  Stage stage;
  stage.start();
  REQUIRE(stage.gate->ask(asks::OpenWrite{5, "x", "", "", 0}).ok());
  std::atomic<bool> done = false;
  std::thread hostile{[&] {
    std::uint8_t value = 0;
    while (!done) {
      for (std::uint32_t slot = 0; slot < asks::ring_slots; ++slot) {
        for (std::size_t at = 0; at < asks::ring_slot_size; at += 4096) stage.ring->copy_in(slot, at, Bytes{value});
      }
      ++value;
    }
  }};
  const std::size_t slots = 60;
  for (std::size_t i = 0; i < slots; ++i) {
    stage.gate->notify(asks::Filled{static_cast<std::uint32_t>(i % 8), asks::ring_slot_size, false}).value();
    stage.next_as<asks::Freed>();
  }
  done = true;
  hostile.join();
  const auto row = stage.gate->ask(asks::Finish{});
  REQUIRE(row.ok());
  const Bytes back = stage.read(row->id, 0, UINT64_MAX).value();
  CHECK(back.size() == slots * asks::ring_slot_size);
  CHECK(crypt::sha256(back) == row->sha256);
}

TEST_CASE("no space left: one Broken, everything freed, Finish says the same, the draft is dropped") {
  for (const std::size_t size : {3 * kib64, 40 * kib64}) {  // full at Finish, and full on the way
    CAPTURE(size);
    Stage stage;
    stage.keeper.blob = Fd{::open("/dev/full", O_RDWR | O_CLOEXEC)};
    REQUIRE(stage.keeper.blob.valid());
    stage.start();
    REQUIRE(stage.gate->ask(asks::OpenWrite{5, "x", "", "", 0}).ok());
    bool broken = false;
    for (std::size_t sent = 0; sent < size; sent += kib64) {
      stage.gate->notify(asks::Filled{0, kib64, false}).value();
      stage.next_as<asks::Freed>();
      if (sent != 4 * kib64) continue;
      CHECK(stage.next_as<asks::Broken>().errc == static_cast<std::uint8_t>(Errc::storage_full));
      broken = true;
    }
    CHECK(broken == (size > 4 * kib64));
    const auto refused = stage.gate->ask(asks::Finish{});
    CHECK(refused.error().kind() == Errc::storage_full);
    CHECK(stage.write(content_of(100)).ok());  // the session goes on
    CHECK(stage.end() == End::gate_gone);
    CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{1001});
  }
}

TEST_CASE("a refused commit drops the draft") {
  Stage stage;
  stage.keeper.commit_refusal = fail(Errc::conflict, "the name is taken");
  stage.start();
  CHECK(stage.write(content_of(10)).error().kind() == Errc::conflict);
  stage.end();
  CHECK(stage.keeper.dropped.size() == 1);
}

TEST_CASE("digest: computed once as a release of its own purpose, never sent") {
  const Bytes content = content_of(6 * kib64 + 9);
  Stage stage;
  stage.keeper.store(1, content, stage.vault);
  stage.keeper.store(2, content, stage.vault).row.sha1.emplace()[0] = 9;
  stage.keeper.store(3, content, stage.vault).row.sha256[0] ^= 1;
  stage.start();
  const auto first = stage.gate->ask(asks::Digest{1, 7});
  REQUIRE(first.ok());
  CHECK(to_bytes(first->sha1) == crypt::Hash{crypt::HashKind::sha1}.update(content).finish());
  CHECK(stage.gate->ask(asks::Digest{2, 7})->sha1[0] == 9);
  CHECK(stage.gate->ask(asks::Digest{3, 7}).error().kind() == Errc::corrupt);
  stage.end();
  REQUIRE(stage.vault.releases.size() == 2);
  CHECK(stage.vault.releases[0].purpose == asks::Purpose::digest);
  REQUIRE(stage.vault.sents.size() == 2);
  CHECK(stage.vault.sents[0].complete);
  CHECK(stage.vault.sents[0].ranges.empty());
  CHECK_FALSE(stage.vault.sents[1].complete);
  REQUIRE(stage.keeper.digests.size() == 1);
  CHECK(stage.keeper.digests[0].sha1 == first->sha1);
}

template <class Message>
void raw(Stage& stage, ipc::Kind kind, const Message& message) {
  stage.gate->send(ipc::Frame{Message::number, kind, 99, ipc::encode(message), {}}).value();
}

TEST_CASE("out of turn: the process ends, with the draft dropped and the release reported") {
  const std::vector<std::function<void(Stage&)>> idle_sins{
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Filled{0, 1, false}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Freed{0}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Finish{}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Abort{}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Broken{}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenWrite{1, "x", "", "", 5}); },
      [](Stage& s) { raw(s, ipc::Kind::answer, asks::Digest{1, 7}); },
      [](Stage& s) { s.gate->send(ipc::Frame{asks::OpenRead::number, ipc::Kind::ask, 1, Bytes(31), {}}).value(); },
  };
  for (const auto& sin : idle_sins) {
    Stage stage;
    stage.start();
    sin(stage);
    CHECK(stage.wait() == End::violation);
  }
  const std::vector<std::function<void(Stage&)>> transfer_sins{
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenRead{1, 7, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenWrite{1, "x", "", "", 0}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Digest{1, 7}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Freed{3}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Filled{8, 1, false}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::Filled{0, asks::ring_slot_size + 1, false}); },
  };
  for (const auto& sin : transfer_sins) {
    for (const bool reading : {true, false}) {
      Stage stage;
      stage.keeper.store(1, content_of(64 * kib64), stage.vault);
      stage.start();
      if (reading)
        REQUIRE(stage.gate->ask(asks::OpenRead{1, 7, 0, UINT64_MAX}).ok());
      else
        REQUIRE(stage.gate->ask(asks::OpenWrite{1, "x", "", "", 0}).ok());
      sin(stage);
      CHECK(stage.wait() == End::violation);
      CHECK(stage.vault.sents.size() == (reading ? 1 : 0));
      CHECK(stage.keeper.dropped.size() == (reading ? 0 : 1));
    }
  }
}

TEST_CASE("nothing but adopt before a capability was adopted at keeper and vault") {
  Stage stage;
  stage.keeper.adopt_refusal = fail(Errc::denied, "not live");
  stage.start(false);
  CHECK(stage.gate->ask(asks::Adopt{Bytes(10)}).error().kind() == Errc::denied);
  raw(stage, ipc::Kind::ask, asks::OpenRead{1, 7, 0, 1});
  CHECK(stage.wait() == End::violation);
}

TEST_CASE("stop ends an idle session, and one with a transfer in hand after it") {
  Stage stage;
  stage.start();
  REQUIRE(stage.gate->ask(asks::OpenWrite{5, "x", "", "", 0}).ok());
  stage.hull->notify(asks::Stop{}).value();
  stage.send(content_of(5 * kib64), asks::ring_slot_size);
  CHECK(stage.gate->ask(asks::Finish{}).ok());
  CHECK(stage.wait() == End::stopped);
  CHECK(stage.keeper.commits.size() == 1);
}

}  // namespace
}  // namespace bulkhead::porter
