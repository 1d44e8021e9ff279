// Clean-ups and legal holds where a folder keeps older versions and deleted files.
#include "keeper/history_fixture.h"
#include "keeper/retention_fixture.h"

namespace bulkhead::keeper {
namespace {

constexpr UnixMs day_ms = retention::day_ms;

std::vector<asks::VersionRow> versions_of(Client& who, const asks::FileRow& file) {
  return who.gate.ask(asks::ListVersions{file.id, {0, 100, false}}).value().rows;
}
// The moments at which other versions took the place of older ones.
void backdate_replacements(Running& keeper, std::uint64_t file, int days) {
  keeper.in_loop([&] {
    const auto run = [&] {
      return keeper.store.db.run("UPDATE kept_versions SET kept_ms = kept_ms - $2 WHERE file = $1", file,
                                 days * day_ms);
    };
    keeper.store.turn.ask(run).value();
  });
}
void backdate_version(Running& keeper, std::uint64_t version, int days) {
  keeper.in_loop([&] {
    const auto run = [&] {
      return keeper.store.db.run("UPDATE versions SET uploaded_ms = uploaded_ms - $2 WHERE id = $1", version,
                                 days * day_ms);
    };
    keeper.store.turn.ask(run).value();
  });
}

TEST_CASE("a hold keeps older versions, and the current one as it is") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 3, 0);
  put(at.ann, box, "file", 10).value();
  const asks::FileRow file = put(at.ann, box, "file", 20).value();
  const std::uint64_t older = versions_of(at.ann, file).at(1).file.version;
  const asks::HoldRow hold = at.root.gate.ask(hold_on(0, file.id)).value();
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteVersion{file.id, older})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::RestoreVersion{file.id, older})) == Errc::held);
  CHECK(kind_of(put(at.ann, box, "file", 30)) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteFile{file.id})) == Errc::held);
  CHECK(version_sizes(at.ann, file.id) == std::vector<std::uint64_t>{20, 10});
  CHECK(at.ann.porter.ask(asks::LeaseVersion{file.id, older}).ok());
  at.root.gate.ask(asks::LiftHold{hold.id}).value();
  CHECK(at.ann.gate.ask(asks::RestoreVersion{file.id, older}).ok());
  CHECK(at.ann.gate.ask(asks::DeleteVersion{file.id, file.version}).ok());
  check_counts(at.keeper);
}

TEST_CASE("a hold keeps what lies in the bin, and lets nothing in") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 0, 1);
  const std::uint32_t aside = at.folder("aside");
  const asks::FileRow binned = put(at.ann, box, "binned", 10).value();
  const asks::FileRow free = put(at.ann, keeping_folder(at.ann, at.home, "free", 0, 1), "free", 10).value();
  for (const asks::FileRow& file : {binned, free}) at.ann.gate.ask(asks::DeleteFile{file.id}).value();
  const asks::FileRow file = put(at.ann, box, "file", 20).value();
  const asks::HoldRow hold = at.root.gate.ask(hold_on(box)).value();
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteFile{file.id})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteFolder{box})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteBinned{binned.id})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::RestoreBinned{binned.id, aside})) == Errc::held);
  CHECK(at.ann.gate.ask(asks::EmptyBin{}).value().removed == 1);
  CHECK(bin_of(at.ann).size() == 1);
  // Nor does its time there end.
  at.keeper.clock_ahead = day_ms + 1'000;
  ::usleep(100'000);
  at.keeper.in_loop([] {});
  at.keeper.clock_ahead = 0;
  REQUIRE(bin_of(at.ann).size() == 1);
  CHECK(at.ann.gate.ask(asks::RestoreBinned{binned.id, 0}).ok());
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteFile{binned.id})) == Errc::held);
  at.root.gate.ask(asks::LiftHold{hold.id}).value();
  CHECK(at.ann.gate.ask(asks::DeleteFile{binned.id}).ok());
  CHECK(at.ann.gate.ask(asks::DeleteBinned{binned.id}).ok());
  check_counts(at.keeper);
}

TEST_CASE("a clean-up takes a file with all its versions, and not into the bin") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 3, 30);
  put(at.ann, box, "file", 100'000).value();
  const asks::FileRow file = put(at.ann, box, "file", 200'000).value();
  backdate(at.keeper, file.id, 31);
  backdate_replacements(at.keeper, file.id, 31);
  CHECK(blob_count(at.keeper.directory) == 2);
  at.ann.gate.ask(cleaning(box, 30)).value();
  CHECK(goes(at.ann, file));
  CHECK(blobs_become(at.keeper.directory, 0));
  CHECK(bin_of(at.ann).empty());
  CHECK(all_files(at.ann) == 0);
  CHECK(at.ann.gate.ask(asks::Search{"file", "", 0, 10}).value().rows.empty());
  check_counts(at.keeper);
}

TEST_CASE("what was deleted stays no longer in the bin than a clean-up would have left it") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 0, 30);
  const std::uint32_t inner = keeping_folder(at.ann, box, "inner", 0, 30);
  at.ann.gate.ask(cleaning(box, 10)).value();
  at.ann.gate.ask(cleaning(inner, 40)).value();
  const asks::FileRow soon = put(at.ann, box, "soon", 10).value();
  const asks::FileRow late = put(at.ann, inner, "late", 10).value();
  at.ann.gate.ask(asks::DeleteFile{soon.id}).value();
  at.ann.gate.ask(asks::DeleteFolder{box}).value();
  const auto binned = bin_of(at.ann);
  REQUIRE(binned.size() == 2);
  for (const asks::BinRow& row : binned) {
    const bool is_soon = row.id == soon.id;
    CHECK(row.until_ms == (is_soon ? soon.uploaded_ms + 10 * day_ms : row.deleted_ms + 30 * day_ms));
  }
  // A clean-up itself takes nothing from there.
  backdate(at.keeper, late.id, 100);
  ::usleep(100'000);
  at.keeper.in_loop([] {});
  CHECK(bin_of(at.ann).size() == 2);
}

