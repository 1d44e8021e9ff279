#include <random>

#include "porter/draft.h"
#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

TEST_CASE("a lost connection in the middle: the client goes on, and the hash is that of the whole") {
  for (const std::size_t first : {std::size_t{10}, kib64, kib64 + 1, 9 * kib64 + 500}) {
    CAPTURE(first);
    const Bytes content = content_of(30 * kib64 + 3);
    Stage stage;
    stage.start();
    std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
    REQUIRE(stage.send(handle, ByteView{content}.first(first), 40'000).ok());
    stage.end();
    REQUIRE(stage.keeper.kept.size() == 1);
    CHECK(stage.keeper.kept[0].size == first);
    CHECK(stage.keeper.kept[0].let_go);
    stage.start();
    const auto opened = stage.gate->ask(resuming());
    REQUIRE(opened.ok());
    CHECK(opened->size == first);
    handle = opened->handle;
    CHECK(stage.gate->ask(resuming()).error().kind() == Errc::conflict);
    REQUIRE(stage.send(handle, ByteView{content}.subspan(first), asks::ring_slot_size, first).ok());
    const auto row = stage.finish(handle);
    REQUIRE(row.ok());
    CHECK(row->sha256 == crypt::sha256(content));
    CHECK(stage.read(row->id).value() == content);
    stage.end();
    CHECK(stage.keeper.dropped.empty());
  }
}

TEST_CASE("a handle that changed nothing leaves nothing; one that was dropped, neither") {
  Stage stage;
  stage.start();
  REQUIRE(stage.gate->ask(resuming()).ok());
  stage.end();
  CHECK(stage.keeper.dropped.size() == 1);
  CHECK(stage.keeper.drafts.empty());
  stage.start();
  const std::uint32_t handle = stage.gate->ask(resuming())->handle;
  REQUIRE(stage.write_block(handle, 0, Bytes(100)).ok());
  REQUIRE(stage.gate->ask(asks::Sync{handle}).ok());
  REQUIRE(stage.gate->ask(asks::Close{handle}).ok());
  stage.end();
  CHECK(stage.keeper.drafts.empty());
}

TEST_CASE("a Finish that is refused for its hash keeps a resumable draft") {
  const Bytes content = content_of(3 * kib64);
  Stage stage;
  stage.start();
  const std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
  REQUIRE(stage.send(handle, ByteView{content}.first(100'000), asks::ring_slot_size).ok());
  CHECK(stage.finish(handle, {0, 2, to_bytes(crypt::sha256(content)), {}, {}}).error().kind() == Errc::invalid);
  const auto opened = stage.gate->ask(resuming());
  CHECK(opened->size == 100'000);
  REQUIRE(stage.send(opened->handle, ByteView{content}.subspan(100'000), asks::ring_slot_size, 100'000).ok());
  CHECK(stage.finish(opened->handle, {0, 2, to_bytes(crypt::sha256(content)), {}, {}}).ok());
}

TEST_CASE("a published file is edited: its content is the start, released for that and sent to nobody") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, kib64, 9 * kib64 + 7}) {
    CAPTURE(size);
    Bytes content = content_of(size);
    Stage stage;
    stage.keeper.store(1, content, stage.vault).row.name = "in.bin";
    stage.start();
    const auto opened = stage.gate->ask(resuming());
    REQUIRE(opened.ok());
    CHECK(opened->size == size);
    const Bytes change = content_of(20, 77);
    content.resize(std::max<std::size_t>(content.size(), 70));
    copy_to(MutableByteView{content}.subspan(50), change);
    REQUIRE(stage.write_block(opened->handle, 50, change).ok());
    const auto row = stage.finish(opened->handle);
    REQUIRE(row.ok());
    CHECK(row->sha256 == crypt::sha256(content));
    CHECK(stage.read(row->id).value() == content);
    stage.end();
    REQUIRE(stage.vault.releases.size() == 2);
    CHECK(stage.vault.releases[0].purpose == asks::Purpose::edit);
    CHECK(stage.vault.sents.at(0).ranges.empty());
    CHECK(stage.vault.sents.at(0).complete);
  }
}

TEST_CASE("a copy that broke off is no draft: the next one begins with the file again") {
  const Bytes content = content_of(9 * kib64);
  Stage stage;
  stage.keeper.store(1, content, stage.vault).row.name = "in.bin";
  // As a porter leaves it that is killed in the middle of the copy: chunks, and no header yet.
  auto& draft = stage.keeper.drafts[500];
  draft.ask = {5, "in.bin", asks::DraftMode::resume, true};
  draft.held = false;
  draft.stored.tag = {1, 2, 3};
  draft.stored.wrapped_key = doubles::Vault::wrapped_draft(draft.stored.tag);
  stage.vault.keys[draft.stored.tag] = Bytes(32, 9);
  draft.stored.blob = doubles::memory_file();
  write_all_at(draft.stored.blob.get(), Bytes(100'000, 1), seal::header_size).value();
  stage.start();
  const auto opened = stage.gate->ask(resuming());
  REQUIRE(opened.ok());
  CHECK(opened->size == content.size());
  CHECK(stage.finish(opened->handle)->sha256 == crypt::sha256(content));
  stage.end();
  CHECK(stage.keeper.dropped == std::vector<std::uint64_t>{500});
}

TEST_CASE("torn ends are cut, chunk by chunk, to a sound one") {
  struct Damage {
    std::uint64_t at;  // byte of the blob that is changed
    std::uint64_t left;
  };
  constexpr std::uint64_t size = 5 * kib64 + 900;
  for (const auto& [at, left] : {Damage{seal::chunk_offset(5) + 50, 5 * kib64}, Damage{seal::chunk_offset(0) + 50, size},
                                 Damage{10, 0}}) {
    CAPTURE(at);
    Stage stage;
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
    REQUIRE(stage.send(handle, content_of(size), asks::ring_slot_size).ok());
    stage.end();
    const int blob = stage.keeper.drafts.begin()->second.stored.blob.get();
    Bytes byte(1);
    read_exactly_at(blob, byte, at).value();
    byte[0] ^= 1;
    write_all_at(blob, byte, at).value();
    stage.start();
    const auto opened = stage.gate->ask(resuming());
    REQUIRE(opened.ok());
    CHECK(opened->size == left);
    const auto row = stage.finish(opened->handle);
    if (left != size) {
      CHECK(row->size == left);
      continue;
    }
    // Damage in the middle shows when everything is read back; then the draft ends in front of it.
    CHECK(row.error().kind() == Errc::corrupt);
    stage.end();
    CHECK(stage.keeper.drafts.empty());  // it was the first chunk
  }
}

TEST_CASE("a blob shorter than recorded") {
  for (const std::uint64_t stored : {std::uint64_t{0}, std::uint64_t{20}, std::uint64_t{32}, seal::chunk_offset(3) + 100}) {
    CAPTURE(stored);
    Stage stage;
    stage.start();
    const std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
    REQUIRE(stage.send(handle, content_of(9 * kib64), asks::ring_slot_size).ok());
    stage.end();
    REQUIRE(::ftruncate(stage.keeper.drafts.begin()->second.stored.blob.get(), static_cast<off_t>(stored)) == 0);
    stage.start();
    CHECK(stage.gate->ask(resuming())->size == (stored > 32 ? 3 * kib64 : 0));
  }
}

// Every byte of a resumed file is one that stood there at the last Sync or later.
void kill_and_resume(std::uint32_t seed) {
  CAPTURE(seed);
  std::mt19937 random{seed};
  Stage stage;
  stage.start_process();
  const std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
  const auto content_at = [&](std::uint32_t step, std::size_t size) { return content_of(size, step * 1'000); };
  Bytes synced;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const Bytes part = content_at(i, 1 + random() % 150'000);
    REQUIRE(stage.write_block(handle, synced.size(), part).ok());
    synced.insert(synced.end(), part.begin(), part.end());
  }
  REQUIRE(stage.gate->ask(asks::Sync{handle}).ok());
  std::vector<Bytes> states{synced};
  std::uint32_t serial = 0;
  for (std::uint32_t i = 0; i < 12; ++i) {
    Bytes next = states.back();
    const std::uint64_t offset = random() % 2 == 0 ? next.size() : random() % next.size();
    const Bytes part = content_at(100 + i, 1 + random() % 150'000);
    next.resize(std::max<std::size_t>(next.size(), offset + part.size()));
    copy_to(MutableByteView{next}.subspan(offset), part);
    states.push_back(std::move(next));
    stage.ring->copy_in(i, 0, part);
    const asks::WriteBlock ask{handle, offset, i, static_cast<std::uint32_t>(part.size())};
    stage.gate->send(ipc::Frame{asks::WriteBlock::number, ipc::Kind::ask, ++serial, ipc::encode(ask), {}}).value();
  }
  ::usleep(static_cast<useconds_t>(random() % 4'000));
  stage.kill();

  stage.start();
  auto opened = stage.gate->ask(resuming());
  REQUIRE(opened.ok());
  // At worst the chunk in which the synced content ended was being written again.
  CHECK(opened->size + kib64 > synced.size());
  auto row = stage.finish(opened->handle);
  if (!row.ok()) {
    // A chunk of the middle was torn: what stands in front of it is left.
    CHECK(row.error().kind() == Errc::corrupt);
    opened = stage.gate->ask(resuming());
    REQUIRE(opened.ok());
    row = stage.finish(opened->handle);
  }
  REQUIRE(row.ok());
  const Bytes got = stage.read(row->id).value();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    bool known = false;
    for (const Bytes& state : states) known = known || (i < state.size() && state[i] == got[i]);
    if (!known) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a porter that is killed at any moment") {
  for (std::uint32_t seed = 0; seed < 40; ++seed) kill_and_resume(seed);
}

TEST_CASE("a long upload is recorded on the way, so that a killed porter loses little") {
  constexpr std::uint64_t size = 2 * record_step + 3 * asks::ring_slot_size;
  Stage stage;
  stage.start_process();
  const std::uint32_t handle = stage.gate->ask(opening("in.bin", true))->handle;
  const Bytes part = content_of(asks::ring_slot_size);
  for (std::uint64_t offset = 0; offset < size; offset += part.size())
    REQUIRE(stage.write_block(handle, offset, part).ok());
  CHECK(stage.gate->ask(asks::ReadBlock{handle, 0, 0, 0}).error().kind() == Errc::invalid);  // the last block is stored
  stage.kill();
  CHECK(stage.keeper.kept.size() == 2);
  stage.start();
  CHECK(stage.gate->ask(resuming())->size == 2 * record_step);
}

}  // namespace
}  // namespace bulkhead::porter
