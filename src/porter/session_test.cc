#include "porter/session.h"

#include <functional>

#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

template <class Message>
void raw(Stage& stage, ipc::Kind kind, const Message& message) {
  stage.gate->send(ipc::Frame{Message::number, kind, 99, ipc::encode(message), {}}).value();
}

TEST_CASE("out of turn: the process ends, with the draft dropped and the release reported") {
  using Sin = std::function<void(Stage&)>;
  const std::vector<Sin> sins{
      // Handles 1 (read) and 2 (write) are open.
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::ReadBlock{0, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::ReadBlock{3, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{3, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{UINT32_MAX, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Finish{3, 0, {}, {}, {}}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Close{3}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Truncate{3, 0}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Sync{3}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Keep{3}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::ReadBlock{1, 0, asks::ring_slots, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::ReadBlock{1, 0, 0, asks::ring_slot_size + 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{2, 0, asks::ring_slots, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenPath{"/x", asks::ring_slots, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenPath{"/x", 0, asks::ring_slot_size + 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{2, 0, UINT32_MAX, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{2, 0, 0, asks::ring_slot_size + 1}); },
      [](Stage& s) { raw(s, ipc::Kind::notice, asks::WriteBlock{2, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::answer, asks::Close{1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Finish{2, 6, {}, {}, {}}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, opening("x", false, asks::WriteMode::create, 6)); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Digest{1, 7, 0}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Digest{1, 7, 6}); },
      [](Stage& s) { s.gate->send(ipc::Frame{5, ipc::Kind::ask, 1, Bytes(19), {}}).value(); },
      [](Stage& s) { s.gate->send(ipc::Frame{5, ipc::Kind::ask, 1, Bytes(21), {}}).value(); },
      [](Stage& s) { s.gate->send(ipc::Frame{12, ipc::Kind::ask, 1, Bytes(4), {}}).value(); },
  };
  std::size_t number = 0;
  for (const Sin& sin : sins) {
    CAPTURE(number++);
    Stage stage;
    stage.keeper.store(1, content_of(64 * kib64), stage.vault);
    stage.start();
    REQUIRE(stage.gate->ask(asks::OpenRead{1, 7})->handle == 1);
    REQUIRE(stage.gate->ask(opening("x"))->handle == 2);
    sin(stage);
    CHECK(stage.wait() == End::violation);
    CHECK(stage.vault.sents.size() == 1);
    CHECK(stage.keeper.dropped.size() == 1);
  }
}

TEST_CASE("nothing but adopt before a capability was adopted at keeper and vault") {
  const std::vector<std::function<void(Stage&)>> sins{
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::OpenRead{1, 7}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, opening()); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::ReadBlock{1, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::WriteBlock{1, 0, 0, 1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Close{1}); },
      [](Stage& s) { raw(s, ipc::Kind::ask, asks::Digest{1, 7, 1}); },
  };
  for (const auto& sin : sins) {
    Stage stage;
    stage.keeper.adopt_refusal = fail(Errc::denied, "not live");
    stage.start(false);
    CHECK(stage.gate->ask(asks::Adopt{Bytes(10)}).error().kind() == Errc::denied);
    sin(stage);
    CHECK(stage.wait() == End::violation);
  }
}

TEST_CASE("an ended handle is gone for good, and one of the other kind is of no use") {
  Stage stage;
  stage.keeper.store(1, content_of(1'000), stage.vault);
  stage.start();
  const std::uint32_t read = stage.gate->ask(asks::OpenRead{1, 7})->handle;
  const std::uint32_t write = stage.gate->ask(opening("x"))->handle;
  CHECK(stage.write_block(read, 0, Bytes(1)).error().kind() == Errc::invalid);
  CHECK(stage.read_block(write, 0, 1).error().kind() == Errc::invalid);
  CHECK(stage.finish(read).error().kind() == Errc::invalid);
  CHECK(stage.gate->ask(asks::Truncate{read, 0}).error().kind() == Errc::invalid);
  CHECK(stage.gate->ask(asks::Close{read}).ok());
  CHECK(stage.gate->ask(asks::Close{write}).ok());
  CHECK(stage.read_block(read, 0, 1).error().kind() == Errc::not_found);
  CHECK(stage.write_block(write, 0, Bytes(1)).error().kind() == Errc::not_found);
  CHECK(stage.finish(write).error().kind() == Errc::not_found);
  CHECK(stage.gate->ask(asks::Keep{write}).error().kind() == Errc::not_found);
  CHECK(stage.gate->ask(asks::OpenRead{1, 7})->handle == 3);
  stage.end();
  CHECK(stage.keeper.dropped.size() == 1);
}

TEST_CASE("as many files as may be open, written in turn; one more is refused") {
  Stage stage;
  stage.start();
  std::vector<std::uint32_t> handles;
  for (std::uint32_t i = 0; i < asks::open_files_max; ++i)
    handles.push_back(stage.gate->ask(opening("f" + std::to_string(i)))->handle);
  CHECK(stage.gate->ask(opening()).error().kind() == Errc::exhausted);
  CHECK(stage.gate->ask(asks::OpenRead{1, 7}).error().kind() == Errc::exhausted);
  // In odd pieces and from the back, so that every file holds chunks open.
  constexpr std::uint64_t pieces = 9;
  constexpr std::size_t piece = 50'001;
  for (std::uint64_t i = pieces; i-- > 0;) {
    for (const std::uint32_t handle : handles)
      REQUIRE(stage.write_block(handle, i * piece, content_of(piece, handle + static_cast<std::uint32_t>(i))).ok());
  }
  for (const std::uint32_t handle : handles) {
    Bytes expected;
    for (std::uint64_t i = 0; i < pieces; ++i) {
      const Bytes part = content_of(piece, handle + static_cast<std::uint32_t>(i));
      expected.insert(expected.end(), part.begin(), part.end());
    }
    const auto row = stage.finish(handle);
    REQUIRE(row.ok());
    CHECK(row->sha256 == crypt::sha256(expected));
  }
  CHECK(stage.gate->ask(opening())->handle == asks::open_files_max + 1);
  stage.end();
  CHECK(stage.keeper.commits.size() == asks::open_files_max);
}

TEST_CASE("stop ends an idle session, and one with a file open after it") {
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening("x"))->handle;
  stage.hull->notify(asks::Stop{}).value();
  CHECK(stage.send(handle, content_of(5 * kib64), asks::ring_slot_size).ok());
  CHECK(stage.finish(handle).ok());
  CHECK(stage.wait() == End::stopped);
  CHECK(stage.keeper.commits.size() == 1);
}

}  // namespace
}  // namespace bulkhead::porter
