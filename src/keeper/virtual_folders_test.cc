// Virtual folders: who may make them, where paths through them lead, what never follows them, and when they go.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::EntryKind;
using capability::Role;
using policy::Right;
using policy::Rights;

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

// /Projects with /Projects/x in it, shared with ann; /Home/ann/shared leads to /Projects.
struct Stage {
  Running keeper;
  Client boss = keeper.sign_on("boss", Role::admin);
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  std::uint32_t root = boss.gate.ask(asks::Lookup{"/"}).value().folder->id;
  std::uint32_t projects = folder(root, "Projects");
  std::uint32_t x = folder(projects, "x");
  std::uint32_t home = ann.home();
  std::uint32_t shared = 0;

  Stage() {
    grant("ann", projects, {Right::list_files, Right::read_files, Right::write_files, Right::delete_files});
    shared = link(home, "shared", projects).value().id;
  }
  std::uint32_t folder(std::uint32_t parent, const std::string& name) {
    return boss.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always}).value().id;
  }
  void grant(const std::string& who, std::uint32_t where, Rights rights) {
    boss.gate.ask(asks::SetGrant{where, who, rights.bits()}).value();
  }
  Result<asks::VirtualRow> link(std::uint32_t parent, const std::string& name, std::uint32_t target) {
    return boss.gate.ask(asks::CreateVirtual{parent, name, target});
  }
  static Errc lookup(Client& who, const std::string& path) { return outcome(who.gate.ask(asks::Lookup{path})); }
  static std::vector<std::string> names(Client& who, std::uint32_t folder) {
    std::vector<std::string> found;
    const auto page = who.gate.ask(asks::ListEntries{folder, EntryKind::folder, ""}).value();
    for (const asks::EntryRow& row : page.rows) {
      found.push_back(cat(row.name, row.is_virtual ? "@" : row.kind == EntryKind::folder ? "/" : ""));
    }
    return found;
  }
  static std::vector<std::string> subfolders(Client& who, std::uint32_t folder,
                                             asks::FolderSort sort = asks::FolderSort::name) {
    std::vector<std::string> found;
    const auto rows = who.gate.ask(asks::ListFolders{folder, "", "", sort, {0, 1'000, false}}).value().rows;
    for (const asks::FolderRow& row : rows) {
      found.push_back(cat(row.path, row.kind == asks::FolderKind::virtual_folder ? "@" : ""));
    }
    return found;
  }
};

using Strings = std::vector<std::string>;

TEST_CASE("a virtual folder is made by who has admin in both folders") {
  Stage at;
  const std::uint32_t inbox = at.ann.gate.ask(asks::CreateFolder{at.home, "inbox", asks::Inherit::always}).value().id;
  CHECK(outcome(at.ann.gate.ask(asks::CreateVirtual{at.home, "p", at.projects})) == Errc::denied);
  CHECK(outcome(at.ann.gate.ask(asks::CreateVirtual{at.projects, "p", inbox})) == Errc::denied);
  CHECK(outcome(at.bob.gate.ask(asks::CreateVirtual{at.bob.home(), "p", at.projects})) == Errc::not_found);
  CHECK(outcome(at.bob.gate.ask(asks::CreateVirtual{at.home, "p", at.bob.home()})) == Errc::not_found);
  CHECK(outcome(at.ann.gate.ask(asks::CreateVirtual{at.home, "mine", inbox})) == Errc{});
  CHECK(outcome(at.link(at.home, "..", at.projects)) == Errc::invalid);
  CHECK(outcome(at.link(at.home, "inbox", at.projects)) == Errc::conflict);
  CHECK(outcome(at.link(at.home, "shared", at.x)) == Errc::conflict);
  Client foreign = at.keeper.sign_on("boss", Role::admin, 2000);
  const std::uint32_t there = foreign.gate.ask(asks::Lookup{"/Home"}).value().folder->id;
  CHECK(outcome(at.link(at.home, "there", there)) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::CreateVirtual{there, "here", at.projects})) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::GetVirtual{at.shared})) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::DeleteVirtual{at.shared})) == Errc::not_found);
}

