// Trees by number: moves, content, settings and quotas. That nothing is ever over a quota, whoever comes first.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Right;
using policy::Rights;

std::uint32_t make_folder(Client& who, std::uint32_t parent, const std::string& name) {
  return who.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always}).value().id;
}

asks::ChangeFolderSettings quota_of(std::uint32_t folder, std::uint64_t bytes, bool below) {
  asks::ChangeFolderSettings ask;
  ask.folder = folder;
  ask.quota = bytes;
  ask.quota_below = below;
  return ask;
}

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

std::int64_t tree_size(Running& keeper, std::uint32_t folder) {
  std::int64_t size = -1;
  keeper.in_loop([&] { size = keeper.store.quotas.tree_size(folder).value(); });
  return size;
}

TEST_CASE("files and folders move by number, and never into themselves") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const std::uint32_t a = make_folder(ann, home, "a");
  const std::uint32_t below = make_folder(ann, a, "below");
  const std::uint32_t neighbour = make_folder(ann, home, "a-b");
  const std::uint64_t file = ann.upload(a, "f", 10).value().id;
  CHECK(ann.gate.ask(asks::MoveFile{file, neighbour}).value().folder_path == "/Home/ann/a-b");
  CHECK(kind_of(ann.gate.ask(asks::MoveFile{file, neighbour})) == Errc::conflict);
  CHECK(kind_of(ann.gate.ask(asks::MoveFile{file, bob.home()})) == Errc::not_found);
  CHECK(kind_of(bob.gate.ask(asks::MoveFile{file, bob.home()})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::MoveFile{UINT64_MAX, home})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::MoveFolder{a, a})) == Errc::conflict);
  CHECK(kind_of(ann.gate.ask(asks::MoveFolder{a, below})) == Errc::conflict);
  CHECK(kind_of(ann.gate.ask(asks::MoveFolder{a, home})) == Errc::conflict);
  CHECK(kind_of(bob.gate.ask(asks::MoveFolder{a, bob.home()})) == Errc::not_found);
  CHECK(ann.gate.ask(asks::MoveFolder{a, neighbour}).value().path == "/Home/ann/a-b/a");
}

TEST_CASE("the counters of a tree follow uploads, moves and removals") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint32_t a = make_folder(ann, home, "a");
  const std::uint32_t deep = make_folder(ann, make_folder(ann, a, "b"), "c");
  const std::uint32_t other = make_folder(ann, home, "other");
  const std::uint64_t file = ann.upload(deep, "f", 1000).value().id;
  ann.upload(a, "g", 10).value();
  CHECK(tree_size(keeper, home) == 1010);
  CHECK(tree_size(keeper, a) == 1010);
  ann.gate.ask(asks::MoveFile{file, other}).value();
  CHECK(tree_size(keeper, a) == 10);
  CHECK(tree_size(keeper, other) == 1000);
  ann.gate.ask(asks::MoveFolder{a, other}).value();
  CHECK(tree_size(keeper, other) == 1010);
  CHECK(tree_size(keeper, home) == 1010);
  ann.gate.ask(asks::DeleteFolder{a}).value();
  CHECK(tree_size(keeper, other) == 1000);
  ann.gate.ask(asks::DeleteFile{file}).value();
  CHECK(tree_size(keeper, home) == 0);
}

TEST_CASE("content of a folder is one list, and files are found by masks") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint32_t a = make_folder(ann, home, "a");
  make_folder(ann, home, "a-b");
  ann.upload(home, "0", 5).value();
  ann.upload(a, "inside", 6).value();
  asks::ListContent ask;
  ask.folder = home;
  ask.slice.limit = 10;
  const asks::ListContent::Reply all = ann.gate.ask(ask).value();
  REQUIRE(all.rows.size() == 3);
  CHECK(all.rows[0].name == "a");
  CHECK(all.rows[2].size == 5);
  ask.sort = asks::ContentSort::name;
  CHECK(ann.gate.ask(ask).value().rows[0].name == "0");
  asks::FindFiles find;
  find.path_mask = "/Home/ann/a";
  find.slice.limit = 10;
  CHECK(ann.gate.ask(find).value().total == 1);
  find.path_mask = "/Home/ann";
  find.recursive = true;
  CHECK(ann.gate.ask(find).value().total == 2);
}