TEST_CASE("the age of a file counts from its current version, replaced or restored") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 3, 0);
  const std::uint32_t aside = at.folder("aside");
  const asks::FileRow first = put(at.ann, box, "file", 10).value();
  backdate(at.keeper, first.id, 100);
  const asks::FileRow second = put(at.ann, box, "file", 20).value();
  const auto due = [&] { return preview(at.ann, box, unix_now_ms() + 365 * day_ms).at(0).due_ms - 30 * day_ms; };
  at.ann.gate.ask(cleaning(box, 30)).value();
  CHECK(stays(at.keeper, at.ann, second));
  CHECK(due() == second.uploaded_ms);
  // As if it had been replaced 20 days ago.
  backdate_version(at.keeper, second.version, 20);
  backdate_replacements(at.keeper, second.id, 20);
  CHECK(due() == second.uploaded_ms - 20 * day_ms);
  const std::uint64_t older = versions_of(at.ann, second).at(1).file.version;
  at.ann.gate.ask(asks::RestoreVersion{second.id, older}).value();
  CHECK(due() >= second.uploaded_ms);
  CHECK(stays(at.keeper, at.ann, second));
  // So does that of one that is renamed over another.
  const asks::FileRow third = put(at.ann, aside, "third", 30).value();
  backdate(at.keeper, third.id, 100);
  at.ann.gate.ask(asks::Move{"/Home/ann/aside/third", "/Home/ann/box/file", true}).value();
  CHECK(version_sizes(at.ann, third.id) == std::vector<std::uint64_t>{30, 10, 20});
  CHECK(due() >= second.uploaded_ms);
  CHECK(stays(at.keeper, at.ann, third));
  check_counts(at.keeper);
}

TEST_CASE("keys of older versions move with that of the current one, and come with every kind of lease") {
  std::optional<Scene> at{std::in_place};
  VaultDouble vault{at->keeper};
  const std::uint32_t box = keeping_folder(at->ann, at->home, "box", 3, 0);
  put(at->ann, box, "file", 10).value();
  const asks::FileRow file = put(at->ann, box, "file", 20).value();
  const std::uint64_t older = versions_of(at->ann, file).at(1).file.version;
  at->ann.gate.ask(cleaning(box, 30)).value();
  const std::uint32_t day = retention::bucket_of(file.uploaded_ms, 30);
  const auto bucket = [&](const auto& ask) {
    const asks::LeaseRead::Reply reply = at->ann.porter.ask(ask).value();
    at->ann.porter.notify(asks::EndLease{file.id}).value();
    return std::pair{reply.bucket_day, reply.wrapped_key};
  };
  const std::pair wanted{day, VaultDouble::wrapped(day)};
  CHECK(becomes([&] { return bucket(asks::LeaseVersion{file.id, older}) == wanted; }));
  CHECK(becomes([&] { return bucket(asks::LeasePath{"/Home/ann/box/file"}) == wanted; }));
  CHECK(bucket(asks::LeaseVersion{file.id, file.version}) == wanted);
  at.reset();
}

TEST_CASE("reading by path or an older version is a transfer as well") {
  Scene at;
  const std::uint32_t box = keeping_folder(at.ann, at.home, "box", 3, 0);
  const asks::FileRow by_path = put(at.ann, box, "path", 10).value();
  put(at.ann, box, "version", 10).value();
  const asks::FileRow by_version = put(at.ann, box, "version", 20).value();
  const std::uint64_t older = versions_of(at.ann, by_version).at(1).file.version;
  at.ann.gate.ask(asks::RestoreVersion{by_version.id, older}).value();
  for (const asks::FileRow& file : {by_path, by_version}) {
    backdate(at.keeper, file.id, 31);
    backdate_replacements(at.keeper, file.id, 31);
  }
  at.ann.porter.ask(asks::LeasePath{"/Home/ann/box/path"}).value();
  at.ann.porter.ask(asks::LeaseVersion{by_version.id, by_version.version}).value();
  at.ann.gate.ask(cleaning(box, 30)).value();
  for (const asks::FileRow& file : {by_path, by_version}) CHECK(stays(at.keeper, at.ann, file));
  for (const asks::CleanupRow& row : preview(at.ann, box)) CHECK(row.stays == asks::Stays::transfer);
  for (const asks::FileRow& file : {by_path, by_version}) at.ann.porter.notify(asks::EndLease{file.id}).value();
  CHECK(becomes([&] {
    at.ann.gate.ask(cleaning(box, 30)).value();
    return !is_there(at.ann, by_path) && !is_there(at.ann, by_version);
  }));
}

}  // namespace
}  // namespace bulkhead::keeper
