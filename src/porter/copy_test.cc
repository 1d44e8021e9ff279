// Copies inside, and quotas: what keeper has no room for is refused before it is written.
#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

TEST_CASE("a copied file has the content, a key of its own, and an entry that says copy") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kib64, kib64 + 1, 30 * kib64 + 3}) {
    CAPTURE(size);
    const Bytes content = content_of(size);
    Stage stage;
    stage.keeper.store(40, content, stage.vault);
    stage.start();
    const auto row = stage.gate->ask(asks::CopyFile{40, 7, 5, "agent"});
    REQUIRE(row.ok());
    CHECK(row->id != 40);
    CHECK(row->sha256 == crypt::sha256(content));
    CHECK(stage.read(row->id).value() == content);
    stage.end();
    CHECK(stage.vault.releases.at(0).purpose == asks::Purpose::copy);
    CHECK(stage.vault.sents.at(0).ranges.empty());
    CHECK(stage.vault.receipts.size() == 1);
    CHECK(stage.keeper.files.at(40).tag != stage.keeper.files.at(row->id).tag);
    CHECK(stage.vault.keys.at(stage.keeper.files.at(40).tag) !=
          stage.vault.keys.at(stage.keeper.files.at(row->id).tag));
  }
}

TEST_CASE("a copy whose content is not what the catalog says, or that has no room, leaves nothing") {
  Stage stage;
  stage.keeper.store(40, content_of(3 * kib64), stage.vault).row.sha256[0] ^= 1U;
  stage.keeper.store(41, content_of(3 * kib64), stage.vault);
  stage.start();
  CHECK(stage.gate->ask(asks::CopyFile{40, 7, 5, ""}).error().kind() == Errc::invalid);
  CHECK(stage.gate->ask(asks::CopyFile{40, 6, 5, ""}).error().kind() == Errc::conflict);
  CHECK(stage.gate->ask(asks::CopyFile{99, 7, 5, ""}).error().kind() == Errc::not_found);
  stage.keeper.quota = 3 * kib64 - 1;
  CHECK(stage.gate->ask(asks::CopyFile{41, 7, 5, ""}).error().kind() == Errc::over_quota);
  stage.end();
  CHECK(stage.keeper.drafts.empty());
  CHECK(stage.keeper.commits.empty());
  CHECK(stage.vault.releases.size() == 1);  // nothing is released for what has no room
}

TEST_CASE("a copied folder is ended when all its files are there, and dropped when one fails") {
  Stage stage;
  stage.keeper.store(40, content_of(10), stage.vault);
  stage.keeper.store(41, content_of(2 * kib64), stage.vault);
  stage.keeper.to_copy = {40, 41};
  stage.start();
  CHECK(stage.gate->ask(asks::CopyFolder{5, 6, "agent"}).ok());
  stage.end();
  CHECK(stage.keeper.commits.size() == 2);
  CHECK(stage.keeper.copies_ended == 1);
  stage.keeper.to_copy = {40, 99};
  stage.start();
  CHECK(stage.gate->ask(asks::CopyFolder{5, 6, "agent"}).error().kind() == Errc::not_found);
  stage.end();
  CHECK(stage.keeper.copies_ended == 1);
  CHECK(stage.keeper.copies_dropped == 1);
  CHECK(stage.keeper.drafts.empty());
}

TEST_CASE("an upload over its quota is refused where it grows beyond, and keeper is asked only for more") {
  Stage stage;
  stage.keeper.quota = 100'000;
  stage.start();
  std::uint32_t handle = stage.gate->ask(opening())->handle;
  CHECK(stage.write_block(handle, 0, Bytes(60'000)).ok());
  CHECK(stage.write_block(handle, 0, Bytes(50'000)).ok());
  CHECK(stage.write_block(handle, 60'000, Bytes(40'000)).ok());
  REQUIRE(stage.finish(handle).ok());
  handle = stage.gate->ask(opening("other"))->handle;
  CHECK(stage.write_block(handle, 0, Bytes(60'000)).ok());
  static_cast<void>(stage.write_block(handle, 60'000, Bytes(40'001)));  // answered before it is written
  CHECK(stage.finish(handle).error().kind() == Errc::over_quota);
  handle = stage.gate->ask(opening("third"))->handle;
  CHECK(stage.gate->ask(asks::Truncate{handle, 100'001}).error().kind() == Errc::over_quota);
  stage.end();
  CHECK(stage.keeper.reserved == std::vector<std::uint64_t>{60'000, 100'000, 60'000, 100'001, 100'001});
  CHECK(stage.keeper.commits.size() == 1);
}

TEST_CASE("an upload of a known size claims it at the start; where that is too much it tries what it gets") {
  Stage stage;
  stage.keeper.quota = 100'000;
  stage.start();
  asks::OpenWrite ask = opening();
  ask.expected = 90'000;
  std::uint32_t handle = stage.gate->ask(ask)->handle;
  CHECK(stage.write_block(handle, 0, Bytes(60'000)).ok());
  CHECK(stage.write_block(handle, 60'000, Bytes(30'000)).ok());
  REQUIRE(stage.finish(handle).ok());
  ask = opening("other");
  ask.expected = 100'300;  // the request has more in it than the file
  handle = stage.gate->ask(ask)->handle;
  CHECK(stage.write_block(handle, 0, Bytes(100'000)).ok());
  REQUIRE(stage.finish(handle).ok());
  stage.end();
  CHECK(stage.keeper.reserved == std::vector<std::uint64_t>{90'000, 100'300, 100'000});
}

}  // namespace
}  // namespace bulkhead::porter
