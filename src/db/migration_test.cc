#include "db/migration.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "db/db.h"

using namespace bulkhead;
using namespace bulkhead::db;

namespace {

constexpr Sql first[] = {"CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT) STRICT;",
                         "INSERT INTO a (name) VALUES ('one')"};
constexpr Sql second[] = {"CREATE TABLE b (id INTEGER PRIMARY KEY) STRICT", "UPDATE a SET name = 'two'"};
constexpr Sql broken[] = {"UPDATE a SET name = 'broken'", "CREATE TABLE b (id NONSENSE) STRICT"};
constexpr Sql loose[] = {"CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT)"};
constexpr Migration old_program[] = {{1, first}};
constexpr Migration new_program[] = {{1, first}, {2, second}};
constexpr Migration broken_program[] = {{1, first}, {2, broken}};
constexpr Migration loose_program[] = {{1, loose}};

struct File {
  std::string folder = "/tmp/bulkhead-db-XXXXXX";
  std::string path;
  File() {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    path = folder + "/test.db";
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove_all(folder); }
  Result<Db> open(std::span<const Migration> migrations) const {
    return Db::open(path.c_str(), {.migrations = migrations});
  }
};

std::string name_in_a(Db& db) {
  return db.one("SELECT name FROM a", [](Row& row) { return std::string{row.text(0)}; }).value().value();
}

}  // namespace

TEST_CASE("a database is brought from any older version to the newest, each step once") {
  const File file;
  {
    Db db = file.open(old_program).value();
    CHECK(name_in_a(db) == "one");
    REQUIRE(db.run("UPDATE a SET name = 'kept'").ok());
  }
  {
    Db db = file.open(old_program).value();
    CHECK(name_in_a(db) == "kept");
  }
  Db db = file.open(new_program).value();
  CHECK(name_in_a(db) == "two");
  CHECK(db.run("INSERT INTO b (id) VALUES (1)").ok());
}

TEST_CASE("a database that is newer than the program is refused and left alone") {
  const File file;
  CHECK(file.open(new_program).ok());
  const Result<Db> refused = file.open(old_program);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind() == Errc::unsupported);
  CHECK(refused.error().message().find("schema version 2 and this program knows 1") != std::string::npos);
  CHECK(file.open(new_program).ok());
}

TEST_CASE("a step that fails leaves the version before it") {
  const File file;
  const Result<Db> failed = file.open(broken_program);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message().find("migration 2") != std::string::npos);
  Db db = file.open(old_program).value();
  CHECK(name_in_a(db) == "one");
}

TEST_CASE("a table that is not STRICT is refused") {
  const File file;
  const Result<Db> refused = file.open(loose_program);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind() == Errc::invalid);
}
