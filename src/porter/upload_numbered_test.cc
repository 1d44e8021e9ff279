#include "porter/draft.h"
#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

std::uint64_t begin(Stage& stage, const std::string& name = "in.bin") {
  return stage.gate->ask(asks::NewUpload{5, name, {}}).value().upload;
}
asks::OpenWrite::Reply open(Stage& stage, std::uint64_t upload, bool hold = false) {
  return stage.gate->ask(asks::OpenUpload{upload, "agent", 0, hold}).value();
}

TEST_CASE("a numbered upload stays without a byte, and grows over many handles") {
  const Bytes content = content_of(10 * kib64 + 3);
  Stage stage;
  stage.start();
  const std::uint64_t upload = begin(stage);
  stage.end();
  CHECK(stage.keeper.dropped.empty());
  CHECK(stage.keeper.drafts.at(upload).size == 0);
  std::uint64_t offset = 0;
  for (const std::size_t piece : {std::size_t{0}, std::size_t{10}, kib64, 3 * kib64 - 10, kib64 + 1}) {
    CAPTURE(piece);
    stage.start();
    const auto opened = open(stage, upload);
    CHECK(opened.size == offset);
    CHECK(stage.gate->ask(asks::OpenUpload{upload, "", 0, false}).error().kind() == Errc::conflict);
    REQUIRE(stage.send(opened.handle, ByteView{content}.subspan(offset, piece), 50'000, offset).ok());
    offset += piece;
    if (piece % 2 == 0) REQUIRE(stage.gate->ask(asks::Keep{opened.handle}).ok());
    stage.end();
    CHECK(stage.keeper.drafts.at(upload).size == offset);
  }
  stage.start();
  const auto opened = open(stage, upload);
  REQUIRE(stage.send(opened.handle, ByteView{content}.subspan(offset), asks::ring_slot_size, offset).ok());
  CHECK(stage.finish(opened.handle)->sha256 == crypt::sha256(content));
  CHECK(stage.read(upload).value() == content);
  CHECK(stage.gate->ask(asks::OpenUpload{upload, "", 0, false}).error().kind() == Errc::not_found);
}

TEST_CASE("what is held is cut off again, unless it was synced") {
  const Bytes content = content_of(9 * kib64 + 77);
  for (const std::size_t before : {std::size_t{0}, std::size_t{100}, 2 * kib64, 2 * kib64 + 5}) {
    CAPTURE(before);
    Stage stage;
    stage.start();
    const std::uint64_t upload = begin(stage);
    auto opened = open(stage, upload);
    REQUIRE(stage.send(opened.handle, ByteView{content}.first(before), 50'000).ok());
    REQUIRE(stage.gate->ask(asks::Sync{opened.handle}).ok());
    REQUIRE(stage.gate->ask(asks::Keep{opened.handle}).ok());
    for (const bool lost : {false, true}) {
      opened = open(stage, upload, true);
      CHECK(opened.size == before);
      REQUIRE(stage.send(opened.handle, Bytes(5 * kib64 + 9, 1), 50'000, before).ok());
      if (lost) {
        stage.end();
        stage.start();
      } else {
        REQUIRE(stage.gate->ask(asks::Keep{opened.handle}).ok());
      }
    }
    opened = open(stage, upload, true);
    CHECK(opened.size == before);
    REQUIRE(stage.send(opened.handle, ByteView{content}.subspan(before, 300), 50'000, before).ok());
    REQUIRE(stage.gate->ask(asks::Sync{opened.handle}).ok());
    REQUIRE(stage.gate->ask(asks::Keep{opened.handle}).ok());
    opened = open(stage, upload, true);
    CHECK(opened.size == before + 300);
    REQUIRE(stage.send(opened.handle, ByteView{content}.subspan(before + 300), 50'000, before + 300).ok());
    CHECK(stage.finish(opened.handle)->sha256 == crypt::sha256(content));
    CHECK(stage.read(upload).value() == content);
  }
}

TEST_CASE("nothing is recorded of what is held, however much it is") {
  Stage stage;
  stage.start();
  const std::uint64_t upload = begin(stage);
  const auto opened = open(stage, upload, true);
  const Bytes slot(asks::ring_slot_size, 4);
  for (std::uint64_t offset = 0; offset < record_step + slot.size(); offset += slot.size())
    REQUIRE(stage.write_block(opened.handle, offset, slot).ok());
  stage.end();
  for (const asks::KeepDraft& kept : stage.keeper.kept) CHECK(kept.size == 0);
}

TEST_CASE("parts are joined in order, and stay") {
  const Bytes content = content_of(7 * kib64 + 1'234);
  Stage stage;
  stage.start();
  std::vector<std::uint64_t> parts;
  std::uint64_t offset = 0;
  for (const std::size_t size :
       {std::size_t{5}, std::size_t{0}, 3 * kib64, kib64 + 1, content.size() - 4 * kib64 - 6}) {
    parts.push_back(begin(stage, "part"));
    const auto opened = open(stage, parts.back());
    REQUIRE(stage.send(opened.handle, ByteView{content}.subspan(offset, size), asks::ring_slot_size).ok());
    REQUIRE(stage.gate->ask(asks::Keep{opened.handle}).ok());
    offset += size;
  }
  REQUIRE(offset == content.size());
  const std::uint64_t whole = begin(stage);
  const auto opened = open(stage, whole);
  for (const std::uint64_t part : parts) REQUIRE(stage.gate->ask(asks::JoinUpload{opened.handle, part}).ok());
  CHECK(stage.gate->ask(asks::JoinUpload{opened.handle, whole}).error().kind() ==
        Errc::conflict);  // into itself: nothing changes
  CHECK(stage.finish(opened.handle)->sha256 == crypt::sha256(content));
  CHECK(stage.read(whole).value() == content);
  CHECK(stage.gate->ask(asks::NewUpload{5, std::string(2'000, 'a'), {}}).error().kind() == Errc::invalid);
  stage.end();
  CHECK(stage.keeper.drafts.size() == parts.size());
}

}  // namespace
}  // namespace bulkhead::porter
