// Search against a walk through all names, and lists that were kept against lists that are made anew, while everything
// changes at random.
#include <random>
#include <set>

#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::Inherit;
using capability::Role;
using policy::Right;
using policy::Rights;

using Names = std::multiset<std::string>;

Names found(Client& who, const std::string& name, const std::string& path = {}, std::uint32_t limit = 7) {
  Names names;
  asks::Search ask{name, path, 0, limit};
  for (bool end = false; !end;) {
    const auto reply = who.gate.ask(ask).value();
    CHECK(reply.rows.size() <= limit);
    for (const asks::FileRow& row : reply.rows) names.insert(cat(row.folder_path, '/', row.name));
    CHECK((reply.end || reply.after > ask.after));
    ask.after = reply.after;
    end = reply.end;
  }
  return names;
}

// What the lists say: the filter of lists is the mask that search promises.
Names listed(Client& who, const std::string& mask) {
  Names names;
  asks::ListFiles ask;
  ask.name_mask = mask;
  for (ask.slice.limit = 100;; ask.slice.offset += 100) {
    const auto reply = who.gate.ask(ask).value();
    for (const asks::FileRow& row : reply.rows) names.insert(cat(row.folder_path, '/', row.name));
    if (reply.rows.size() < 100) return names;
  }
}

