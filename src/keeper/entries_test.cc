// Paths as gates of SFTP ask about them: what is seen, what may be moved and removed, and that lists are pages.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Right;
using policy::Rights;

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

// "d:name" for a folder, "f:name", "p:name" for a draft.
std::vector<std::string> names(Client& who, std::uint32_t folder) {
  std::vector<std::string> found;
  asks::ListEntries ask;
  ask.folder = folder;
  for (bool end = false; !end;) {
    const auto page = who.gate.ask(ask).value();
    for (const asks::EntryRow& row : page.rows) {
      found.push_back(cat("dfp"[static_cast<std::size_t>(row.kind)], ':', row.name));
    }
    end = page.end;
    if (page.rows.empty()) continue;
    ask.after_kind = page.rows.back().kind;
    ask.after_name = page.rows.back().name;
  }
  return found;
}

std::uint32_t id_at(Client& who, const std::string& path) {
  return who.gate.ask(asks::Lookup{path}).value().folder.value().id;
}

std::uint32_t make_folder(Client& who, std::uint32_t parent, const std::string& name,
                          asks::Inherit inherit = asks::Inherit::always) {
  return who.gate.ask(asks::CreateFolder{parent, name, inherit}).value().id;
}

using Names = std::vector<std::string>;

TEST_CASE("what may not be known is not there; the way to what may be seen is") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client boss = keeper.sign_on("boss", Role::admin);
  const std::uint32_t home = ann.home();
  const std::uint32_t deep = make_folder(ann, make_folder(ann, home, "a"), "b");
  make_folder(ann, home, "a-b");
  ann.upload(home, "secret").value();
  ann.upload(deep, "shown", 7).value();
  const auto look = [&](Client& who, const std::string& path) { return outcome(who.gate.ask(asks::Lookup{path})); };

  CHECK(look(bob, "/") == Errc{});
  CHECK(look(bob, "/Home") == Errc{});
  CHECK(look(bob, "/Home/bob") == Errc{});
  for (const std::string path :
       {"/Home/ann", "/Home/ann/a/b", "/Home/ann/secret", "/Home/nobody", "/x", "/Home/ann/a/b/shown/x"})
    CHECK_MESSAGE(look(bob, path) == Errc::not_found, path);
  for (const std::string path :
       {"", "Home", "//", "/Home/", "/Home/../Home", "/Home/./bob", "/Home//bob", "/Home/\xff"})
    CHECK_MESSAGE(look(bob, path) == Errc::invalid, path);
  CHECK(names(bob, id_at(bob, "/Home")) == Names{"d:bob"});
  CHECK(names(boss, id_at(boss, "/Home")) == Names{"d:ann", "d:bob", "d:boss"});
  CHECK(kind_of(bob.gate.ask(asks::ListEntries{home, asks::EntryKind::folder, ""})) == Errc::not_found);

  ann.gate.ask(asks::SetGrant{deep, "bob", Rights{Right::read_files}.bits()}).value();
  const asks::FolderRow way = bob.gate.ask(asks::Lookup{"/Home/ann"}).value().folder.value();
  CHECK(way.rights == 0);
  CHECK(way.owner.empty());
  CHECK(way.file_count == 0);
  CHECK(way.subfolder_count == 0);
  CHECK(look(bob, "/Home/ann/secret") == Errc::not_found);
  CHECK(look(bob, "/Home/ann/a-b") == Errc::not_found);
  CHECK(names(bob, id_at(bob, "/Home")) == Names{"d:ann", "d:bob"});
  CHECK(names(bob, home) == Names{"d:a"});
  CHECK(bob.gate.ask(asks::Lookup{"/Home/ann/a/b/shown"}).value().file.value().size == 7);
  CHECK(names(bob, deep).empty());  // read, and not list
  ann.gate.ask(asks::SetGrant{deep, "bob", Rights{Right::list_files}.bits()}).value();
  CHECK(names(bob, deep) == Names{"f:shown"});
  ann.gate.ask(asks::SetGrant{deep, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(look(bob, "/Home/ann/a/b/shown") == Errc::not_found);  // a drop box
  // The way moves with the folder.
  ann.gate.ask(asks::Move{"/Home/ann/a", "/Home/ann/a-b/c", false}).value();
  CHECK(names(bob, home) == Names{"d:a-b"});
  CHECK(look(bob, "/Home/ann/a-b/c/b") == Errc{});
  ann.gate.ask(asks::RemoveGrant{deep, "bob"}).value();
  CHECK(look(bob, "/Home/ann") == Errc::not_found);
  CHECK(look(bob, "/") == Errc{});
  Client foreign = keeper.sign_on("boss", Role::admin, 2000);
  CHECK(look(foreign, "/Home/ann") == Errc::not_found);
  Client root = keeper.sign_on("root", Role::sys_admin);
  CHECK(look(root, "/Home/ann") == Errc::denied);
}

TEST_CASE("moves need the rights of both sides, and nobody gains by one") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const std::uint32_t box = make_folder(ann, home, "box");
  const std::uint32_t inner = make_folder(ann, box, "inner");
  ann.upload(box, "one", 5).value();
  ann.upload(inner, "two", 6).value();
  const auto give = [&](Rights rights) { ann.gate.ask(asks::SetGrant{box, "bob", rights.bits()}).value(); };
  const auto take = [&](const std::string& name) {
    return outcome(bob.gate.ask(asks::Move{cat("/Home/ann/box/", name), cat("/Home/bob/", name), false}));
  };
  give({Right::list_files, Right::read_files});
  CHECK(take("one") == Errc::denied);
  CHECK(take("inner") == Errc::denied);
  give({Right::list_files, Right::delete_files, Right::add_delete_subfolders});
  CHECK(take("one") == Errc::denied);    // he could read it at home
  CHECK(take("inner") == Errc::denied);  // the same, with what is in it
  give({Right::list_files, Right::read_files, Right::delete_files, Right::add_delete_subfolders});
  CHECK(outcome(bob.gate.ask(asks::Move{"/Home/bob", "/Home/ann/box/bob", false})) == Errc::denied);
  CHECK(take("one") == Errc{});
  CHECK(take("inner") == Errc{});
  CHECK(names(bob, bob.home()) == Names{"d:inner", "f:one"});
  CHECK(ann.gate.ask(asks::GetFolder{box}).value().subfolder_count == 0);
  CHECK(ann.gate.ask(asks::GetFolder{box}).value().files_size == 0);
  CHECK(outcome(ann.gate.ask(asks::Lookup{"/Home/bob/inner"})) == Errc::not_found);
  CHECK(ann.gate.ask(asks::Home{}).value().files_size == 11);  // who uploaded it

  const auto move = [&](const std::string& from, const std::string& to, bool replace) {
    return outcome(bob.gate.ask(asks::Move{from, to, replace}));
  };
  bob.upload(bob.home(), "three", 9).value();
  CHECK(move("/Home/bob/inner", "/Home/bob/inner/x", false) == Errc::conflict);
  CHECK(move("/Home/bob/three", "/Home/bob/inner", true) == Errc::conflict);
  CHECK(move("/Home/bob/inner", "/Home/bob/three", true) == Errc::conflict);
  CHECK(move("/Home/bob/three", "/Home/bob/one", false) == Errc::conflict);
  CHECK(move("/Home/bob/three", "/Home/bob/one", true) == Errc{});
  CHECK(bob.gate.ask(asks::Lookup{"/Home/bob/one"}).value().file.value().size == 9);
  CHECK(move("/Home/bob/one", "/Home/bob/one", false) == Errc{});
  CHECK(move("/Home/bob/one", "/", true) == Errc::conflict);
  CHECK(move("/Home/bob/gone", "/Home/bob/x", true) == Errc::not_found);
  CHECK(move("/Home/bob/one", "/Home/ann/x", true) == Errc::denied);  // on the way to the box, without rights
  // What a move may replace: with write alone, nothing.
  give({Right::write_files, Right::list_files});
  ann.upload(box, "one", 3).value();
  CHECK(move("/Home/bob/one", "/Home/ann/box/one", true) == Errc::denied);
  CHECK(move("/Home/bob/one", "/Home/ann/box/another", true) == Errc{});
  CHECK(move("/", "/Home/bob/x", false) == Errc::conflict);
}

