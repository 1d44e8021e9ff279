// The recycle bin: what goes there, who sees it, and how it comes back or goes for good.
#include "keeper/history_fixture.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;
using Sizes = std::vector<std::uint64_t>;

constexpr UnixMs day_ms = 24LL * 60 * 60 * 1'000;

TEST_CASE("a deleted file is nowhere but in the bin, with its versions, and comes back as it was") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 3, 7);
  put(ann, folder, "f", 200'000).value();
  const asks::FileRow file = put(ann, folder, "f", 20).value();
  ann.gate.ask(asks::RemoveEntry{"/Home/ann/a/f", false}).value();
  check_counts(keeper);
  CHECK(kind_of(ann.gate.ask(asks::GetFile{file.id})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::Lookup{"/Home/ann/a/f"})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::Lookup{"/bin"})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::ListVersions{file.id, {0, 10, false}})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::DeleteFile{file.id})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::GetUpload{file.id})) == Errc::not_found);
  CHECK(kind_of(ann.porter.ask(asks::LeaseRead{file.id, file.version})) == Errc::not_found);
  CHECK(kind_of(ann.porter.ask(asks::LeaseVersion{file.id, file.version})) == Errc::not_found);
  CHECK(ann.gate.ask(asks::ListEntries{folder, asks::EntryKind::folder, ""}).value().rows.empty());
  CHECK(all_files(ann) == 0);
  for (const std::uint32_t hidden : {std::uint32_t{bin_folder}, 0U}) {
    CHECK(kind_of(ann.gate.ask(asks::GetFolder{hidden})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::ListEntries{hidden, asks::EntryKind::folder, ""})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::DeleteFolder{hidden})) == Errc::not_found);
    CHECK(kind_of(ann.gate.ask(asks::SetGrant{hidden, "ann", 1})) == Errc::not_found);
    CHECK(kind_of(put(ann, hidden, "x", 1)) == Errc::not_found);
  }
  const asks::FolderRow emptied = ann.gate.ask(asks::GetFolder{folder}).value();
  CHECK(emptied.file_count == 0);
  CHECK(emptied.files_size == 200'020);

  const auto rows = bin_of(ann);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == file.id);
  CHECK(rows[0].name == "f");
  CHECK(rows[0].folder_path == "/Home/ann/a");
  CHECK(rows[0].folder == folder);
  CHECK(rows[0].size == 20);
  CHECK(rows[0].total_size == 200'020);
  CHECK(rows[0].version_count == 2);
  CHECK(rows[0].deleted_by == "ann");
  CHECK(rows[0].until_ms == rows[0].deleted_ms + 7 * day_ms);

  put(ann, folder, "f", 1).value();
  CHECK(kind_of(ann.gate.ask(asks::RestoreBinned{file.id, 0})) == Errc::conflict);
  CHECK(bin_of(ann).size() == 1);
  ann.gate.ask(asks::Move{"/Home/ann/a/f", "/Home/ann/a/g", false}).value();
  const asks::FileRow back = ann.gate.ask(asks::RestoreBinned{file.id, 0}).value();
  CHECK(back.id == file.id);
  CHECK(back.folder_path == "/Home/ann/a");
  CHECK(back.name == "f");
  CHECK(version_sizes(ann, file.id) == Sizes{20, 200'000});
  CHECK(bin_of(ann).empty());
  check_counts(keeper);
  CHECK(blob_count(keeper.directory) == 1);
}

TEST_CASE("files go for good one by one, all at once, or when their days are over") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 3, 7);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 5; ++i) {
    put(ann, folder, cat("f", i), 100'000).value();
    ids.push_back(put(ann, folder, cat("f", i), 100'000).value().id);
    ann.gate.ask(asks::DeleteFile{ids.back()}).value();
  }
  CHECK(blob_count(keeper.directory) == 10);
  const auto two = ann.gate.ask(asks::ListBin{"f?", "HOME/ann", {1, 2, false}}).value();
  CHECK(two.total == 5);
  CHECK(two.rows.size() == 2);
  CHECK(ann.gate.ask(asks::ListBin{"f3", "", {0, 9, false}}).value().total == 1);
  CHECK(ann.gate.ask(asks::ListBin{"", "/b", {0, 9, false}}).value().total == 0);
  ann.gate.ask(asks::DeleteBinned{ids[2]}).value();
  CHECK(kind_of(ann.gate.ask(asks::DeleteBinned{ids[2]})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::RestoreBinned{ids[2], 0})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::DeleteBinned{UINT64_MAX})) == Errc::not_found);
  CHECK(blobs_become(keeper.directory, 8));
  check_counts(keeper);
  const auto emptied = ann.gate.ask(asks::EmptyBin{}).value();
  CHECK(emptied.removed == 4);
  CHECK(emptied.end);
  CHECK(bin_of(ann).empty());
  CHECK(blobs_become(keeper.directory, 0));
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 0);

  ann.gate.ask(asks::ChangeHistorySettings{folder, false, {}, 1}).value();
  ann.gate.ask(asks::DeleteFile{put(ann, folder, "soon", 100'000).value().id}).value();
  ann.gate.ask(asks::ChangeHistorySettings{folder, false, {}, 2}).value();
  const std::uint64_t later = put(ann, folder, "later", 100'000).value().id;
  ann.gate.ask(asks::DeleteFile{later}).value();
  keeper.clock_ahead = day_ms + 1'000;
  CHECK(blobs_become(keeper.directory, 1));
  keeper.clock_ahead = 0;  // or the capability is no longer good
  const auto rows = bin_of(ann);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == later);
  check_counts(keeper);
}

TEST_CASE("who sees what of the bin, and may do what with it") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client admin = keeper.sign_on("root", capability::Role::admin);
  Client stranger = keeper.sign_on("ann", capability::Role::admin, company + 1);
  Client system = keeper.sign_on("sys", capability::Role::sys_admin);
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "a", 0, 7);
  const auto grant = [&](Rights rights) { ann.gate.ask(asks::SetGrant{folder, "bob", rights.bits()}).value(); };
  const auto drop = [&](Client& who, const std::string& name) {
    const std::uint64_t id = put(ann, folder, name, 10).value().id;
    who.gate.ask(asks::DeleteFile{id}).value();
    return id;
  };
  const std::uint64_t hers = drop(ann, "hers");
  grant({Right::list_files, Right::read_files, Right::write_files});
  CHECK(bin_of(bob).empty());
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{hers, folder})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::DeleteBinned{hers})) == Errc::not_found);
  CHECK(bob.gate.ask(asks::EmptyBin{}).value().removed == 0);
  CHECK(bin_of(admin).size() == 1);
  for (Client* other : {&stranger, &system}) {
    CHECK(bin_of(*other).empty());
    CHECK(kind_of(other->gate.ask(asks::RestoreBinned{hers, 0})) == Errc::not_found);
    CHECK(kind_of(other->gate.ask(asks::DeleteBinned{hers})) == Errc::not_found);
    CHECK(other->gate.ask(asks::EmptyBin{}).value().removed == 0);
  }
  // Who may delete there sees it; to take it to his own place he must be able to read it where it was.
  grant({Right::delete_files});
  CHECK(bin_of(bob).size() == 1);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{hers, 0})) == Errc::denied);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{hers, bob.home()})) == Errc::denied);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{hers, ann.home()})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{hers, 123})) == Errc::not_found);
  grant({Right::delete_files, Right::read_files});
  CHECK(bob.gate.ask(asks::RestoreBinned{hers, bob.home()}).value().folder_path == "/Home/bob");
  check_counts(keeper);
  // What he deleted himself he goes on to see, without a right to anything.
  grant({Right::delete_files});
  const std::uint64_t his = drop(bob, "his");
  ann.gate.ask(asks::RemoveGrant{folder, "bob"}).value();
  CHECK(bin_of(bob).size() == 1);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{his, 0})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{his, bob.home()})) == Errc::denied);
  CHECK(kind_of(bob.gate.ask(asks::DeleteBinned{his})) == Errc::denied);
  CHECK(bob.gate.ask(asks::EmptyBin{}).value().removed == 0);
  CHECK(admin.gate.ask(asks::EmptyBin{}).value().removed == 1);
  check_counts(keeper);
}