TEST_CASE("it is there for who may see both ends, with the rights of its target") {
  Stage at;
  at.grant("bob", at.home, {Right::list_files});
  CHECK(Stage::names(at.ann, at.home) == Strings{"shared@"});
  CHECK(Stage::names(at.bob, at.home) == Strings{});
  CHECK(Stage::subfolders(at.ann, at.home) == Strings{"/Home/ann/shared@"});
  CHECK(Stage::subfolders(at.ann, at.home, asks::FolderSort::changed) == Strings{"/Home/ann/shared@"});
  CHECK(Stage::subfolders(at.bob, at.home) == Strings{});
  CHECK(Stage::lookup(at.bob, "/Home/ann/shared") == Errc::not_found);
  CHECK(Stage::lookup(at.bob, "/Home/ann/shared/x") == Errc::not_found);
  CHECK(outcome(at.bob.gate.ask(asks::GetVirtual{at.shared})) == Errc::not_found);
  CHECK(at.bob.gate.ask(asks::ListVirtual{at.home, {0, 9, false}}).value().total == 0);

  const asks::FolderRow row = at.ann.gate.ask(asks::Lookup{"/Home/ann/shared"}).value().folder.value();
  CHECK(row.kind == asks::FolderKind::virtual_folder);
  CHECK(std::tuple{row.id, row.parent, row.path} == std::tuple{at.projects, at.home, std::string{"/Home/ann/shared"}});
  CHECK(row.rights == at.ann.gate.ask(asks::GetFolder{at.projects}).value().rights);
  const asks::VirtualRow own = at.ann.gate.ask(asks::GetVirtual{at.shared}).value();
  CHECK(std::tuple{own.path, own.target_path, own.made_by.empty()} ==
        std::tuple{std::string{"/Home/ann/shared"}, std::string{"/Projects"}, false});
  const asks::FolderRow below = at.ann.gate.ask(asks::Lookup{"/Home/ann/shared/x"}).value().folder.value();
  CHECK(std::pair{below.id, below.path} == std::pair{at.x, std::string{"/Home/ann/shared/x"}});
  // A right below the target shows the way there and no more, as for every folder.
  at.grant("bob", at.x, {Right::list_files});
  CHECK(Stage::names(at.bob, at.home) == Strings{"shared@"});
  CHECK(at.bob.gate.ask(asks::Lookup{"/Home/ann/shared"}).value().folder->rights == 0);
  CHECK(Stage::subfolders(at.bob, at.home) == Strings{});
  CHECK(Stage::lookup(at.bob, "/Home/ann/shared/x") == Errc{});
  // Nobody gets to know of a folder because a virtual one is in it.
  at.link(at.x, "back", at.bob.home()).value();
  at.boss.gate.ask(asks::RemoveGrant{at.x, "bob"}).value();
  CHECK(Stage::lookup(at.bob, "/Projects/x/back") == Errc::not_found);
}

TEST_CASE("names are unique over files, folders and virtual folders") {
  Stage at;
  CHECK(outcome(at.ann.upload(at.home, "shared", 10)) == Errc::conflict);
  CHECK(outcome(at.ann.gate.ask(asks::CreateFolder{at.home, "shared", asks::Inherit::always})) == Errc::conflict);
  const std::uint64_t file = at.ann.upload(at.home, "f", 10).value().id;
  CHECK(outcome(at.ann.gate.ask(asks::ChangeFile{file, "shared", {}})) == Errc::conflict);
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/f", "/Home/ann/shared", true})) == Errc::conflict);
  CHECK(outcome(at.boss.gate.ask(asks::RenameVirtual{at.shared, "f"})) == Errc::conflict);
  // Whoever began first has the name when he ends first.
  const std::uint64_t draft = at.ann.draft(at.home, "late").value();
  at.link(at.home, "late", at.projects).value();
  CHECK(outcome(at.ann.porter.ask(Client::commit_of(draft, 5, true))) == Errc::conflict);
}

