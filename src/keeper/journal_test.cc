#include "keeper/history_fixture.h"

using namespace bulkhead;
using namespace bulkhead::keeper;
using asks::EventKind;

namespace {

struct Told {
  ipc::Channel channel;
  std::uint64_t after = 0;

  explicit Told(Running& keeper) : channel{keeper.chronicle()} {}
  std::vector<asks::Event> read() {
    std::vector<asks::Event> events;
    const asks::EventsAfter::Reply reply = channel.ask(asks::EventsAfter{after}).value();
    for (const auto& stored : reply.events) {
      after = stored.sequence;
      events.push_back(ipc::decode<asks::Event>(stored.event).value());
    }
    return events;
  }
  asks::Event one() {
    const std::vector<asks::Event> events = read();
    REQUIRE(events.size() == 1);
    return events[0];
  }
};

}  // namespace

TEST_CASE("journal: files that are renamed, moved and deleted, by number and by path") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Told told{keeper};
  const std::uint32_t home = ann.home();
  const asks::FileRow file = ann.upload(home, "a.txt").value();
  CHECK(told.read().empty());  // the ledger has it
  asks::ChangeFile rename;
  rename.file = file.id;
  rename.name = "b%_.txt";
  REQUIRE(ann.gate.ask(rename).ok());
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::file_moved);
  CHECK(event.organisation == company);
  CHECK(event.user_name == "ann");
  CHECK(event.user.size() == 16);
  CHECK(event.address == "192.0.2.7");
  CHECK(event.file == file.id);
  CHECK(event.file_name == "b%_.txt");
  CHECK(event.folder == home);
  CHECK(event.folder_path == "/Home/ann");
  CHECK(event.message == "was /Home/ann/a.txt");

  const asks::FolderRow sub = ann.gate.ask(asks::CreateFolder{home, "sub"}).value();
  event = told.one();
  CHECK(event.kind == EventKind::folder_created);
  CHECK(event.folder == sub.id);
  CHECK(event.folder_path == "/Home/ann/sub");
  REQUIRE(ann.gate.ask(asks::MoveFile{file.id, sub.id}).ok());
  CHECK(told.one().folder_path == "/Home/ann/sub");
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/sub/b%_.txt", "/Home/ann/c.txt"}).ok());
  event = told.one();
  CHECK(event.file == file.id);
  CHECK(event.file_name == "c.txt");
  CHECK(event.message == "was /Home/ann/sub/b%_.txt");
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/sub", "/Home/ann/sub2"}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::folder_moved);
  CHECK(event.folder_path == "/Home/ann/sub2");
  REQUIRE(ann.gate.ask(asks::RemoveEntry{"/Home/ann/sub2", true}).ok());
  CHECK(told.one().kind == EventKind::folder_deleted);

  const asks::PlacesOf::Reply places = told.channel.ask(asks::PlacesOf{{file.id, 5}}).value();
  REQUIRE(places.places.size() == 1);
  CHECK(places.places[0].folder == home);
  REQUIRE(ann.gate.ask(asks::DeleteFile{file.id}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::file_deleted);
  CHECK(event.file_name == "c.txt");
  CHECK(told.channel.ask(asks::PlacesOf{{file.id}})->places.empty());
}