TEST_CASE("an administrator sees and sets for whom a file is new") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client boss = keeper.sign_on("boss", Role::admin);
  const std::uint64_t file = ann.upload(ann.home(), "f").value().id;
  asks::ListNewStates ask{file, false, {0, 10, false}};
  CHECK(kind_of(ann.gate.ask(ask)) == Errc::denied);
  CHECK(kind_of(bob.gate.ask(ask)) == Errc::not_found);
  CHECK(boss.gate.ask(ask).value().total == 2);  // bob may not look at it
  CHECK(kind_of(boss.gate.ask(asks::SetNewState{file, "bob", true})) == Errc::not_found);
  CHECK(boss.gate.ask(asks::SetNewState{file, "ann", true}).value().is_new);
  CHECK(ann.gate.ask(asks::GetFile{file}).value().is_new);
  CHECK_FALSE(boss.gate.ask(asks::SetNewState{file, "ann", false}).value().is_new);
}

TEST_CASE("a quota counts what lies there and what is on its way, and gives back what a lost channel had") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint32_t box = make_folder(ann, ann.home(), "box");
  const std::uint32_t below = make_folder(ann, box, "below");
  ann.gate.ask(quota_of(box, 1000, true)).value();
  const std::uint64_t first = ann.draft(box, "a").value();
  const std::uint64_t second = again.draft(below, "b").value();
  CHECK(ann.porter.ask(asks::Reserve{first, 600}).value().until == 600);
  CHECK(kind_of(again.porter.ask(asks::Reserve{second, 401})) == Errc::over_quota);
  CHECK(again.porter.ask(asks::Reserve{second, 400}).value().until == 400);
  CHECK(kind_of(again.porter.ask(asks::Reserve{first, 1})) == Errc::not_found);  // not its own
  CHECK(kind_of(ann.porter.ask(asks::Reserve{first, 601})) == Errc::over_quota);
  CHECK(ann.porter.ask(Client::commit_of(first, 600, true)).ok());
  CHECK(again.porter.ask(Client::commit_of(second, 400, true)).ok());
  CHECK(kind_of(ann.upload(box, "c", 1)) == Errc::over_quota);
  CHECK(ann.upload(box, "empty", 0).ok());
  CHECK(tree_size(keeper, box) == 1000);

  ann.gate.ask(asks::DeleteFile{first}).value();
  const std::uint64_t lost = again.draft(box, "lost").value();
  CHECK(again.porter.ask(asks::Reserve{lost, 600}).ok());
  CHECK(kind_of(ann.upload(box, "c", 1)) == Errc::over_quota);
  again = keeper.sign_on("ann");
  keeper.in_loop([] {});
  CHECK(ann.upload(box, "c", 600).ok());
}

TEST_CASE("without a quota nobody needs to ask again; one that comes meanwhile still counts at the end") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t box = make_folder(ann, ann.home(), "box");
  const std::uint64_t draft = ann.draft(box, "a").value();
  CHECK(ann.porter.ask(asks::Reserve{draft, 1}).value().until == UINT64_MAX);
  ann.gate.ask(quota_of(box, 50, false)).value();
  CHECK(kind_of(ann.porter.ask(Client::commit_of(draft, 51, true))) == Errc::over_quota);
  CHECK(ann.porter.ask(Client::commit_of(draft, 50, true)).ok());
}

TEST_CASE("what is reserved in a folder that is moved counts where it goes to") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client again = keeper.sign_on("ann");
  const std::uint32_t home = ann.home();
  const std::uint32_t from = make_folder(ann, home, "from");
  const std::uint32_t to = make_folder(ann, home, "to");
  const std::uint32_t moved = make_folder(ann, from, "moved");
  ann.gate.ask(quota_of(from, 1000, true)).value();
  ann.gate.ask(quota_of(to, 1000, true)).value();
  const std::uint64_t draft = again.draft(moved, "a").value();
  CHECK(again.porter.ask(asks::Reserve{draft, 900}).ok());
  CHECK(kind_of(ann.upload(from, "x", 101)) == Errc::over_quota);
  ann.gate.ask(asks::MoveFolder{moved, to}).value();
  CHECK(ann.upload(from, "x", 1000).ok());
  CHECK(kind_of(ann.upload(to, "x", 101)) == Errc::over_quota);
  CHECK(again.porter.ask(Client::commit_of(draft, 900, true)).ok());
  CHECK(tree_size(keeper, to) == 900);
}

