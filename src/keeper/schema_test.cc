// A catalog of schema 1 comes through the migration with what it held.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

TEST_CASE("the catalog keeps its entries as ranges of places") {
  Running keeper;
  Client ann = keeper.sign_on("ann");
  keeper.sign_on("bob");
  const auto made = ann.gate.ask(asks::CreateFolder{ann.home(), "a", asks::Inherit::always}).value();
  const auto inner = ann.gate.ask(asks::CreateFolder{made.id, "b", asks::Inherit::always}).value();
  ann.gate.ask(asks::SetGrant{inner.id, "bob", 1}).value();
  ann.gate.ask(asks::CreateFolder{inner.id, "copy", asks::Inherit::copy_only}).value();
  ann.gate.ask(asks::ChangeFolder{made.id, "z", {}}).value();
  keeper.in_loop([&] {
    std::vector<std::string> places;
    keeper.store.db
        .query("SELECT place FROM grants ORDER BY place", [&](db::Row& row) { places.emplace_back(row.text(0)); })
        .value();
    CHECK(places == std::vector<std::string>{"\1Home\1ann\1z\1b", "\1Home\1ann\1z\1b\1copy"});
  });
}

TEST_CASE("a catalog of schema 1 is carried over") {
  const std::string directory = new_directory();
  const std::string path = directory + "/catalog.db";
  {
    db::Db old = db::Db::open(path.c_str(), {.migrations = migrations().first(1)}).value();
    const auto run = [&](db::Sql sql, const auto&... binds) { CHECK(old.run(sql, binds...).ok()); };
    run("INSERT INTO organisations (id, root, homes) VALUES (1000, 1, 2)");
    run("INSERT INTO users (number, id, organisation, name, folded_name, role) VALUES (1, 'x', 1000, 'x', 'x', 1)");
    run("INSERT INTO folders (id, organisation, parent, name, path, inherit, changed_ms) VALUES (1, 1000, NULL, '/', "
        "'/', 1, 5)");
    run("INSERT INTO folders (id, organisation, parent, name, path, inherit, changed_ms) VALUES (2, 1000, 1, 'a', "
        "'/a', 1, 5)");
    run("INSERT INTO grants (folder, user, rights, behaviour) VALUES (2, 1, 8, 1)");
    run("INSERT INTO files (id, folder, name, version) VALUES (9, 2, 'f', 1)");
    run("INSERT INTO versions (id, file, tag, wrapped_key, size, sha256, uploader, uploaded_ms, address, agent, "
        "comment, "
        "integrity_checked, receipt, small) VALUES (1, 9, $1, $1, 3, $1, 1, 77, '', '', '', 0, 0, $1)",
        Bytes(32, 1));
    run("INSERT INTO drafts (blob, started_ms) VALUES ('0123', 5)");
    CHECK(old.close().ok());
  }
  db::Db now = open_catalog(path.c_str()).value();
  const auto text = [](db::Row& row) { return std::string{row.text(0)}; };
  const auto number = [](db::Row& row) { return row.int64(0); };
  CHECK(now.one("SELECT modified_ms FROM files", number).value() == 77);
  CHECK(now.one("SELECT place FROM grants", text).value() == "\1a");
  CHECK(now.one("SELECT user * 1000 + rights FROM grants WHERE group_id IS NULL AND share = 0", number).value() == 1'008);
  CHECK(now.one("SELECT count(*) FROM drafts", number).value() == 0);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace bulkhead::keeper