TEST_CASE("files of a removed folder lie in the bin without a place to go back to") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client admin = keeper.sign_on("root", capability::Role::admin);
  const std::uint32_t home = ann.home();
  const std::uint32_t top = keeping_folder(ann, home, "top", 2, 7);
  const std::uint32_t below = ann.gate.ask(asks::CreateFolder{top, "below", asks::Inherit::always}).value().id;
  const std::uint32_t without = keeping_folder(ann, top, "without", 2, 0);
  const std::uint64_t earlier = put(ann, below, "earlier", 5).value().id;
  ann.gate.ask(asks::DeleteFile{earlier}).value();
  put(ann, below, "f", 100'000).value();
  const std::uint64_t f = put(ann, below, "f", 7).value().id;
  put(ann, top, "g", 100'000).value();
  put(ann, without, "lost", 100'000).value();
  ann.gate.ask(asks::DeleteFolder{top}).value();
  check_counts(keeper);
  CHECK(kind_of(ann.gate.ask(asks::GetFolder{top})) == Errc::not_found);
  CHECK(blobs_become(keeper.directory, 2));
  CHECK(ann.gate.ask(asks::GetFolder{home}).value().files_size == 0);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 200'012);
  const auto rows = bin_of(ann);
  REQUIRE(rows.size() == 3);
  for (const asks::BinRow& row : rows) CHECK(row.folder == 0);
  CHECK(bin_of(admin).size() == 3);
  // Whoever may delete in the folder above gains nothing.
  ann.gate.ask(asks::SetGrant{home, "bob", Rights::all().without(Right::admin).bits()}).value();
  CHECK(bin_of(bob).empty());

  CHECK(kind_of(ann.gate.ask(asks::RestoreBinned{f, 0})) == Errc::not_found);
  CHECK(ann.gate.ask(asks::RestoreBinned{f, home}).value().name == "f");
  CHECK(version_sizes(ann, f) == Sizes{7, 100'000});
  check_counts(keeper);
  ann.gate.ask(asks::DeleteBinned{earlier}).value();
  CHECK(ann.gate.ask(asks::EmptyBin{}).value().removed == 1);
  check_counts(keeper);
  CHECK(blobs_become(keeper.directory, 1));
}

TEST_CASE("who deletes a folder without reading it does not read it afterwards") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t top = keeping_folder(ann, ann.home(), "top", 0, 7);
  const std::uint32_t below = ann.gate.ask(asks::CreateFolder{top, "below", asks::Inherit::always}).value().id;
  const std::uint64_t file = put(ann, below, "f", 5).value().id;
  ann.gate.ask(asks::SetGrant{top, "bob", Rights{Right::delete_files, Right::add_delete_subfolders}.bits()}).value();
  bob.gate.ask(asks::DeleteFolder{below}).value();
  CHECK(bin_of(bob).size() == 1);
  CHECK(kind_of(bob.gate.ask(asks::RestoreBinned{file, bob.home()})) == Errc::denied);
  bob.gate.ask(asks::DeleteBinned{file}).value();
  check_counts(keeper);
}

TEST_CASE("the bin is there after a restart, and what is in it fills quotas") {
  const std::string directory = new_directory();
  std::uint64_t file = 0;
  std::uint32_t folder = 0;
  {
    Running keeper{directory};
    Client ann = keeper.sign_on("ann");
    folder = keeping_folder(ann, ann.home(), "a", 1, 7);
    put(ann, folder, "f", 100'000).value();
    file = put(ann, folder, "f", 100'000).value().id;
    ann.gate.ask(asks::DeleteFile{file}).value();
    std::filesystem::copy(directory, directory + "-kept", std::filesystem::copy_options::recursive);
  }
  Running keeper{directory + "-kept"};
  Client ann = keeper.sign_on("ann");
  CHECK(blob_count(keeper.directory) == 2);
  asks::ChangeFolderSettings quota;
  quota.folder = folder;
  quota.quota = 250'000;
  ann.gate.ask(quota).value();
  CHECK(kind_of(put(ann, folder, "g", 60'000)) == Errc::over_quota);
  CHECK(ann.gate.ask(asks::RestoreBinned{file, 0}).value().size == 100'000);
  CHECK(version_sizes(ann, file) == Sizes{100'000, 100'000});
  quota.folder = ann.home();
  quota.quota = 150'000;
  ann.gate.ask(quota).value();
  ann.gate.ask(asks::DeleteFile{file}).value();
  CHECK(kind_of(ann.gate.ask(asks::RestoreBinned{file, ann.home()})) == Errc::over_quota);
  check_counts(keeper);
}

}  // namespace
}  // namespace bulkhead::keeper