TEST_CASE("a user's quota counts what he uploaded, wherever it lies") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client boss = keeper.sign_on("boss", Role::admin);
  CHECK(kind_of(ann.gate.ask(asks::UserQuota{"ann", 5})) == Errc::denied);
  CHECK(kind_of(ann.gate.ask(asks::UserQuota{"bob", {}})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::UserQuota{"nobody", {}})) == Errc::not_found);
  CHECK(boss.gate.ask(asks::UserQuota{"ann", 100}).value().quota == 100);
  CHECK(ann.upload(ann.home(), "a", 60).ok());
  bob.gate.ask(asks::SetGrant{bob.home(), "ann", Rights::all().bits()}).value();
  CHECK(kind_of(ann.upload(bob.home(), "b", 41)) == Errc::over_quota);
  CHECK(ann.upload(bob.home(), "b", 40).ok());
  CHECK(ann.gate.ask(asks::UserQuota{"ann", {}}).value().used == 100);
  CHECK(ann.gate.ask(asks::Home{}).value().quota == 100);
  CHECK(bob.upload(bob.home(), "c", 1000).ok());
}

TEST_CASE("settings are kept to: masks, characters, overwriting; below only with the right everywhere") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t box = make_folder(ann, ann.home(), "box");
  const std::uint32_t below = make_folder(ann, box, "below");
  asks::ChangeFolderSettings ask;
  ask.folder = box;
  ask.masks = {"*.exe"};
  CHECK(kind_of(bob.gate.ask(ask)) == Errc::not_found);
  CHECK(ann.gate.ask(ask).value().masks == std::vector<std::string>{"*.exe"});
  CHECK(kind_of(ann.upload(box, "a.exe")) == Errc::invalid);
  CHECK(ann.upload(below, "a.exe").ok());
  const std::uint64_t good = ann.upload(box, "a").value().id;
  asks::ChangeFile rename;
  rename.file = good;
  rename.name = "a.exe";
  CHECK(kind_of(ann.gate.ask(rename)) == Errc::invalid);
  CHECK(kind_of(ann.gate.ask(asks::Move{"/Home/ann/box/a", "/Home/ann/box/b.exe", false})) == Errc::invalid);
  CHECK(kind_of(ann.gate.ask(asks::Move{"/Home/ann/box/below/a.exe", "/Home/ann/box/a.exe", false})) == Errc::invalid);

  ask.below = true;
  ann.gate.ask(ask).value();
  CHECK(kind_of(ann.upload(below, "b.exe")) == Errc::invalid);
  CHECK(ann.gate.ask(asks::GetFolderSettings{below}).value().masks.size() == 1);
  ann.gate.ask(asks::SetGrant{box, "bob", Rights{Right::admin, Right::list_files}.bits()}).value();
  const auto closed = ann.gate.ask(asks::CreateFolder{box, "closed", asks::Inherit::none}).value();
  ask.masks = {"*.bat"};
  CHECK(kind_of(bob.gate.ask(ask)) == Errc::denied);
  CHECK(ann.gate.ask(asks::GetFolderSettings{box}).value().masks.at(0) == "*.exe");
  CHECK(ann.gate.ask(asks::GetFolderSettings{closed.id}).value().masks.at(0) == "*.exe");

  for (const std::string wrong : {"", "a\nb", "\xff"}) {
    ask.masks = {wrong};
    CHECK(kind_of(ann.gate.ask(ask)) == Errc::invalid);
  }
  asks::ChangeFolderSettings characters;
  characters.folder = box;
  characters.char_set = asks::CharSet::all_but;
  characters.char_list = "#";
  characters.char_replace = true;
  characters.char_value = "[CharID]";
  ann.gate.ask(characters).value();
  CHECK(ann.upload(box, "a#b").value().name == "a35b");
  characters.char_value = "#";
  ann.gate.ask(characters).value();
  CHECK(kind_of(ann.upload(box, "a#b")) == Errc::invalid);  // what comes in its place is not allowed either
}

}  // namespace
}  // namespace bulkhead::keeper