TEST_CASE("loops are refused, and a way leads through four virtual folders at most") {
  Stage at;
  CHECK(outcome(at.link(at.x, "up", at.projects)) == Errc::conflict);
  CHECK(outcome(at.link(at.x, "self", at.x)) == Errc::conflict);
  CHECK(outcome(at.link(at.x, "top", at.root)) == Errc::conflict);
  // Two that lead into one another.
  at.link(at.projects, "home", at.home).value();
  std::string path = "/Projects";
  for (int i = 0; i < 2; ++i) path += "/home/shared";
  CHECK(Stage::lookup(at.ann, path) == Errc{});
  CHECK(Stage::lookup(at.ann, path + "/x") == Errc{});
  CHECK(Stage::lookup(at.ann, path + "/home") == Errc::too_large);
  CHECK(Stage::lookup(at.bob, path + "/home") == Errc::not_found);
  // By a move of what it leads to: found at the same limit.
  const std::uint32_t top = at.folder(at.root, "top");
  const std::uint32_t holder = at.folder(top, "holder");
  at.link(holder, "other", at.folder(at.root, "other")).value();
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/top", "/other/top", false})) == Errc{});
  CHECK(Stage::lookup(at.boss, "/other/top/holder/other/top/holder") == Errc{});
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/other", "/other/top/holder/other/x", false})) == Errc::conflict);
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/other/top", "/other/top/holder/other/top/holder/y", false})) ==
        Errc::conflict);
}

TEST_CASE("moves go between the nodes, in one transaction") {
  Stage at;
  const std::uint64_t file = at.ann.upload(at.projects, "f", 10).value().id;
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/shared/f", "/Projects/f", true})) == Errc{});  // it is there
  CHECK(at.ann.gate.ask(asks::GetFile{file}).value().size == 10);
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/shared/f", "/Home/ann/g", false})) == Errc{});
  CHECK(at.ann.gate.ask(asks::GetFile{file}).value().folder_path == "/Home/ann");
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/g", "/Home/ann/shared/g", false})) == Errc{});
  CHECK(at.ann.gate.ask(asks::GetFile{file}).value().folder_path == "/Projects");
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/shared/g", false})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::GetFile{file})) == Errc::not_found);
  // A folder cannot come below itself on such a way either.
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/Projects", "/Home/ann/shared/x/p", false})) == Errc::conflict);
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/Projects/x", "/Home/ann/shared/y", false})) == Errc{});
  CHECK(at.boss.gate.ask(asks::GetFolder{at.x}).value().path == "/Projects/y");
}

TEST_CASE("the entry itself is renamed, moved and removed with the right that makes it") {
  Stage at;
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/shared", "/Home/ann/ours", false})) == Errc::denied);
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/shared", true})) == Errc::denied);
  CHECK(outcome(at.ann.gate.ask(asks::RenameVirtual{at.shared, "ours"})) == Errc::denied);
  CHECK(outcome(at.ann.gate.ask(asks::DeleteVirtual{at.shared})) == Errc::denied);
  at.grant("ann", at.projects, Rights::all());
  CHECK(outcome(at.ann.gate.ask(asks::RenameVirtual{at.shared, "ours"})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/ours", "/Home/ann/ours/in", false})) == Errc::conflict);
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/ours", "/Projects/x/ours", false})) == Errc::conflict);
  const std::uint32_t sub = at.ann.gate.ask(asks::CreateFolder{at.home, "sub", asks::Inherit::always}).value().id;
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/ours", "/Home/ann/sub/again", false})) == Errc{});
  CHECK(at.ann.gate.ask(asks::GetVirtual{at.shared}).value().path == "/Home/ann/sub/again");
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/sub", true})) == Errc::conflict);  // not empty
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/sub/again", false})) == Errc::conflict);
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/sub/again", true})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/sub", true})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::GetFolder{sub})) == Errc::not_found);
  CHECK(Stage::lookup(at.ann, "/Projects/x") == Errc{});
}