TEST_CASE("removed: a file, an empty folder, and nothing of the other kind") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint32_t folder = make_folder(ann, ann.home(), "d");
  ann.upload(folder, "f").value();
  const auto remove = [&](const std::string& path, bool is_folder) {
    return outcome(ann.gate.ask(asks::RemoveEntry{path, is_folder}));
  };
  CHECK(remove("/Home/ann/d", true) == Errc::conflict);
  CHECK(remove("/Home/ann/d", false) == Errc::conflict);
  CHECK(remove("/Home/ann/d/f", true) == Errc::conflict);
  CHECK(remove("/Home/ann/d/x", false) == Errc::not_found);
  CHECK(remove("/Home/ann/d/f", false) == Errc{});
  CHECK(remove("/Home/ann/d", true) == Errc{});
  CHECK(remove("/Home/ann", true) == Errc::denied);
  CHECK(remove("/", true) == Errc::denied);
  CHECK(names(ann, ann.home()).empty());
}

TEST_CASE("the time of last change: of files and drafts, by who may, within 32 bits") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t home = ann.home();
  const asks::FileRow row = ann.upload(home, "f").value();
  CHECK(row.modified_ms == row.uploaded_ms);
  const auto set = [&](Client& who, const std::string& path, std::int64_t ms) {
    return outcome(who.gate.ask(asks::SetModified{path, ms}));
  };
  CHECK(set(ann, "/Home/ann/f", -1) == Errc::invalid);
  CHECK(set(ann, "/Home/ann/f", 4'294'967'296'000) == Errc::invalid);
  CHECK(set(ann, "/Home/ann/f", 4'294'967'295'000) == Errc{});
  CHECK(ann.gate.ask(asks::GetFile{row.id}).value().modified_ms == 4'294'967'295'000);
  CHECK(set(ann, "/Home/ann", 5) == Errc{});
  CHECK(set(bob, "/Home/ann/f", 5) == Errc::not_found);
  ann.gate.ask(asks::SetGrant{home, "bob", Rights{Right::read_files, Right::list_files}.bits()}).value();
  CHECK(set(bob, "/Home/ann/f", 5) == Errc::denied);
  ann.gate.ask(asks::SetGrant{home, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(set(bob, "/Home/ann/f", 5) == Errc::not_found);  // of a drop box he sees nothing,
  bob.upload(home, "his").value();
  CHECK(set(bob, "/Home/ann/his", 5) == Errc{});  // and what he sent is his
  CHECK(ann.gate.ask(asks::Lookup{"/Home/ann/his"}).value().file.value().modified_ms == 5);

  const std::uint64_t draft = ann.draft(home, "late").value();
  CHECK(set(ann, "/Home/ann/late", 77'000) == Errc{});
  CHECK(ann.porter.ask(Client::commit_of(draft, 3, true)).value().modified_ms == 77'000);
  asks::Commit commit = Client::commit_of(ann.draft(home, "later").value(), 3, true);
  commit.modified_ms = -5;
  CHECK(kind_of(ann.porter.ask(commit)) == Errc::invalid);
  commit.modified_ms = 9'000;
  CHECK(ann.porter.ask(commit).value().modified_ms == 9'000);
}

TEST_CASE("space is what is left above the reserve") {
  Running plain;
  const auto all = plain.sign_on("ann").gate.ask(asks::Space{}).value();
  CHECK(all.total > 0);
  CHECK(all.free <= all.total);
  Running full{new_directory(), 1ULL << 62U};
  const auto none = full.sign_on("ann").gate.ask(asks::Space{}).value();
  CHECK(none.total == 0);
  CHECK(none.free == 0);
}

TEST_CASE("downloads are counted without a commit of their own") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const asks::FileRow row = ann.upload(ann.home(), "f").value();
  ann.gate.ask(asks::SetGrant{ann.home(), "bob", Rights{Right::read_files, Right::list_files}.bits()}).value();
  CHECK(bob.gate.ask(asks::GetFile{row.id}).value().is_new);
  keeper.in_loop([&] {
    Files files{keeper.store};
    const Asker asker{
        {.user = 2, .org = company, .role = policy::Role::user, .groups = {}, .live = true}, company, "", 1};
    for (int i = 0; i < 3; ++i) files.lease_read(asker, {row.id, row.version}).value();
    CHECK_FALSE(keeper.store.db.in_transaction());
    CHECK(files.row(asker, row.id).value().download_count == 3);
    CHECK_FALSE(files.row(asker, row.id).value().is_new);
    CHECK(Files{keeper.store}.row(asker, row.id).value().is_new);  // not written yet
    keeper.store.turn.ask([&] { return files.need_kept(FilePlace{}, 1); }).error();
    CHECK(files.write_marks().value());
    CHECK(keeper.store.commit().ok());
    CHECK_FALSE(files.write_marks().value());
    CHECK(Files{keeper.store}.row(asker, row.id).value().download_count == 3);
    files.lease_read(asker, {row.id, row.version}).value();
    files.change(asker, {row.id, {}, true}).value();
    CHECK(files.row(asker, row.id).value().is_new);
    CHECK(files.row(asker, row.id).value().download_count == 4);
    CHECK(keeper.store.commit().ok());
  });
}

}  // namespace
}  // namespace bulkhead::keeper
