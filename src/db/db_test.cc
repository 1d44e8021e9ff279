#include "db/db.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/cat.h"

using namespace bulkhead;
using namespace bulkhead::db;

namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/bulkhead-db-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ + "/test.db"; }

 private:
  std::string path_;
};

constexpr Sql schema[] = {
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, note TEXT, data BLOB,"
    " age INTEGER CHECK (age >= 0)) STRICT",
    "CREATE TABLE keys (id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id)) STRICT"};
constexpr Migration migrations[] = {{1, schema}};
constexpr Sql insert_user = "INSERT INTO users (name) VALUES ($1)";
constexpr Sql count_users = "SELECT count(*) FROM users";

Db opened(const Folder& folder) {
  Result<Db> db = Db::open(folder.file().c_str(), {.migrations = migrations});
  REQUIRE_MESSAGE(db.ok(), (db.ok() ? "" : db.error().message()));
  return std::move(db).value();
}

std::int64_t users(Db& db) {
  return db.one(count_users, [](Row& row) { return row.int64(0); }).value().value();
}

template <class T>
Errc kind(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().kind();
}

}  // namespace

TEST_CASE("values come back as they were bound, each with its type") {
  const Folder folder;
  Db db = opened(folder);
  const Bytes blob{0, 1, 0, 255};
  CHECK(*db.run("INSERT INTO users (name, note, data, age) VALUES ($1, $2, $3, $4)", "ada",
                std::optional<std::string>{}, blob, std::uint64_t{36}) == 1);
  const std::int64_t id = db.last_insert_rowid();
  bool seen = false;
  const auto read = db.query(
      "SELECT name, note, data, age, age > 30 FROM users WHERE id = $1",
      [&](Row& row) {
        seen = true;
        CHECK(row.text(0) == "ada");
        CHECK_FALSE(row.optional_text(1).has_value());
        CHECK(to_bytes(row.blob(2)) == blob);
        CHECK(row.optional_int64(3) == 36);
        CHECK(row.boolean(4));
      },
      id);
  CHECK(read.ok());
  CHECK(seen);
}

TEST_CASE("empty text and empty blob are not NULL") {
  const Folder folder;
  Db db = opened(folder);
  CHECK(db.run("INSERT INTO users (name, data) VALUES ($1, $2)", std::string_view{}, ByteView{}).ok());
  const auto found =
      db.one("SELECT name, data FROM users", [](Row& row) { return row.text(0).size() + row.blob(1).size(); });
  CHECK(*found.value() == 0);
}

TEST_CASE("parameters are bound by their number, in whatever order they appear") {
  const Folder folder;
  Db db = opened(folder);
  const auto text =
      db.one("SELECT $2 || '-' || $1 || '-' || $2", [](Row& row) { return std::string{row.text(0)}; }, "a", "b");
  CHECK(*text.value() == "b-a-b");
  CHECK(kind(db.run("INSERT INTO users (name) VALUES (?)", "a")) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name) VALUES ($name)", "a")) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name) VALUES ($2)", "a")) == Errc::invalid);
}

TEST_CASE("text with NUL and numbers beyond 63 bits are refused before they are bound") {
  const Folder folder;
  Db db = opened(folder);
  CHECK(kind(db.run(insert_user, std::string_view{"ad\0min", 6})) == Errc::invalid);
  CHECK(kind(db.run(insert_user, std::string_view{"admin\0", 6})) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name, age) VALUES ($1, $2)", "x", UINT64_MAX)) == Errc::invalid);
  CHECK(users(db) == 0);
  CHECK(db.run(insert_user, "admin").ok());
}

TEST_CASE("quoting metacharacters come back byte for byte") {
  const Folder folder;
  Db db = opened(folder);
  std::vector<std::string> corpus{"' OR '1'='1",
                                  "'; DROP TABLE users; --",
                                  "\"",
                                  "\\",
                                  "\\'",
                                  "''",
                                  "%_",
                                  "$1",
                                  "?1",
                                  ":a",
                                  "@a",
                                  "/*",
                                  "*/",
                                  "--",
                                  "`",
                                  "[x]",
                                  "\xE2\x80\x99",
                                  "\xEF\xBC\x87",
                                  "\n\r\t\x1A",
                                  "x'00'",
                                  "NULL",
                                  "\xBF\x27",
                                  "\xE5\x5C",
                                  ";",
                                  "${x}",
                                  "{{x}}",
                                  std::string(70'000, '\'')};
  for (int letter = 1; letter < 256; ++letter) corpus.push_back(cat("<", static_cast<char>(letter), ">"));
  for (const std::string& text : corpus) {
    REQUIRE(db.run(insert_user, text).ok());
    const auto back =
        db.one("SELECT name FROM users WHERE name = $1", [](Row& row) { return std::string{row.text(0)}; }, text);
    REQUIRE(back.ok());
    CHECK(back->value() == text);
  }
  CHECK(users(db) == std::ssize(corpus));
}