TEST_CASE("it moves along with its folder, and goes with its folder or its target") {
  Stage at;
  const std::uint32_t box = at.ann.gate.ask(asks::CreateFolder{at.home, "box", asks::Inherit::always}).value().id;
  at.link(box, "p", at.projects).value();
  const std::uint32_t deep = at.link(box, "deep", at.x).value().id;
  CHECK(outcome(at.ann.gate.ask(asks::ChangeFolder{box, "crate", {}})) == Errc{});
  CHECK(Stage::lookup(at.ann, "/Home/ann/crate/p/x") == Errc{});
  at.boss.gate.ask(asks::ChangeFolder{at.projects, "Work", {}}).value();
  CHECK(at.ann.gate.ask(asks::GetVirtual{deep}).value().target_path == "/Work/x");
  CHECK(Stage::subfolders(at.ann, box, asks::FolderSort::changed).size() == 2);
  // Into the bin or not: the tree that contains the target takes those along that lead to it.
  at.boss.gate.ask(asks::ChangeHistorySettings{at.projects, true, {}, 30}).value();
  at.boss.upload(at.x, "f", 10).value();
  CHECK(outcome(at.boss.gate.ask(asks::DeleteFolder{at.x})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::GetVirtual{deep})) == Errc::not_found);
  CHECK(Stage::names(at.ann, box) == Strings{"p@"});
  CHECK(Stage::subfolders(at.ann, box, asks::FolderSort::changed) == Strings{"/Home/ann/crate/p@"});
  CHECK(outcome(at.ann.gate.ask(asks::DeleteFolder{box})) == Errc{});
  CHECK(Stage::lookup(at.boss, "/Work") == Errc{});
  CHECK(at.boss.gate.ask(asks::ListVirtual{at.home, {0, 9, false}}).value().total == 1);
}

TEST_CASE("whoever may not remove what is in a folder may not remove it with a virtual folder either") {
  Stage at;
  const std::uint32_t box = at.folder(at.root, "box");
  const std::uint32_t inner = at.folder(box, "inner");
  at.link(inner, "p", at.projects).value();
  at.grant("bob", box, {Right::add_delete_subfolders, Right::list_files});
  at.grant("bob", inner, {Right::list_files});
  CHECK(outcome(at.bob.gate.ask(asks::DeleteFolder{inner})) == Errc::denied);
  at.grant("bob", inner, {Right::list_files, Right::add_delete_subfolders});
  CHECK(outcome(at.bob.gate.ask(asks::DeleteFolder{inner})) == Errc{});
}

TEST_CASE("a legal hold covers files, not the names that lead to them") {
  Stage at;
  at.ann.upload(at.projects, "f", 10).value();
  at.boss.gate.ask(asks::PlaceHold{"home", "", at.home, 0}).value();
  const asks::HoldRow hold = at.boss.gate.ask(asks::PlaceHold{"projects", "", at.projects, 0}).value();
  CHECK(outcome(at.ann.gate.ask(asks::RemoveEntry{"/Home/ann/shared/f", false})) == Errc::held);
  CHECK(outcome(at.ann.gate.ask(asks::Move{"/Home/ann/shared/f", "/Home/ann/f", false})) == Errc::held);
  CHECK(outcome(at.boss.gate.ask(asks::RenameVirtual{at.shared, "ours"})) == Errc{});
  CHECK(outcome(at.boss.gate.ask(asks::Move{"/Home/ann/ours", "/ours", false})) == Errc{});
  CHECK(outcome(at.boss.gate.ask(asks::DeleteVirtual{at.shared})) == Errc{});
  const std::uint32_t more = at.link(at.home, "more", at.x).value().id;
  CHECK(outcome(at.boss.gate.ask(asks::DeleteFolder{at.x})) == Errc::held);
  CHECK(outcome(at.boss.gate.ask(asks::LiftHold{hold.id})) == Errc{});
  CHECK(outcome(at.boss.gate.ask(asks::DeleteFolder{at.x})) == Errc{});
  CHECK(outcome(at.ann.gate.ask(asks::GetVirtual{more})) == Errc::not_found);
}

