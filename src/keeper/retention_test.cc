// Clean-ups, legal holds, and keys in the buckets of their days.
#include "keeper/retention_fixture.h"

namespace bulkhead::keeper {
namespace {

TEST_CASE("files go when their days are over, and those of other folders stay") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  const std::uint32_t below = at.folder("below", box);
  const asks::FileRow old = at.ann.upload(box, "old", 100'000).value();
  const asks::FileRow young = at.ann.upload(box, "young", 200).value();
  const asks::FileRow other = at.ann.upload(below, "other").value();
  for (const asks::FileRow& file : {old, other}) backdate(at.keeper, file.id, 31);
  CHECK(is_there(at.ann, old));
  at.ann.gate.ask(cleaning(box, 30)).value();
  CHECK(goes(at.ann, old));
  CHECK(blobs_become(at.keeper.directory, 0));
  CHECK(is_there(at.ann, young));
  CHECK(is_there(at.ann, other));
  const asks::FolderRow row = at.ann.gate.ask(asks::GetFolder{box}).value();
  CHECK(row.file_count == 1);
  CHECK(row.files_size == 200);
  CHECK(at.root.gate.ask(asks::UserQuota{"ann", {}}).value().used == 300);

  // From here on what comes is taken when its time has come, and a change of the settings counts at once.
  backdate(at.keeper, young.id, 20);
  at.ann.gate.ask(cleaning(box, 21)).value();
  CHECK(stays(at.keeper, at.ann, young));
  at.ann.gate.ask(cleaning(box, 20)).value();
  CHECK(goes(at.ann, young));
}

TEST_CASE("a clock that jumps ahead takes nothing") {
  Scene at;
  at.ann.gate.ask(cleaning(at.home, 30)).value();
  const asks::FileRow file = at.ann.upload(at.home, "file").value();
  at.keeper.clock_ahead = 40 * retention::day_ms;
  at.keeper.in_loop([] {});
  ::usleep(100'000);
  at.keeper.in_loop([] {});
  at.keeper.clock_ahead = 0;
  CHECK(is_there(at.ann, file));
}

TEST_CASE("a legal hold keeps a folder with all in it: asks::PlaceHold, asks::LiftHold") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  const std::uint32_t inner = at.folder("inner", box);
  const std::uint32_t aside = at.folder("aside");
  const asks::FileRow file = at.ann.upload(inner, "file").value();
  CHECK(kind_of(at.ann.gate.ask(hold_on(box))) == Errc::denied);
  CHECK(kind_of(at.root.gate.ask(hold_on(0))) == Errc::invalid);
  CHECK(kind_of(at.root.gate.ask(hold_on(box, file.id))) == Errc::invalid);
  CHECK(kind_of(at.root.gate.ask(hold_on(12'345))) == Errc::not_found);
  const asks::HoldRow hold = at.root.gate.ask(hold_on(box)).value();
  CHECK(hold.path == "/Home/ann/box");
  CHECK(hold.placed_by == "root");

  const auto said = at.ann.gate.ask(asks::DeleteFile{file.id});
  CHECK(kind_of(said) == Errc::held);
  CHECK(said.error().message().find("case 7") == std::string::npos);
  const auto told = at.root.gate.ask(asks::DeleteFile{file.id});
  CHECK(told.error().message().find("case 7") != std::string::npos);
  CHECK(kind_of(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/box/inner/file", false})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::MoveFile{file.id, aside})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::MoveFolder{inner, aside})) == Errc::held);
  CHECK(kind_of(at.ann.gate.ask(asks::Move{"/Home/ann/box", "/Home/ann/aside/box", false})) == Errc::held);
  for (const std::uint32_t folder : {inner, box})
    CHECK(kind_of(at.ann.gate.ask(asks::DeleteFolder{folder})) == Errc::held);
  CHECK(kind_of(at.ann.porter.ask(Client::create_ask(inner, "file", asks::DraftMode::replace))) == Errc::held);
  const asks::FileRow rival = at.ann.upload(aside, "file").value();
  CHECK(kind_of(at.ann.gate.ask(asks::Move{"/Home/ann/aside/file", "/Home/ann/box/inner/file", true})) == Errc::held);
  // What does not take anything away may be done.
  CHECK(at.ann.gate.ask(asks::ChangeFile{file.id, "renamed", {}}).ok());
  CHECK(at.ann.gate.ask(asks::ChangeFolder{inner, "other name", {}}).ok());
  CHECK(at.ann.upload(inner, "new").ok());
  CHECK(at.ann.porter.ask(asks::LeaseRead{file.id, file.version}).ok());
  CHECK(at.ann.gate.ask(asks::DeleteFile{rival.id}).ok());

  backdate(at.keeper, file.id, 31);
  at.ann.gate.ask(cleaning(inner, 30, 0)).value();
  at.ann.porter.notify(asks::EndLease{file.id}).value();
  CHECK(stays(at.keeper, at.ann, file));
  CHECK(preview(at.ann, inner).at(0).stays == asks::Stays::legal_hold);
  CHECK(kind_of(at.ann.gate.ask(asks::LiftHold{hold.id})) == Errc::denied);
  at.root.gate.ask(asks::LiftHold{hold.id}).value();
  CHECK(goes(at.ann, file));
  CHECK(at.ann.gate.ask(asks::DeleteFolder{box}).ok());
}

TEST_CASE("holds are seen by administrators of their organisation alone: asks::ListHolds, asks::GetHold") {
  Scene at;
  Client foreign = at.keeper.sign_on("chief", capability::Role::admin, 2'000);
  const asks::FileRow file = at.ann.upload(at.home, "file").value();
  const asks::HoldRow on_file = at.root.gate.ask(hold_on(0, file.id)).value();
  const asks::HoldRow on_folder = at.root.gate.ask(asks::PlaceHold{"another", "", at.home, 0}).value();
  const auto list = at.root.gate.ask(asks::ListHolds{{0, 10, false}}).value();
  CHECK(list.total == 2);
  CHECK(list.rows.at(0).name == "another");
  CHECK(list.rows.at(1).path == "/Home/ann/file");
  CHECK(at.root.gate.ask(asks::ListHolds{{1, 10, false}}).value().rows.size() == 1);
  CHECK(at.root.gate.ask(asks::GetHold{on_file.id}).value().file == file.id);
  CHECK(kind_of(at.ann.gate.ask(asks::ListHolds{{0, 10, false}})) == Errc::denied);
  CHECK(kind_of(at.ann.gate.ask(asks::GetHold{on_file.id})) == Errc::denied);
  CHECK(kind_of(foreign.gate.ask(asks::GetHold{on_file.id})) == Errc::not_found);
  CHECK(kind_of(foreign.gate.ask(asks::LiftHold{on_file.id})) == Errc::not_found);
  CHECK(kind_of(foreign.gate.ask(hold_on(at.home))) == Errc::not_found);
  CHECK(foreign.gate.ask(asks::ListHolds{{0, 10, false}}).value().total == 0);
  // One hold is enough.
  at.root.gate.ask(asks::LiftHold{on_folder.id}).value();
  CHECK(kind_of(at.ann.gate.ask(asks::DeleteFile{file.id})) == Errc::held);
  at.root.gate.ask(asks::LiftHold{on_file.id}).value();
  CHECK(at.ann.gate.ask(asks::DeleteFile{file.id}).ok());
}

TEST_CASE("what is in transfer stays until it is not: asks::EndLease") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  const asks::FileRow read = at.ann.upload(box, "read").value();
  const asks::FileRow replaced = at.ann.upload(box, "replaced").value();
  const asks::FileRow left = at.ann.upload(box, "left").value();
  for (const asks::FileRow& file : {read, replaced, left}) backdate(at.keeper, file.id, 31);
  at.ann.porter.ask(asks::LeaseRead{read.id, read.version}).value();
  const std::uint64_t draft =
      at.ann.porter.ask(Client::create_ask(box, "replaced", asks::DraftMode::replace)).value().draft;
  Client gone = at.keeper.sign_on("ann");
  gone.porter.ask(asks::LeaseRead{left.id, left.version}).value();
  at.ann.gate.ask(cleaning(box, 30)).value();
  for (const asks::FileRow& file : {read, replaced, left}) CHECK(stays(at.keeper, at.ann, file));
  for (const asks::CleanupRow& row : preview(at.ann, box)) CHECK(row.stays == asks::Stays::transfer);
  at.ann.porter.notify(asks::EndLease{read.id}).value();
  at.ann.porter.ask(asks::DropDraft{draft}).value();
  gone.porter = ipc::Channel{Fd{}};
  CHECK(becomes([&] {  // the next pass would be later
    at.ann.gate.ask(cleaning(box, 30)).value();
    return !is_there(at.ann, read) && !is_there(at.ann, replaced) && !is_there(at.ann, left);
  }));
}

TEST_CASE("subfolders that have been empty for long go, but for homes and those that are waited for") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  const std::uint32_t old = at.folder("old", box);
  const std::uint32_t young = at.folder("young", box);
  const std::uint32_t full = at.folder("full", box);
  const std::uint32_t awaited = at.folder("awaited", box);
  const std::uint32_t held = at.folder("held", box);
  at.ann.upload(full, "file").value();
  at.ann.draft(awaited, "coming").value();
  at.root.gate.ask(hold_on(held)).value();
  for (const std::uint32_t folder : {old, full, awaited, held, at.home}) backdate_folder(at.keeper, folder, 11);
  const auto homes = at.root.gate.ask(asks::Lookup{"/Home"}).value().folder->id;
  at.root.gate.ask(cleaning(homes, 0, 10)).value();
  const auto rows = [&] { return preview(at.ann, box); };
  at.ann.gate.ask(cleaning(box, 5, 10)).value();
  const auto there = [&](std::uint32_t folder) { return at.ann.gate.ask(asks::GetFolder{folder}).ok(); };
  CHECK(becomes([&] { return !there(old); }));
  for (const std::uint32_t folder : {young, full, awaited, held, box, at.home}) CHECK(there(folder));
  CHECK(at.ann.gate.ask(asks::GetFolder{box}).value().subfolder_count == 4);
  CHECK(rows().size() == 2);
  CHECK(rows().at(0).is_folder);
}

TEST_CASE("an empty folder that holds a virtual one, or that one leads to, stays") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  const std::uint32_t old = at.folder("old", box);
  const std::uint32_t holder = at.folder("holder", box);
  const std::uint32_t target = at.folder("target", box);
  const auto link = at.ann.gate.ask(asks::CreateVirtual{holder, "way", target}).value();
  for (const std::uint32_t folder : {old, holder, target}) backdate_folder(at.keeper, folder, 11);
  const auto there = [&](std::uint32_t folder) { return at.ann.gate.ask(asks::GetFolder{folder}).ok(); };
  at.ann.gate.ask(cleaning(box, 0, 10)).value();
  CHECK(becomes([&] { return !there(old); }));
  CHECK(preview(at.ann, box).empty());
  CHECK(there(holder));
  CHECK(there(target));
  at.ann.gate.ask(asks::DeleteVirtual{link.id}).value();
  backdate_folder(at.keeper, holder, 11);
  at.ann.gate.ask(cleaning(box, 0, 10)).value();
  CHECK(becomes([&] { return !there(holder) && !there(target); }));
}

TEST_CASE("a preview names what a clean-up then takes: asks::PreviewCleanup") {
  Scene at;
  const std::uint32_t box = at.folder("box");
  std::vector<asks::FileRow> files;
  for (int i = 0; i < 5; ++i) files.push_back(at.ann.upload(box, cat("file", i)).value());
  for (int i = 0; i < 5; ++i) backdate(at.keeper, files[static_cast<std::size_t>(i)].id, 10 * i);
  CHECK(preview(at.ann, box).empty());
  at.root.gate.ask(hold_on(box)).value();
  at.ann.gate.ask(cleaning(box, 25)).value();
  const auto now = preview(at.ann, box);
  REQUIRE(now.size() == 2);
  CHECK(now.at(0).name == "file4");
  CHECK(now.at(1).id == files[3].id);
  CHECK(now.at(1).due_ms == files[3].uploaded_ms - 5 * retention::day_ms);
  CHECK(preview(at.ann, box, unix_now_ms() + 6 * retention::day_ms).size() == 3);
  const auto part = at.ann.gate.ask(asks::PreviewCleanup{box, {}, {1, 1, false}}).value();
  CHECK(part.total == 2);
  CHECK(part.rows.at(0).name == "file3");
  Client bob = at.keeper.sign_on("bob");
  CHECK(kind_of(bob.gate.ask(asks::PreviewCleanup{box, {}, {0, 1, false}})) == Errc::not_found);
  const auto list = at.root.gate.ask(asks::ListHolds{{0, 10, false}}).value();
  at.root.gate.ask(asks::LiftHold{list.rows.at(0).id}).value();
  CHECK(goes(at.ann, files[4]));
  CHECK(goes(at.ann, files[3]));
  for (std::size_t i = 0; i < 3; ++i) CHECK(is_there(at.ann, files[i]));
  CHECK(preview(at.ann, box).empty());
}

// The bucket and the wrapped key as a porter is given them.
std::pair<std::uint32_t, Bytes> lease(Client& who, const asks::FileRow& file) {
  const auto reply = who.porter.ask(asks::LeaseRead{file.id, file.version}).value();
  who.porter.notify(asks::EndLease{file.id}).value();
  return {reply.bucket_day, reply.wrapped_key};
}
bool moves_to(Client& who, const asks::FileRow& file, std::uint32_t day) {
  return becomes([&] { return lease(who, file) == std::pair{day, VaultDouble::wrapped(day)}; });
}

TEST_CASE("keys move to the bucket of their day whenever that becomes another one") {
  std::optional<Scene> at{std::in_place};
  VaultDouble vault{at->keeper};
  const std::uint32_t box = at->folder("box");
  const std::uint32_t kept = at->folder("kept");
  const asks::FileRow file = at->ann.upload(box, "file").value();
  CHECK(lease(at->ann, file).first == 0);
  const auto bucket = [&](std::uint32_t days) { return retention::bucket_of(file.uploaded_ms, days); };
  at->ann.gate.ask(cleaning(box, 30)).value();
  CHECK(moves_to(at->ann, file, bucket(30)));
  CHECK(at->ann.porter.ask(Client::create_ask(box, "next")).value().keep_days == 30);
  at->ann.gate.ask(cleaning(box, 400)).value();
  CHECK(moves_to(at->ann, file, bucket(400)));
  const asks::HoldRow hold = at->root.gate.ask(hold_on(0, file.id)).value();
  CHECK(moves_to(at->ann, file, 0));
  at->root.gate.ask(asks::LiftHold{hold.id}).value();
  CHECK(moves_to(at->ann, file, bucket(400)));
  at->ann.gate.ask(asks::MoveFile{file.id, kept}).value();
  CHECK(moves_to(at->ann, file, 0));
  at->ann.gate.ask(asks::MoveFile{file.id, box}).value();
  CHECK(moves_to(at->ann, file, bucket(400)));
  const asks::HoldRow above = at->root.gate.ask(hold_on(at->home)).value();
  CHECK(moves_to(at->ann, file, 0));
  CHECK(at->ann.porter.ask(Client::create_ask(box, "held")).value().keep_days == 0);
  at->root.gate.ask(asks::LiftHold{above.id}).value();
  CHECK(moves_to(at->ann, file, bucket(400)));
  asks::ChangeFolderSettings off = cleaning(box, 400);
  off.clean = false;
  at->ann.gate.ask(off).value();
  CHECK(moves_to(at->ann, file, 0));
  at.reset();
}

TEST_CASE("only buckets that no key lies in are named to the vault") {
  std::optional<Scene> at{std::in_place};
  const std::uint32_t today = retention::day_of(unix_now_ms());
  const std::uint32_t box = at->folder("box");
  at->ann.gate.ask(cleaning(box, 30)).value();
  asks::Commit commit = Client::commit_of(at->ann.draft(box, "file").value(), 10, true);
  commit.bucket_day = retention::bucket_of(unix_now_ms(), 30);
  const asks::FileRow file = at->ann.porter.ask(commit).value();
  CHECK(lease(at->ann, file).first == commit.bucket_day);
  asks::Commit late = Client::commit_of(at->ann.draft(box, "late").value(), 10, true);
  late.bucket_day = today - 1;
  CHECK(kind_of(at->ann.porter.ask(late)) == Errc::conflict);
  const asks::BucketName used{company, commit.bucket_day};
  const asks::BucketName unused{company, today - 2};
  const asks::BucketName foreign{2'000, commit.bucket_day};
  {
    VaultDouble vault{at->keeper, {used, unused, foreign}};
    CHECK(becomes([&] { return vault.destroyed() == std::set{unused, foreign}; }));
    at.reset();
  }
}

TEST_CASE("a vault that does not answer well changes nothing") {
  std::optional<Scene> at{std::in_place};
  VaultDouble vault{at->keeper, {{company, 5}}};
  vault.down = true;
  const asks::FileRow file = at->ann.upload(at->home, "file").value();
  at->ann.gate.ask(cleaning(at->home, 30)).value();
  ::usleep(100'000);
  CHECK(lease(at->ann, file).first == 0);
  vault.down = false;
  at->ann.gate.ask(cleaning(at->home, 30)).value();
  CHECK(moves_to(at->ann, file, retention::bucket_of(file.uploaded_ms, 30)));
  at.reset();
}

}  // namespace
}  // namespace bulkhead::keeper
