// Older versions of files: kept, read, restored, removed, and counted.
#include "keeper/history_fixture.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;
using Sizes = std::vector<std::uint64_t>;

TEST_CASE("settings are set by who administers the folder, and handed down to new folders") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const std::uint32_t a = ann.gate.ask(asks::CreateFolder{home, "a", asks::Inherit::always}).value().id;
  const std::uint32_t deep = ann.gate.ask(asks::CreateFolder{a, "deep", asks::Inherit::always}).value().id;
  const auto set = [](Client& who, std::uint32_t folder) {
    const auto got = who.gate.ask(asks::GetHistorySettings{folder}).value();
    return std::pair{got.versions_kept, got.bin_days};
  };
  CHECK(set(ann, a) == std::pair{0U, 0U});
  const auto changed = ann.gate.ask(asks::ChangeHistorySettings{a, false, 3, {}}).value();
  CHECK(changed.versions_kept == 3);
  CHECK(ann.gate.ask(asks::ChangeHistorySettings{a, false, {}, 7}).value().versions_kept == 3);
  CHECK(set(ann, deep) == std::pair{0U, 0U});
  const std::uint32_t later = ann.gate.ask(asks::CreateFolder{a, "later", asks::Inherit::always}).value().id;
  CHECK(set(ann, later) == std::pair{3U, 7U});
  ann.gate.ask(asks::ChangeHistorySettings{a, true, {}, 2}).value();
  CHECK(set(ann, deep) == std::pair{0U, 2U});
  CHECK(set(ann, later) == std::pair{3U, 2U});

  CHECK(kind_of(ann.gate.ask(asks::ChangeHistorySettings{a, false, asks::versions_kept_max + 1, {}})) == Errc::invalid);
  CHECK(kind_of(ann.gate.ask(asks::ChangeHistorySettings{a, false, {}, asks::bin_days_max + 1})) == Errc::invalid);
  CHECK(kind_of(bob.gate.ask(asks::GetHistorySettings{a})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::ChangeHistorySettings{a, false, 0, {}})) == Errc::not_found);
  ann.gate.ask(asks::SetGrant{a, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(set(bob, a) == std::pair{3U, 2U});
  CHECK(kind_of(bob.gate.ask(asks::ChangeHistorySettings{a, false, 0, {}})) == Errc::denied);
  // A new home takes what is set for /Home.
  Client admin = keeper.sign_on("root", capability::Role::admin);
  const std::uint32_t homes = admin.gate.ask(asks::Lookup{"/Home"}).value().folder->id;
  admin.gate.ask(asks::ChangeHistorySettings{homes, false, 5, 6}).value();
  Client eve = keeper.sign_on("eve");
  CHECK(set(eve, eve.home()) == std::pair{5U, 6U});
}

TEST_CASE("what an upload replaces is kept, up to the number of the folder") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 2, 0);
  const asks::FileRow first = put(ann, folder, "f", 10).value();
  const asks::FileRow second = put(ann, folder, "f", 200'000).value();
  const asks::FileRow third = put(ann, folder, "f", 30).value();
  CHECK(kind_of(ann.gate.ask(asks::GetFile{first.id})) == Errc::not_found);
  CHECK(version_sizes(ann, third.id) == Sizes{30, 200'000, 10});
  check_counts(keeper);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 200'040);
  CHECK(ann.gate.ask(asks::GetFolder{folder}).value().files_size == 200'040);
  CHECK(ann.gate.ask(asks::GetFolder{folder}).value().file_count == 1);
  CHECK(blob_count(keeper.directory) == 1);

  const asks::FileRow fourth = put(ann, folder, "f", 40).value();
  CHECK(version_sizes(ann, fourth.id) == Sizes{40, 30, 200'000});
  const asks::FileRow fifth = put(ann, folder, "f", 50).value();
  CHECK(version_sizes(ann, fifth.id) == Sizes{50, 40, 30});
  CHECK(blobs_become(keeper.directory, 0));
  check_counts(keeper);
  // Slices of the list join.
  const auto slice = ann.gate.ask(asks::ListVersions{fifth.id, {1, 1, false}}).value();
  REQUIRE(slice.rows.size() == 1);
  CHECK(slice.rows[0].file.size == 40);
  CHECK(slice.rows[0].kept_ms > 0);
  CHECK(ann.gate.ask(asks::ListVersions{fifth.id, {3, 10, false}}).value().rows.empty());
  // A folder that keeps none any more removes them with the next upload.
  ann.gate.ask(asks::ChangeHistorySettings{folder, false, 0, {}}).value();
  CHECK(version_sizes(ann, fifth.id) == Sizes{50, 40, 30});
  CHECK(version_sizes(ann, put(ann, folder, "f", 60).value().id) == Sizes{60});
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 60);
  check_counts(keeper);
}

TEST_CASE("an older version is leased as itself, restored, and deleted") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 5, 0);
  const asks::FileRow old = put(ann, folder, "f", 200'000).value();
  const asks::FileRow now = put(ann, folder, "f", 30).value();
  ann.gate.ask(asks::SetModified{"/Home/ann/a/f", 5'000}).value();

  std::vector<Fd> lease;
  const auto leased = ann.porter.ask(asks::LeaseVersion{now.id, old.version}, &lease, 1).value();
  CHECK(leased.row.id == now.id);
  CHECK(leased.row.version == old.version);
  CHECK(leased.row.size == 200'000);
  CHECK(ann.porter.ask(asks::LeaseVersion{now.id, now.version}).value().small);
  CHECK(kind_of(ann.porter.ask(asks::LeaseRead{now.id, old.version})) == Errc::conflict);
  for (const std::uint64_t none : {std::uint64_t{0}, now.version + 1, UINT64_MAX}) {
    CHECK(kind_of(ann.porter.ask(asks::LeaseVersion{now.id, none})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::GetVersion{now.id, none})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::RestoreVersion{now.id, none})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::DeleteVersion{now.id, none})) == Errc::not_found);
  }
  const asks::FileRow other = put(ann, folder, "other", 1).value();
  CHECK(kind_of(ann.porter.ask(asks::LeaseVersion{other.id, old.version})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::RestoreVersion{other.id, old.version})) == Errc::not_found);

  CHECK(kind_of(ann.gate.ask(asks::RestoreVersion{now.id, now.version})) == Errc::conflict);
  const asks::FileRow restored = ann.gate.ask(asks::RestoreVersion{now.id, old.version}).value();
  CHECK(restored.id == now.id);
  CHECK(restored.version == old.version);
  CHECK(restored.size == 200'000);
  CHECK_FALSE(restored.is_new);
  CHECK(version_sizes(ann, now.id) == Sizes{200'000, 30});
  CHECK(ann.gate.ask(asks::GetVersion{now.id, now.version}).value().modified_ms == 5'000);
  check_counts(keeper);
  CHECK(kind_of(ann.gate.ask(asks::DeleteVersion{now.id, old.version})) == Errc::conflict);
  ann.gate.ask(asks::DeleteVersion{now.id, now.version}).value();
  CHECK(version_sizes(ann, now.id) == Sizes{200'000});
  check_counts(keeper);
  CHECK(ann.gate.ask(asks::GetFolder{folder}).value().file_count == 2);
  // With the file go its versions.
  put(ann, folder, "f", 200'001).value();
  const std::uint64_t last = put(ann, folder, "f", 1).value().id;
  ann.gate.ask(asks::DeleteFile{last}).value();
  CHECK(blobs_become(keeper.directory, 0));
  check_counts(keeper);
  CHECK(kind_of(bob.gate.ask(asks::ListVersions{last, {0, 10, false}})) == Errc::not_found);
}

TEST_CASE("versions are seen, read, restored and deleted by the rights in the folder of the file") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 5, 0);
  const asks::FileRow old = put(ann, folder, "f", 10).value();
  const asks::FileRow now = put(ann, folder, "f", 20).value();
  const auto grant = [&](Rights rights) { ann.gate.ask(asks::SetGrant{folder, "bob", rights.bits()}).value(); };
  const auto outcome = [](const auto& result) { return result.ok() ? Errc{} : result.error().kind(); };
  const auto check = [&](Rights rights, Errc list, Errc read, Errc restore, Errc remove) {
    CAPTURE(rights.bits());
    grant(rights);
    CHECK(outcome(bob.gate.ask(asks::ListVersions{now.id, {0, 10, false}})) == list);
    CHECK(outcome(bob.gate.ask(asks::GetVersion{now.id, old.version})) == list);
    CHECK(outcome(bob.porter.ask(asks::LeaseVersion{now.id, old.version})) == read);
    const auto restored = bob.gate.ask(asks::RestoreVersion{now.id, old.version});
    CHECK(outcome(restored) == restore);
    if (restored.ok()) ann.gate.ask(asks::RestoreVersion{now.id, now.version}).value();
    CHECK(outcome(bob.gate.ask(asks::DeleteVersion{now.id, now.version})) ==
          (remove == Errc{} ? Errc::conflict : remove));  // the current one: nothing goes
  };
  const Errc none{};
  CHECK(outcome(bob.gate.ask(asks::ListVersions{now.id, {0, 10, false}})) == Errc::not_found);
  CHECK(outcome(bob.porter.ask(asks::LeaseVersion{now.id, old.version})) == Errc::not_found);
  check({Right::list_files}, none, Errc::denied, Errc::denied, Errc::denied);
  check({Right::read_files}, none, none, Errc::denied, Errc::denied);
  check({Right::write_files}, Errc::not_found, Errc::not_found, Errc::not_found, Errc::not_found);
  check({Right::read_files, Right::write_files}, none, none, Errc::denied, Errc::denied);
  check({Right::read_files, Right::write_files, Right::delete_files}, none, none, none, none);
  asks::ChangeFolderSettings overwriting;
  overwriting.folder = folder;
  overwriting.overwrite_allowed = true;
  ann.gate.ask(overwriting).value();
  check({Right::read_files, Right::write_files}, none, none, none, Errc::denied);
  // Where the file goes, its versions go, and the rights of that place hold.
  const std::uint32_t hidden = keeping_folder(ann, ann.home(), "hidden", 0, 0);
  ann.gate.ask(asks::MoveFile{now.id, hidden}).value();
  CHECK(version_sizes(ann, now.id).size() == 2);
  CHECK(outcome(bob.porter.ask(asks::LeaseVersion{now.id, old.version})) == Errc::not_found);
  check_counts(keeper);
}

TEST_CASE("a file that is moved over another one has its versions as older ones of its own") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t a = keeping_folder(ann, ann.home(), "a", 3, 0);
  const std::uint32_t b = keeping_folder(ann, ann.home(), "b", 9, 0);
  put(ann, a, "f", 1).value();
  put(ann, a, "f", 2).value();
  put(ann, b, "part", 10).value();
  const std::uint64_t part = put(ann, b, "part", 20).value().id;
  ann.gate.ask(asks::Move{"/Home/ann/b/part", "/Home/ann/a/f", true}).value();
  CHECK(version_sizes(ann, part) == Sizes{20, 2, 10, 1});
  check_counts(keeper);
  const std::uint64_t again = put(ann, b, "part", 30).value().id;
  ann.gate.ask(asks::Move{"/Home/ann/b/part", "/Home/ann/a/f", true}).value();
  CHECK(version_sizes(ann, again) == Sizes{30, 20, 2, 10});
  CHECK(ann.gate.ask(asks::GetFolder{b}).value().files_size == 0);
  check_counts(keeper);
  // Into a folder that keeps none, what was there is gone; what the file brings stays.
  ann.gate.ask(asks::ChangeHistorySettings{a, false, 0, {}}).value();
  put(ann, b, "part", 40).value();
  const std::uint64_t last = put(ann, b, "part", 50).value().id;
  ann.gate.ask(asks::Move{"/Home/ann/b/part", "/Home/ann/a/f", true}).value();
  CHECK(version_sizes(ann, last) == Sizes{50, 40});
  check_counts(keeper);
}

TEST_CASE("what is kept fills quotas, and what goes for good makes room") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 1, 0);
  asks::ChangeFolderSettings quota;
  quota.folder = folder;
  quota.quota = 100;
  ann.gate.ask(quota).value();
  put(ann, folder, "f", 40).value();
  put(ann, folder, "f", 50).value();
  CHECK(kind_of(put(ann, folder, "g", 11)) == Errc::over_quota);
  CHECK(kind_of(put(ann, folder, "f", 51)) == Errc::over_quota);   // the one of 50 stays
  const std::uint64_t now = put(ann, folder, "f", 50).value().id;  // the one of 40 goes
  CHECK(version_sizes(ann, now) == Sizes{50, 50});
  const auto older = ann.gate.ask(asks::ListVersions{now, {1, 1, false}}).value();
  ann.gate.ask(asks::DeleteVersion{now, older.rows.at(0).file.version}).value();
  put(ann, folder, "g", 50).value();
  check_counts(keeper);
}

TEST_CASE("a restored version is new for all but who restored it, and downloads stay counted") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 1, 0);
  ann.gate.ask(asks::SetGrant{folder, "bob", Rights{Right::read_files}.bits()}).value();
  const std::uint64_t old = put(ann, folder, "f", 1).value().version;
  const asks::FileRow now = put(ann, folder, "f", 2).value();
  bob.porter.ask(asks::LeaseRead{now.id, now.version}).value();
  bob.porter.ask(asks::LeaseVersion{now.id, old}).value();  // does not count
  CHECK_FALSE(bob.gate.ask(asks::GetFile{now.id}).value().is_new);
  ann.gate.ask(asks::RestoreVersion{now.id, old}).value();
  const asks::FileRow seen = bob.gate.ask(asks::GetFile{now.id}).value();
  CHECK(seen.is_new);
  CHECK(seen.download_count == 1);
}

}  // namespace
}  // namespace bulkhead::keeper