TEST_CASE("journal: rights, groups and settings; what was refused or changed nothing is not there") {
  Running keeper;
  Client boss = keeper.sign_on("boss", capability::Role::admin);
  Client ann = keeper.sign_on("ann");
  Told told{keeper};
  const std::uint32_t home = boss.home();
  asks::SetGrant grant;
  grant.folder = home;
  grant.holder = "ann";
  grant.rights = 9;
  REQUIRE(boss.gate.ask(grant).ok());
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::rights_set);
  CHECK(event.target_name == "ann");
  CHECK(event.folder_path == "/Home/boss");
  CHECK(event.message == "readFiles listFiles");
  REQUIRE(boss.gate.ask(asks::RemoveGrant{home, "ann", false}).ok());
  CHECK(told.one().kind == EventKind::rights_removed);
  const asks::GroupRow group = boss.gate.ask(asks::CreateGroup{"readers", ""}).value();
  CHECK(told.one().target_name == "readers");
  REQUIRE(boss.gate.ask(asks::AddMembers{group.id, {"ann"}}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::group_members_added);
  CHECK(event.target_name == "readers");
  CHECK(event.message == "ann");
  REQUIRE(boss.gate.ask(asks::RemoveMember{group.id, "ann"}).ok());
  CHECK(told.one().kind == EventKind::group_member_removed);
  asks::ChangeFolderSettings settings;
  settings.folder = home;
  settings.quota = 5'000;
  REQUIRE(boss.gate.ask(settings).ok());
  CHECK(told.one().message == "quota 5000");
  REQUIRE(boss.gate.ask(asks::UserQuota{"ann", 7'000}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::quota_set);
  CHECK(event.message == "7000 bytes");

  CHECK_FALSE(ann.gate.ask(asks::DeleteFolder{home}).ok());
  CHECK_FALSE(ann.gate.ask(asks::CreateGroup{"mine", ""}).ok());
  REQUIRE(boss.gate.ask(asks::UserQuota{"ann", {}}).ok());
  CHECK(told.read().empty());
}

TEST_CASE("journal: older versions, the recycle bin, and what a folder keeps and sends") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Told told{keeper};
  const std::uint32_t folder = keeping_folder(ann, ann.home(), "kept", 5, 30);
  std::vector<asks::Event> events = told.read();
  REQUIRE(events.size() == 2);
  CHECK(events[1].kind == EventKind::folder_settings_changed);
  CHECK(events[1].message == "keeps 5 versions, deleted files for 30 days");
  put(ann, folder, "a.txt", 10).value();
  put(ann, folder, "a.txt", 20).value();
  const asks::FileRow file = put(ann, folder, "a.txt", 30).value();
  CHECK(told.read().empty());
  const auto versions = ann.gate.ask(asks::ListVersions{file.id, {0, 10, false}}).value();
  REQUIRE(versions.rows.size() == 3);
  REQUIRE(ann.gate.ask(asks::RestoreVersion{file.id, versions.rows[2].file.version}).ok());
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::version_restored);
  CHECK(event.folder_path == "/Home/ann/kept");
  CHECK(event.message == cat("version ", versions.rows[2].file.version));
  REQUIRE(ann.gate.ask(asks::DeleteVersion{file.id, versions.rows[1].file.version}).ok());
  CHECK(told.one().kind == EventKind::version_deleted);

  REQUIRE(ann.gate.ask(asks::DeleteFile{file.id}).ok());
  CHECK(told.one().kind == EventKind::file_deleted);
  REQUIRE(ann.gate.ask(asks::RestoreBinned{file.id, 0}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::file_undeleted);
  CHECK(event.folder_path == "/Home/ann/kept");
  REQUIRE(ann.gate.ask(asks::DeleteFile{file.id}).ok());
  told.one();
  REQUIRE(ann.gate.ask(asks::DeleteBinned{file.id}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::bin_file_deleted);
  CHECK(event.file == file.id);
  CHECK(event.file_name == "a.txt");
  CHECK(event.folder == folder);
  CHECK(event.folder_path == "/Home/ann/kept");
  REQUIRE(ann.gate.ask(asks::EmptyBin{}).ok());
  CHECK(told.read().empty());
  REQUIRE(ann.gate.ask(asks::DeleteFile{put(ann, folder, "b.txt", 10)->id}).ok());
  told.one();
  REQUIRE(ann.gate.ask(asks::EmptyBin{}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::bin_emptied);
  CHECK(event.message == "1 files");
  asks::ChangeNotices notices;
  notices.folder = folder;
  notices.new_file_minutes = 5;
  REQUIRE(ann.gate.ask(notices).ok());
  CHECK(told.one().message == "notifications");
}

TEST_CASE("journal: legal holds, and how the organisation looks") {
  Running keeper;
  Told told{keeper};
  Client ann = keeper.sign_on("ann");
  Client boss = keeper.sign_on("boss", capability::Role::admin);
  told.read();
  const asks::HoldRow hold = boss.gate.ask(asks::PlaceHold{"case 7", "a letter came", ann.home(), 0}).value();
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::hold_placed);
  CHECK(event.target_name == "case 7");
  CHECK(event.message == "a letter came");
  CHECK(event.folder_path == "/Home/ann");
  REQUIRE(boss.gate.ask(asks::LiftHold{hold.id}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::hold_lifted);
  CHECK(event.folder_path == "/Home/ann");
  CHECK(event.user_name == "boss");
  REQUIRE(boss.gate.ask(asks::SetLogo{asks::LogoPlace::left, "a.gif", to_bytes(as_bytes("GIF89a"))}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::organisation_changed);
  CHECK(event.message == "logo a.gif");
  REQUIRE(boss.gate.ask(asks::SetBrand{}).ok());
  CHECK(told.read().empty());
  REQUIRE(boss.gate.ask(asks::SetBrand{true}).ok());
  CHECK(told.one().message == "notifications branded");
}

TEST_CASE("journal: virtual folders, and what is moved and deleted through them") {
  Running keeper;
  Told told{keeper};
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const auto folder = [&](std::uint32_t above, const std::string& name) {
    return ann.gate.ask(asks::CreateFolder{above, name}).value().id;
  };
  const std::uint32_t box = folder(home, "box");
  const std::uint32_t to = folder(home, "to");
  const std::uint32_t end = folder(home, "end");
  told.read();
  const asks::VirtualRow way = ann.gate.ask(asks::CreateVirtual{home, "way", to}).value();
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::virtual_created);
  CHECK(event.user_name == "ann");
  CHECK(event.folder == home);
  CHECK(event.folder_path == "/Home/ann");
  CHECK(event.target == cat(way.id));
  CHECK(event.target_name == "way");
  CHECK(event.message == "leads to /Home/ann/to");
  REQUIRE(ann.gate.ask(asks::RenameVirtual{way.id, "way"}).ok());
  CHECK(told.read().empty());
  REQUIRE(ann.gate.ask(asks::RenameVirtual{way.id, "path"}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::virtual_moved);
  CHECK(event.target_name == "path");
  CHECK(event.message == "was /Home/ann/way");
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/path", "/Home/ann/box/way", false}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::virtual_moved);
  CHECK(event.folder == box);
  CHECK(event.message == "was /Home/ann/path");

  const asks::FileRow file = ann.upload(to, "a.txt").value();
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/box/way/a.txt", "/Home/ann/b.txt", false}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::file_moved);
  CHECK(event.file == file.id);
  CHECK(event.folder == home);
  CHECK(event.message == "was /Home/ann/to/a.txt");
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/b.txt", "/Home/ann/box/way/b.txt", false}).ok());
  CHECK(told.one().folder_path == "/Home/ann/to");
  REQUIRE(ann.gate.ask(asks::RemoveEntry{"/Home/ann/box/way/b.txt", false}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::file_deleted);
  CHECK(event.folder_path == "/Home/ann/to");

  // The new path leads through what is moved, and is none afterwards.
  ann.gate.ask(asks::CreateVirtual{to, "on", end}).value();
  ann.gate.ask(asks::CreateVirtual{home, "again", box}).value();
  told.read();
  REQUIRE(ann.gate.ask(asks::Move{"/Home/ann/box/way", "/Home/ann/again/way/on/way", false}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::virtual_moved);
  CHECK(event.folder_path == "/Home/ann/end");
  REQUIRE(ann.gate.ask(asks::RemoveEntry{"/Home/ann/end/way", true}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::virtual_deleted);
  CHECK(event.target == cat(way.id));
  CHECK(event.folder == end);
  CHECK(event.message == "leads to /Home/ann/to");
  const asks::VirtualRow last = ann.gate.ask(asks::CreateVirtual{home, "last", to}).value();
  told.read();
  REQUIRE(ann.gate.ask(asks::DeleteVirtual{last.id}).ok());
  event = told.one();
  CHECK(event.kind == EventKind::virtual_deleted);
  CHECK(event.target_name == "last");
}

TEST_CASE("journal: a draft that has the name of a hidden folder is no deleted folder") {
  Running keeper;
  Told told{keeper};
  Client boss = keeper.sign_on("boss", capability::Role::admin);
  Client bob = keeper.sign_on("bob");
  const std::uint32_t box =
      boss.gate.ask(asks::CreateFolder{boss.gate.ask(asks::Lookup{"/"}).value().folder->id, "box"}).value().id;
  const policy::Rights writes{policy::Right::write_files};
  boss.gate.ask(asks::SetGrant{box, "bob", writes.bits()}).value();
  bob.draft(box, "x").value();
  boss.gate.ask(asks::CreateFolder{box, "x", asks::Inherit::none}).value();
  told.read();
  REQUIRE(bob.gate.ask(asks::RemoveEntry{"/box/x", false}).ok());
  CHECK(told.read().empty());
}

TEST_CASE("journal: what the command line brings from another server, once") {
  Running keeper;
  Told told{keeper};
  auto [mine, theirs] = socket_pair().value();
  keeper.in_loop([&] { keeper.answers.serve(keeper.service, std::move(theirs), 0, asks::Role::admin); });
  ipc::Channel admin{std::move(mine)};
  REQUIRE(admin.ask(asks::ImportGroup{company, "Partners", ""})->added);
  asks::Event event = told.one();
  CHECK(event.kind == EventKind::group_created);
  CHECK(event.user.empty());
  CHECK(event.user_name == "command line");
  CHECK(event.organisation == company);
  asks::ImportUser user;
  user.organisation = company;
  user.id = "0123456789abcdef";
  user.user_name = "ida";
  user.groups = {"partners"};
  REQUIRE(admin.ask(user)->added);
  event = told.one();
  CHECK(event.kind == EventKind::places_imported);
  CHECK(event.target == user.id);
  CHECK(event.message == "0 folders, 1 groups, quota 0");
  CHECK_FALSE(admin.ask(user)->added);
  CHECK(told.read().empty());
}