TEST_CASE("a column of another type than asked is corrupt") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.run(insert_user, "ada").ok());
  CHECK(kind(db.one("SELECT name FROM users", [](Row& row) { return row.int64(0); })) == Errc::corrupt);
  CHECK(kind(db.one("SELECT note FROM users", [](Row& row) { return std::string{row.text(0)}; })) == Errc::corrupt);
  CHECK(kind(db.one("SELECT 2", [](Row& row) { return row.boolean(0); })) == Errc::corrupt);
  CHECK(kind(db.one("SELECT CAST(x'610062' AS TEXT)", [](Row& row) { return std::string{row.text(0)}; })) ==
        Errc::corrupt);
}

TEST_CASE("one() finds nothing, one row, or says that there are two") {
  const Folder folder;
  Db db = opened(folder);
  const auto name = [](Row& row) { return std::string{row.text(0)}; };
  CHECK_FALSE(db.one("SELECT name FROM users", name).value().has_value());
  REQUIRE(db.run(insert_user, "a").ok());
  CHECK(*db.one("SELECT name FROM users", name).value() == "a");
  REQUIRE(db.run(insert_user, "b").ok());
  CHECK(kind(db.one("SELECT name FROM users", name)) == Errc::corrupt);
}

TEST_CASE("an error of the callback ends the query, and the statement can be used again") {
  const Folder folder;
  Db db = opened(folder);
  for (const char* name : {"a", "b", "c"}) REQUIRE(db.run(insert_user, name).ok());
  int rows = 0;
  const auto stop = [&](Row&) -> Result<void> {
    if (++rows == 2) return fail(Errc::exhausted, "enough");
    return {};
  };
  constexpr Sql all = "SELECT name FROM users";
  CHECK(kind(db.query(all, stop)) == Errc::exhausted);
  CHECK(rows == 2);
  rows = 10;
  CHECK(db.query(all, stop).ok());
  CHECK(rows == 13);
}

TEST_CASE("a statement is prepared once") {
  const Folder folder;
  Db db = opened(folder);
  const std::size_t before = db.cached_statements();
  for (int i = 0; i < 50; ++i) REQUIRE(db.run(insert_user, cat("user", i)).ok());
  CHECK(db.cached_statements() == before + 1);
  CHECK(users(db) == 50);
  CHECK(db.cached_statements() == before + 2);
}

TEST_CASE("broken constraints are told apart") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.run(insert_user, "ada").ok());
  CHECK(kind(db.run(insert_user, "ada")) == Errc::conflict);
  CHECK(kind(db.run("INSERT INTO users (id, name) VALUES (1, 'x')")) == Errc::conflict);
  CHECK(kind(db.run("INSERT INTO keys (user) VALUES ($1)", 99)) == Errc::conflict);
  CHECK(kind(db.run(insert_user, Null{})) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name, age) VALUES ('y', $1)", -1)) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name, age) VALUES ('y', $1)", "old")) == Errc::invalid);
  CHECK(kind(db.run("INSERT INTO users (name, data) VALUES ('y', zeroblob($1))", value_size_max + 1)) ==
        Errc::too_large);
  CHECK(kind(db.run("INSERT INTO nothing (name) VALUES ('y')")) == Errc::corrupt);
  CHECK(users(db) == 1);
}

TEST_CASE("run() counts the rows it changed") {
  const Folder folder;
  Db db = opened(folder);
  for (const char* name : {"a", "b", "c"}) CHECK(*db.run(insert_user, name) == 1);
  CHECK(*db.run("UPDATE users SET note = $1 WHERE name > $2", "late", "a") == 2);
  CHECK(*db.run("DELETE FROM users WHERE name = $1", "z") == 0);
}