// Every list there is, of folders and of files, as text.
std::string lists_of(Client& who, std::uint32_t folder) {
  std::string text;
  for (const bool down : {false, true}) {
    for (const auto sort : {asks::FileSort::path, asks::FileSort::name, asks::FileSort::size}) {
      asks::ListFiles ask;
      ask.sort = sort;
      ask.slice.descending = down;
      for (const std::uint32_t in : {0U, folder}) {
        ask.folder = in;
        text += cat("\nfiles ", in, ':');
        for (ask.slice.offset = 0, ask.slice.limit = 3;; ask.slice.offset += 3) {
          const auto reply = who.gate.ask(ask);
          if (!reply.ok()) text += " none";
          if (!reply.ok() || reply->rows.empty()) break;
          for (const auto& row : reply->rows)
            text += cat(' ', row.folder_path, '/', row.name, '=', row.size, '/', reply->total);
        }
      }
    }
    for (const std::uint32_t in : {0U, folder}) {
      asks::ListFolders ask;
      ask.parent = in;
      ask.slice = {0, 1'000, down};
      text += cat("\nfolders ", in, ':');
      const auto reply = who.gate.ask(ask);
      for (const auto& row : reply.ok() ? reply->rows : std::vector<asks::FolderRow>{}) {
        text += cat(' ', row.path, '=', row.rights, '/', row.file_count, '/', row.shared_users, '/', reply->total);
      }
    }
    for (const auto sort : {asks::ContentSort::kind, asks::ContentSort::name}) {
      asks::ListContent ask{folder, {}, sort, {0, 4, down}};
      text += "\ncontent:";
      for (;; ask.slice.offset += 4) {
        const auto reply = who.gate.ask(ask);
        if (!reply.ok() || reply->rows.empty()) break;
        for (const auto& row : reply->rows)
          text += cat(' ', row.name, row.is_folder ? "/ " : " ", row.size, '/', reply->total);
      }
    }
  }
  return text;
}

// The files of an organisation that fit, once by the index and once by a walk; and whether there is a line for each
// file, or a row that waits.
struct Compared {
  std::set<std::uint64_t> by_index;
  std::set<std::uint64_t> by_walk;
  bool same_count = false;
};
Compared compare(Running& keeper, const std::string& mask) {
  Compared result;
  keeper.in_loop([&] {
    db::Db& db = keeper.store.db;
    const Mask names = Mask::parse(mask).value();
    const std::vector<std::uint64_t> candidates = keeper.store.index.find(names, company, 0, 100'000).value();
    for (const std::uint64_t file : candidates) {
      const auto name =
          db.one(
                "SELECT name FROM files WHERE id = $1", [](db::Row& row) { return std::string{row.text(0)}; }, file)
              .value();
      if (name && names.matches(*name)) result.by_index.insert(file);
    }
    db.query(
          "SELECT f.id, f.name FROM files f JOIN folders d ON d.id = f.folder WHERE d.organisation = $1",
          [&](db::Row& row) {
            if (names.matches(row.text(1))) result.by_walk.insert(static_cast<std::uint64_t>(row.int64(0)));
          },
          company)
        .value();
    result.same_count = db.one("SELECT (SELECT count(*) FROM search) = (SELECT count(*) FROM files) "
                               "OR EXISTS (SELECT 1 FROM unindexed)",
                               [](db::Row& row) { return row.boolean(0); })
                            .value()
                            .value();
  });
  return result;
}

struct World {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client boss = keeper.sign_on("boss", Role::admin);
  Client stranger = keeper.sign_on("stranger", Role::admin, 2'000);
  std::uint32_t home = ann.home();
  std::mt19937 random{11};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same steps each time
  std::vector<std::uint32_t> folders{home};
  std::vector<std::uint64_t> files;

  std::size_t any(std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random); }
  std::uint32_t folder() { return folders[any(folders.size())]; }
  std::string name() {
    constexpr std::array<std::string_view, 10> parts{"a",        "-b", "REP", "ort", "\xc3\x84",
                                                     "\xc3\xa4", "%",  "\"",  ".t",  "x y"};
    std::string made = cat(any(4));
    for (std::size_t i = any(5); i > 0; --i) made += parts[any(parts.size())];
    return made;
  }
  void step() {
    const std::uint64_t file = files.empty() ? 0 : files[any(files.size())];
    switch (any(9)) {
      case 0:
        if (const auto made =
                ann.gate.ask(asks::CreateFolder{folder(), name(), any(4) == 0 ? Inherit::none : Inherit::always});
            made.ok())
          folders.push_back(made->id);
        return;
      case 1:
        static_cast<void>(ann.gate.ask(asks::MoveFolder{folder(), folder()}));
        return;
      case 2: {
        asks::ChangeFolder ask{folder(), name(), {}};
        if (any(3) == 0) ask = {ask.folder, {}, {}, any(2) == 0};
        static_cast<void>(ann.gate.ask(ask));
        return;
      }
      case 3:
        if (any(4) == 0) static_cast<void>(ann.gate.ask(asks::DeleteFolder{folder()}));
        return;
      case 4:
        static_cast<void>(ann.gate.ask(asks::DeleteFile{file}));
        return;
      case 5:
        static_cast<void>(ann.gate.ask(asks::ChangeFile{file, name(), {}}));
        return;
      case 6:
        static_cast<void>(ann.gate.ask(asks::MoveFile{file, folder()}));
        return;
      case 7: {
        const Rights rights = any(2) == 0 ? Rights{Right::list_files} : Rights{Right::read_files, Right::list_files};
        const std::uint32_t where = folder();
        if (any(2) == 0)
          static_cast<void>(ann.gate.ask(asks::SetGrant{where, "bob", rights.bits()}));
        else
          static_cast<void>(ann.gate.ask(asks::RemoveGrant{where, "bob", false}));
        return;
      }
      default:
        if (const auto made = ann.upload(folder(), name(), any(50)); made.ok()) files.push_back(made->id);
    }
  }
};

TEST_CASE("a search finds what a walk through all names finds, whatever happened before") {
  World at;
  const std::string fixed = cat("0", "aREPort");
  at.files.push_back(at.ann.upload(at.home, fixed, 10).value().id);
  for (int step = 0; step < 700; ++step) {
    at.step();
    if (step % 25 != 0) continue;
    if (step % 2 == 0) {
      at.keeper.in_loop([&] {
        at.keeper.store.index_some(60'000).value();
        CHECK_FALSE(at.keeper.store.index.has_waiting());
      });
    }
    for (const std::string mask :
         {"report", "REPORT", "p", "\xc3\x84", "%", "\"", "*.t", "0*t", "??", "*a-b*", "x y", "rt.", "zzz"}) {
      const bool wild = mask.find_first_of("*?") != std::string::npos;
      const std::string whole = wild ? mask : cat('*', mask, '*');
      CAPTURE(mask);
      for (Client* const who : {&at.ann, &at.bob, &at.boss}) CHECK(found(*who, mask) == listed(*who, whole));
      CHECK(found(at.stranger, mask).empty());
      const Compared compared = compare(at.keeper, whole);
      CHECK(compared.by_index == compared.by_walk);
      CHECK(compared.same_count);
    }
  }
  CHECK(at.files.size() > 20);
}

TEST_CASE("lines of the index come later, and no search misses what waits for its own") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  const std::uint64_t file = ann.upload(ann.home(), "before.txt", 1).value().id;
  keeper.in_loop([&] {  // where no tick comes in between
    Store& store = keeper.store;
    const auto waiting = [&] {
      return store.db.one("SELECT count(*) FROM unindexed", [](db::Row& row) { return row.int64(0); }).value().value();
    };
    const auto is_candidate = [&](const std::string& mask) {
      const auto files = store.named(Mask::parse(mask).value(), company, 0, 100).value();
      return std::ranges::find(files, file) != files.end();
    };
    store.index_some(60'000).value();
    CHECK(waiting() == 0);
    CHECK_FALSE(is_candidate("*after*"));
    store.turn.ask([&] { return store.db.run("UPDATE files SET name = 'after.txt' WHERE id = $1", file); }).value();
    CHECK(is_candidate("*after*"));  // in the turn that wrote it
    store.commit().value();
    CHECK(waiting() == 1);
    CHECK(is_candidate("*after*"));
    store.index_some(60'000).value();
    CHECK(waiting() == 0);
    CHECK(is_candidate("*after*"));
    CHECK_FALSE(is_candidate("*before*"));
  });
  CHECK(found(ann, "after") == Names{"/Home/ann/after.txt"});
  ann.gate.ask(asks::DeleteFile{file}).value();
  CHECK(found(ann, "after").empty());
}

TEST_CASE("kept lists say what new ones say") {
  World at;
  for (int step = 0; step < 400; ++step) {
    at.step();
    if (step % 5 != 0) continue;
    const std::uint32_t folder = at.folder();
    std::array<Client*, 3> all{&at.ann, &at.bob, &at.boss};
    std::array<std::string, 3> kept;
    for (std::size_t i = 0; i < all.size(); ++i) kept[i] = lists_of(*all[i], folder);
    at.keeper.in_loop([&] { at.keeper.store.tree.clear(); });
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(kept[i] == lists_of(*all[i], folder));
  }
}

TEST_CASE("later pages of a sorted list go on in its order, without what has gone") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  std::vector<std::uint64_t> files;
  for (int i = 0; i < 6; ++i)
    files.push_back(ann.upload(ann.home(), cat("f", i), 10 + static_cast<std::uint64_t>(i)).value().id);
  asks::ListFiles ask;
  ask.folder = ann.home();
  ask.sort = asks::FileSort::size;
  ask.slice = {0, 2, false};
  CHECK(ann.gate.ask(ask).value().rows.back().name == "f1");
  ann.upload(ann.home(), "smallest", 1).value();
  ann.gate.ask(asks::DeleteFile{files[2]}).value();
  ask.slice.offset = 2;
  const auto second = ann.gate.ask(ask).value();
  CHECK(second.total == 5);
  CHECK(second.rows.front().name == "f3");
  ask.slice.offset = 0;
  CHECK(ann.gate.ask(ask).value().rows.front().name == "smallest");
  ann.upload(ann.home(), "empty", 0).value();
  ask.slice.offset = 2;
  CHECK(ann.gate.ask(ask).value().rows.front().name == "f1");
  keeper.clock_ahead = 2 * order_life_ms;
  CHECK(ann.gate.ask(ask).value().rows.front().name == "f0");
}

TEST_CASE("search is bounded, stays below its folder and says nothing of what the asker may not list") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t a = ann.gate.ask(asks::CreateFolder{ann.home(), "a", Inherit::always}).value().id;
  const std::uint32_t next = ann.gate.ask(asks::CreateFolder{ann.home(), "a-b", Inherit::always}).value().id;
  ann.upload(a, "report 1", 1).value();
  ann.upload(next, "report 2", 1).value();
  CHECK(found(ann, "report") == Names{"/Home/ann/a/report 1", "/Home/ann/a-b/report 2"});
  CHECK(found(ann, "report", "/Home/ann/a") == Names{"/Home/ann/a/report 1"});
  CHECK(found(ann, "report", "/Home/ann") == found(ann, "report"));
  CHECK(found(bob, "report").empty());
  CHECK(kind_of(bob.gate.ask(asks::Search{"report", "/Home/ann/a", 0, 10})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::Search{"report", "/nowhere", 0, 10})) == Errc::not_found);
  CHECK(kind_of(ann.gate.ask(asks::Search{"", "", 0, 10})) == Errc::invalid);
  ann.gate.ask(asks::SetGrant{a, "bob", Rights{Right::read_files}.bits()}).value();
  CHECK(found(bob, "report").empty());  // a drop box in the other direction: what he may not list he does not find
  ann.gate.ask(asks::SetGrant{a, "bob", Rights{Right::list_files}.bits()}).value();
  CHECK(found(bob, "report") == Names{"/Home/ann/a/report 1"});
}

TEST_CASE("more files than are looked at one by one") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  const std::uint32_t a = ann.gate.ask(asks::CreateFolder{ann.home(), "a", Inherit::always}).value().id;
  const std::uint32_t b = ann.gate.ask(asks::CreateFolder{ann.home(), "b", Inherit::always}).value().id;
  constexpr std::uint64_t count = 12'000;
  keeper.in_loop([&] {  // as keeper would write them, without so many syncs
    db::Db& db = keeper.store.db;
    keeper.store.turn
        .ask([&]() -> Result<void> {
          for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t id = 2'000'000'000 + 100 * i;
            const std::string name = i % 1'000 == 7 ? cat("Rare ", i) : cat("plain-", i, ".txt");
            TRY(db.run("INSERT INTO files (id, folder, name, version) VALUES ($1, $2, $3, $1)", id, i % 2 == 0 ? a : b,
                       name));
            TRY(
                db.run("INSERT INTO versions (id, file, tag, wrapped_key, size, sha256, uploader, uploaded_ms, "
                       "address, agent, comment, integrity_checked, receipt, small) "
                       "VALUES ($1, $1, $2, $3, $4, $3, 1, 1, '', '', '', 0, 0, $3)",
                       id, as_bytes(name), Bytes(32, 1), i));
          }
          for (const std::uint32_t folder : {a, b}) {
            TRY(db.run("UPDATE folders SET file_count = $2 WHERE id = $1", folder, count / 2));
          }
          return {};
        })
        .value();
    keeper.store.commit().value();
  });
  ann.gate.ask(asks::SetGrant{b, "bob", Rights{Right::list_files}.bits()}).value();
  CHECK(found(ann, "rare", {}, 1'000).size() == count / 1'000);
  CHECK(found(ann, "RARE 7", {}, 1'000) == Names{"/Home/ann/b/Rare 7", "/Home/ann/b/Rare 7007"});
  CHECK(found(bob, "rare", {}, 5).size() == count / 1'000);
  CHECK(found(ann, "rare", "/Home/ann/a").empty());
  CHECK(listed(ann, "*rare*") == found(ann, "rare"));  // this list asks the index as well
  asks::ListFiles in_folder;
  in_folder.folder = b;
  in_folder.name_mask = "rare 7*";
  in_folder.sort = asks::FileSort::size;
  in_folder.slice = {0, 10, true};
  const auto two = ann.gate.ask(in_folder).value();
  REQUIRE(two.total == 2);
  CHECK(two.rows.front().name == "Rare 7007");
  in_folder.folder = a;
  CHECK(ann.gate.ask(in_folder).value().total == 0);
  CHECK(found(ann, "*", {}, 1'000).size() == count);
  CHECK(found(bob, "plain-*.t?t", {}, 1'000).size() == count / 2 - count / 1'000);
  // What is looked at is bounded: the last digits of a number have no three letters.
  const auto first = ann.gate.ask(asks::Search{"*?99?*", {}, 0, 1'000}).value();
  CHECK_FALSE(first.end);
  CHECK(first.after <= 2'000'000'000 + 100 * searched_max);
  CHECK(found(ann, "*?99?*", {}, 1'000) == listed(ann, "*?99?*"));
}

}  // namespace
}  // namespace bulkhead::keeper
