// What a Db tells of the rows that change, and functions of the program in SQL.
#include <doctest/doctest.h>

#include <filesystem>
#include <vector>

#include "base/cat.h"
#include "db/db.h"

using namespace bulkhead;
using namespace bulkhead::db;

namespace {

std::string joined(std::string_view text, std::int64_t number) {
  return cat(text, '/', number);
}
constexpr Function functions[] = {{"joined", joined}};
constexpr Sql schema[] = {
    "CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES names ON DELETE CASCADE) STRICT",
    "CREATE VIRTUAL TABLE words USING fts5(text, columnsize=0, detail=none, tokenize='trigram case_sensitive 1')",
};
constexpr Migration migrations[] = {{1, schema}};

TEST_CASE("a watcher hears of each row, a function works, and FTS5 does after the lock-down") {
  std::string folder = "/tmp/bulkhead-db-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  std::vector<std::string> seen;
  {
    Db db = Db::open((folder + "/test.db").c_str(), {.migrations = migrations, .functions = functions}).value();
    db.watch([&](std::string_view table, std::int64_t row) {
      if (table == "names" || table == "notes") seen.push_back(cat(table, row));
    });
    REQUIRE(db.begin().ok());
    db.run("INSERT INTO names (id, name) VALUES ($1, $2)", 7, "seven").value();
    db.run("INSERT INTO notes (id, of) VALUES ($1, $2)", 8, 7).value();
    db.run("UPDATE names SET name = $1", "new").value();
    db.run("INSERT INTO words (rowid, text) SELECT id, joined(name, 5) FROM names").value();
    db.run("DELETE FROM names WHERE id = $1", 7).value();
    REQUIRE(db.commit().ok());
    CHECK(std::vector<std::string>(seen.begin(), seen.begin() + 3) ==
          std::vector<std::string>{"names7", "notes8", "names7"});
    CHECK(std::vector<std::string>(seen.begin() + 3, seen.end()).size() == 2);  // the row and what refers to it
    const auto find = [&](const std::string& words) {
      return db.one(
                   "SELECT rowid FROM words WHERE words MATCH $1", [](Row& row) { return row.int64(0); }, words)
          .value();
    };
    CHECK(find("\"w/5\"") == 7);
    CHECK_FALSE(find("\"xyz\"").has_value());
    CHECK(db.one("SELECT joined(NULL, 1) IS NULL", [](Row& row) { return row.boolean(0); }).value() == true);
    CHECK(db.query("PRAGMA data_version=1", [](Row&) {}).error().kind() == Errc::denied);
    CHECK(db.query("PRAGMA cache_size", [](Row&) {}).error().kind() == Errc::denied);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