TEST_CASE("lists of a folder show it in its place; lists of everything, copies and searches do not follow it") {
  Stage at;
  for (const std::string name : {"a", "z"})
    at.ann.gate.ask(asks::CreateFolder{at.home, name, asks::Inherit::always}).value();
  at.ann.upload(at.home, "k", 10).value();
  at.ann.upload(at.projects, "report", 10).value();
  CHECK(Stage::names(at.ann, at.home) == Strings{"a/", "shared@", "z/", "k"});
  CHECK(Stage::subfolders(at.ann, at.home) == Strings{"/Home/ann/a", "/Home/ann/shared@", "/Home/ann/z"});
  for (const auto sort : {asks::ContentSort::kind, asks::ContentSort::name}) {
    const auto content = at.ann.gate.ask(asks::ListContent{at.home, "", sort, {0, 9, false}}).value();
    REQUIRE(content.rows.size() == 4);
    const auto shown = std::ranges::find(content.rows, "shared", &asks::ContentRow::name);
    CHECK(std::tuple{shown->is_folder, shown->is_virtual, shown->id} ==
          std::tuple{true, true, std::uint64_t{at.projects}});
  }
  CHECK(at.ann.gate.ask(asks::ListFolders{0, "shared", "", asks::FolderSort::path, {0, 9, false}}).value().total == 0);
  const auto search = [&](const std::string& path) {
    return at.ann.gate.ask(asks::Search{"report", path, 0, 9}).value().rows.size();
  };
  CHECK(search("/Home/ann") == 0);
  CHECK(search("/Home/ann/shared") == 1);
  CHECK(search("") == 1);
  asks::FindFiles find;
  find.file_mask = "report";
  find.slice = {0, 9, false};
  find.recursive = true;
  find.path_mask = "/Home/ann";
  CHECK(at.ann.gate.ask(find).value().total == 0);
  find.path_mask = "/Home/ann/shared";
  CHECK(at.ann.gate.ask(find).value().total == 1);
  CHECK(at.ann.porter.ask(asks::BeginCopy{at.home, at.projects}).ok() == false);
  const std::uint32_t to = at.folder(at.root, "to");
  const auto copied = at.boss.porter.ask(asks::BeginCopy{at.home, to}).value();
  CHECK(copied.files == 1);
}

TEST_CASE("explain names the virtual folders on the way, and where it ends for somebody else") {
  Stage at;
  at.ann.upload(at.projects, "f", 10).value();
  const auto ask = [&](Client& who, const std::string& user, const std::string& path) {
    asks::Explain why{user, static_cast<std::uint8_t>(policy::Action::read_file), 0, 0};
    why.path = path;
    return who.gate.ask(why);
  };
  const asks::Explain::Reply own = ask(at.ann, "", "/Home/ann/shared/f").value();
  REQUIRE(own.through.size() == 1);
  CHECK(std::pair{own.through[0].path, own.through[0].target_path} ==
        std::pair{std::string{"/Home/ann/shared"}, std::string{"/Projects"}});
  CHECK(std::pair{own.folder, own.decided_in} == std::pair{at.projects, at.projects});
  CHECK(own.verdict == static_cast<std::uint8_t>(policy::Verdict::allowed));
  at.grant("bob", at.projects, {Right::read_files});
  const asks::Explain::Reply bob = ask(at.boss, "bob", "/Home/ann/shared/f").value();
  CHECK(std::pair{bob.folder, bob.verdict} ==
        std::pair{at.home, static_cast<std::uint8_t>(policy::Verdict::not_found)});
  CHECK(outcome(ask(at.bob, "", "/Home/ann/shared/f")) == Errc::not_found);
  CHECK(outcome(ask(at.ann, "", "/Home/ann/shared/none")) == Errc::not_found);
}

TEST_CASE("a folder holds a limited number of them") {
  Stage at;
  for (std::size_t i = 1; i < links_of_folder_max; ++i) at.link(at.home, cat("l", i), at.x).value();
  CHECK(outcome(at.link(at.home, "more", at.x)) == Errc::too_large);
  CHECK(outcome(at.boss.gate.ask(asks::RenameVirtual{at.shared, "other"})) == Errc{});
  asks::ListEntries ask{at.home, EntryKind::folder, ""};
  std::size_t seen = 0;
  for (bool end = false; !end;) {
    const auto page = at.ann.gate.ask(ask).value();
    seen += page.rows.size();
    end = page.end;
    if (!page.rows.empty()) ask.after_name = page.rows.back().name;
  }
  CHECK(seen == links_of_folder_max);
}

}  // namespace
}  // namespace bulkhead::keeper
