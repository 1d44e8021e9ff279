#include "porter/lease.h"

#include "porter/stage.h"

namespace bulkhead::porter {
namespace {

std::uint32_t write(Stage& stage, const asks::OpenWrite& how, const Bytes& content) {
  const std::uint32_t handle = stage.gate->ask(how).value().handle;
  REQUIRE(stage.write_block(handle, 0, content).ok());
  return handle;
}

TEST_CASE("keeper hears of the end of every lease: asks::EndLease") {
  Stage stage;
  stage.keeper.store(1, content_of(3 * kib64), stage.vault);
  stage.keeper.store(2, content_of(100), stage.vault);
  stage.keeper.store(3, content_of(100), stage.vault);
  stage.keeper.older[{3, 7}] = std::move(stage.keeper.files[3]);
  stage.keeper.files.erase(3);
  stage.start();
  const std::uint32_t first = stage.gate->ask(asks::OpenRead{1, 7}).value().handle;
  REQUIRE(stage.gate->ask(asks::OpenRead{2, 7}).ok());
  REQUIRE(stage.gate->ask(asks::Digest{1, 7, 1, 0, 100}).ok());
  REQUIRE(stage.gate->ask(asks::CopyFile{1, 7, 5, ""}).ok());
  REQUIRE(stage.gate->ask(asks::OpenPath{"/Home/report.bin", 5, kib64}).ok());
  REQUIRE(stage.gate->ask(asks::OpenVersion{3, 7}).ok());
  REQUIRE_FALSE(stage.gate->ask(asks::OpenRead{1, 8}).ok());
  REQUIRE(stage.gate->ask(asks::Close{first}).ok());
  stage.end();
  CHECK(stage.keeper.leased.empty());
}

TEST_CASE("the days of the folder reach the vault, and the bucket comes back with each lease") {
  Stage stage;
  stage.keeper.keep_days = 30;
  stage.start();
  const std::uint32_t handle = write(stage, opening(), content_of(100));
  const asks::FileRow row = stage.finish(handle).value();
  REQUIRE(stage.gate->ask(asks::OpenRead{row.id, row.version}).ok());
  stage.keeper.keep_days = 0;
  REQUIRE(stage.finish(write(stage, opening("kept"), content_of(100))).ok());
  stage.end();
  CHECK(stage.vault.receipts.at(0).keep_days == 30);
  CHECK(stage.keeper.commits.at(0).bucket_day == 20'030);
  CHECK(stage.vault.releases.at(0).bucket_day == 20'030);
  CHECK(stage.vault.receipts.at(1).keep_days == 0);
  CHECK(stage.keeper.commits.at(1).bucket_day == 0);
}

}  // namespace
}  // namespace bulkhead::porter