TEST_CASE("after open no statement attaches, changes schema or settings, or loads code") {
  const Folder folder;
  Db db = opened(folder);
  CHECK(kind(db.run("ATTACH DATABASE '/tmp/other.db' AS other")) == Errc::denied);
  CHECK(kind(db.run("ATTACH DATABASE $1 AS other", "/tmp/other.db")) == Errc::denied);
  CHECK(kind(db.run("DETACH DATABASE main")) == Errc::denied);
  CHECK(kind(db.run("PRAGMA synchronous=OFF")) == Errc::denied);
  CHECK(kind(db.run("PRAGMA user_version")) == Errc::denied);
  CHECK(kind(db.run("CREATE TABLE t (a TEXT) STRICT")) == Errc::denied);
  CHECK(kind(db.run("CREATE TEMP TABLE t (a TEXT) STRICT")) == Errc::denied);
  CHECK(kind(db.run("CREATE VIEW v AS SELECT 1")) == Errc::denied);
  CHECK(kind(db.run("CREATE INDEX i ON users (note)")) == Errc::denied);
  CHECK(kind(db.run("DROP TABLE users")) == Errc::denied);
  CHECK(kind(db.run("ALTER TABLE users ADD COLUMN x TEXT")) == Errc::denied);
  CHECK(kind(db.run("REINDEX users")) == Errc::denied);
  CHECK(kind(db.run("ANALYZE")) == Errc::denied);
  CHECK(kind(db.run("VACUUM")) == Errc::denied);
  CHECK(kind(db.run("VACUUM INTO '/tmp/bulkhead-db-copy.db'")) == Errc::denied);
  const auto loaded = db.one("SELECT load_extension('libm.so.6')", [](Row&) { return 1; });
  REQUIRE_FALSE(loaded.ok());
  CHECK_MESSAGE(loaded.error().message().find("not authorized") != std::string::npos, loaded.error().message());
  CHECK_FALSE(db.run("UPDATE sqlite_master SET sql = ''").ok());
  CHECK_FALSE(db.run("SELECT \"quoted with the wrong quotes\"").ok());
  CHECK(users(db) == 0);
}

TEST_CASE("the file is private, stays locked and shares no memory") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.run(insert_user, "ada").ok());
  struct stat info{};
  REQUIRE(::stat(folder.file().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(std::filesystem::exists(folder.file() + "-wal"));
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-shm"));
  // Another process: locks of one process do not collide with themselves.
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<Db> second = Db::open(folder.file().c_str(), {.migrations = migrations});
    ::_exit(!second.ok() && second.error().kind() == Errc::conflict ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a path that SQLite would read as something else than a file is refused") {
  for (const char* path : {"", ":memory:", "file:/tmp/x.db?mode=memory"})
    CHECK(kind(Db::open(path, {})) == Errc::invalid);
  CHECK(kind(Db::open("/nowhere/at/all.db", {})) == Errc::io);
}

TEST_CASE("a file that is no database is corrupt") {
  const Folder folder;
  std::FILE* file = std::fopen(folder.file().c_str(), "w");
  REQUIRE(file != nullptr);
  for (int i = 0; i < 1000; ++i) std::fputs("this is no database\n", file);
  std::fclose(file);
  CHECK(kind(Db::open(folder.file().c_str(), {.migrations = migrations})) == Errc::corrupt);
}

TEST_CASE("the log is copied when it is large, and emptied at the end") {
  const Folder folder;
  Result<Db> db = Db::open(folder.file().c_str(), {.migrations = migrations, .wal_pages_max = 50});
  REQUIRE(db.ok());
  REQUIRE(db->close().ok());
  const auto log_size = [&] { return std::filesystem::file_size(folder.file() + "-wal"); };
  const auto file_size = [&] { return std::filesystem::file_size(folder.file()); };
  CHECK(log_size() == 0);
  const auto before = file_size();
  int inserted = 0;
  const auto insert = [&](int count) {
    for (int i = 0; i < count; ++i) REQUIRE(db->run(insert_user, cat(std::string(1000, 'x'), ++inserted)).ok());
  };
  insert(2);
  REQUIRE(db->checkpoint_if_large().ok());
  CHECK(file_size() == before);
  insert(60);
  REQUIRE(db->checkpoint_if_large().ok());
  CHECK(file_size() > before);
  const auto grown = log_size();
  insert(2);
  CHECK(log_size() == grown);  // written over from its start
  REQUIRE(db->close().ok());
  CHECK(log_size() == 0);
  CHECK(users(*db) == inserted);
}
