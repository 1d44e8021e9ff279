#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/cat.h"
#include "db/db.h"

using namespace bulkhead;
using namespace bulkhead::db;

namespace {

constexpr Sql schema[] = {"CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT"};
constexpr Migration migrations[] = {{1, schema}};
constexpr Sql insert_note = "INSERT INTO notes (body) VALUES ($1)";

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
  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/test.db"; }

 private:
  std::string path_;
};

Result<Db> open_at(const std::string& path) {
  return Db::open(path.c_str(), {.migrations = migrations});
}
Db opened(const Folder& folder) {
  return open_at(folder.file()).value();
}

std::int64_t notes(Db& db) {
  return db.one("SELECT count(*) FROM notes", [](Row& row) { return row.int64(0); }).value().value();
}
bool intact(Db& db) {
  // Reads every row and through the index of rowids.
  std::int64_t rows = 0;
  const bool read =
      db.query("SELECT id, body FROM notes ORDER BY id", [&](Row& row) { rows += row.text(1).empty() ? 0 : 1; }).ok();
  return read && rows == notes(db);
}

// Runs `work` in a child that ends itself; the status that waitpid gives.
template <class Work>
int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(99);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

// The default file system layer of SQLite, whose n-th write, sync or truncation fails, and that one alone.
struct FaultLayer {
  static inline sqlite3_vfs* real = nullptr;
  static inline sqlite3_vfs layer{};
  static inline const sqlite3_io_methods* real_methods = nullptr;
  static inline std::array<sqlite3_io_methods, 2> methods{};  // the database file's, and those of the files beside it
  static inline int calls_left = 0;                           // zero: nothing fails
  static inline int code = SQLITE_OK;

  static bool fails() { return calls_left > 0 && --calls_left == 0; }
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    return fails() ? code : real_methods->xWrite(file, data, size, offset);
  }
  static int sync(sqlite3_file* file, int flags) {
    return fails() ? SQLITE_IOERR_FSYNC : real_methods->xSync(file, flags);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return fails() ? SQLITE_IOERR_TRUNCATE : real_methods->xTruncate(file, size);
  }
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int opened = real->xOpen(real, name, file, flags, out);
    if (file->pMethods != nullptr) {
      real_methods = file->pMethods;
      sqlite3_io_methods& own = methods[(flags & SQLITE_OPEN_MAIN_DB) != 0 ? 0 : 1];
      own = *real_methods;
      own.xWrite = write;
      own.xSync = sync;
      own.xTruncate = truncate;
      file->pMethods = &own;
    }
    return opened;
  }

  FaultLayer() {
    calls_left = 0;
    real = sqlite3_vfs_find(nullptr);
    layer = *real;
    layer.zName = "fault";
    layer.xOpen = open;
    REQUIRE(sqlite3_vfs_register(&layer, 1) == SQLITE_OK);
  }
  FaultLayer(const FaultLayer&) = delete;
  FaultLayer& operator=(const FaultLayer&) = delete;
  ~FaultLayer() {
    sqlite3_vfs_unregister(&layer);
    sqlite3_vfs_register(real, 1);
  }
};

// Many asks in one transaction, more than the page cache holds, so that writes happen before the commit too.
Result<void> large_turn(Db& db, int asks) {
  const std::string body(200'000, 'b');
  TRY(db.begin());
  for (int i = 0; i < asks; ++i) {
    Result<Savepoint> savepoint = db.savepoint();
    if (!savepoint.ok()) break;
    if (db.run(insert_note, body).ok()) static_cast<void>(savepoint->keep());
  }
  return db.commit();
}

}  // namespace

TEST_CASE("commit keeps, rollback undoes") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.begin().ok());
  REQUIRE(db.run(insert_note, "a").ok());
  CHECK(db.in_transaction());
  REQUIRE(db.commit().ok());
  CHECK_FALSE(db.in_transaction());
  REQUIRE(db.begin().ok());
  REQUIRE(db.run(insert_note, "b").ok());
  CHECK(notes(db) == 2);
  db.rollback();
  CHECK(notes(db) == 1);
}

TEST_CASE("a savepoint that is not kept is undone alone, also when nested") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.begin().ok());
  REQUIRE(db.run(insert_note, "before").ok());
  {
    const Savepoint dropped = db.savepoint().value();
    REQUIRE(db.run(insert_note, "dropped").ok());
  }
  {
    Savepoint kept = db.savepoint().value();
    REQUIRE(db.run(insert_note, "kept").ok());
    {
      const Savepoint inner = db.savepoint().value();
      REQUIRE(db.run(insert_note, "inner").ok());
    }
    REQUIRE(kept.keep().ok());
  }
  REQUIRE(db.commit().ok());
  std::string bodies;
  REQUIRE(db.query("SELECT body FROM notes ORDER BY id", [&](Row& row) { bodies += cat(row.text(0), " "); }).ok());
  CHECK(bodies == "before kept ");
}

TEST_CASE("a savepoint that outlives its transaction touches nothing") {
  const Folder folder;
  Db db = opened(folder);
  REQUIRE(db.begin().ok());
  {
    const Savepoint late = db.savepoint().value();
    REQUIRE(db.commit().ok());
    REQUIRE(db.begin().ok());
    REQUIRE(db.run(insert_note, "next").ok());
  }
  REQUIRE(db.commit().ok());
  CHECK(notes(db) == 1);
}

TEST_CASE("a process killed in a transaction leaves the committed rows and nothing else") {
  const Folder folder;
  const int status = in_child([&] {
    Db db = opened(folder);
    if (!db.begin().ok() || !db.run(insert_note, "one").ok() || !db.commit().ok()) return;
    if (!db.begin().ok()) return;
    for (int i = 0; i < 100; ++i) {
      if (!db.run(insert_note, std::string(200'000, 'x')).ok()) return;
    }
    ::raise(SIGKILL);
  });
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);
  Db db = opened(folder);
  CHECK(notes(db) == 1);
  CHECK(intact(db));
  CHECK(db.run(insert_note, "two").ok());
}

TEST_CASE("whichever write or sync fails: a clean error, nothing of the turn, usable again") {
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    int failed_turns = 0;
    for (int call = 1; call < 5000; call = call * 2 + 1) {
      const Folder folder;
      const FaultLayer faults;
      FaultLayer::code = code;
      {
        Db db = opened(folder);
        REQUIRE(large_turn(db, 2).ok());
        FaultLayer::calls_left = call;
        const Result<void> turn = large_turn(db, 60);
        FaultLayer::calls_left = 0;
        CAPTURE(call);
        CHECK_FALSE(db.in_transaction());
        if (!turn.ok()) {
          ++failed_turns;
          const bool expected = turn.error().kind() == Errc::io || turn.error().kind() == Errc::storage_full;
          CHECK_MESSAGE(expected, turn.error().message());
        }
        const std::int64_t kept = turn.ok() ? 62 : 2;
        CHECK(notes(db) == kept);
        REQUIRE(large_turn(db, 3).ok());
        CHECK(notes(db) == kept + 3);
        REQUIRE(db.close().ok());
      }
      Db again = opened(folder);
      CHECK(intact(again));
    }
    CHECK(failed_turns > 5);
  }
}

TEST_CASE("after a transaction was lost, nothing is stored alone until it is ended") {
  const Folder folder;
  const FaultLayer faults;
  FaultLayer::code = SQLITE_FULL;
  Db db = opened(folder);
  REQUIRE(db.begin().ok());
  FaultLayer::calls_left = 1;
  const std::string body(1'000'000, 'b');
  Result<std::int64_t> ran = db.run(insert_note, body);
  for (int i = 0; i < 50 && ran.ok(); ++i) ran = db.run(insert_note, body);
  REQUIRE_FALSE(ran.ok());
  CHECK(ran.error().kind() == Errc::storage_full);
  FaultLayer::calls_left = 0;
  const Result<std::int64_t> alone = db.run(insert_note, "alone");
  if (alone.ok()) {
    // The statement alone was undone, and the transaction lives on.
    CHECK(db.commit().ok());
  } else {
    CHECK(alone.error().kind() == Errc::storage_full);
    CHECK_FALSE(db.savepoint().ok());
    CHECK_FALSE(db.commit().ok());
    CHECK(notes(db) == 0);
  }
  CHECK(db.run(insert_note, "later").ok());
}

TEST_CASE("a disk that is really full: storage_full, and usable when there is room again") {
  const Folder folder;
  constexpr int no_namespace = 77;
  const int status = in_child([&] {
    // Needs root or user namespaces; where neither is allowed the test above with failing writes stands alone.
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(no_namespace);
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(no_namespace);
    if (::mount("none", folder.path().c_str(), "tmpfs", 0, "size=4m") != 0) ::_exit(no_namespace);
    const std::string ballast = folder.path() + "/ballast";
    const int fd = ::open(ballast.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::posix_fallocate(fd, 0, 2 << 20) != 0) ::_exit(1);
    Db db = opened(folder);
    if (!large_turn(db, 1).ok()) ::_exit(2);
    const Result<void> full = large_turn(db, 100);
    if (full.ok() || full.error().kind() != Errc::storage_full) ::_exit(3);
    if (db.in_transaction() || notes(db) != 1) ::_exit(4);
    ::unlink(ballast.c_str());
    ::close(fd);
    if (!large_turn(db, 2).ok() || notes(db) != 3 || !intact(db)) ::_exit(5);
    ::_exit(0);
  });
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == no_namespace) {
    MESSAGE("no mount namespace here: not tried on a real full disk");
  } else {
    CHECK(WEXITSTATUS(status) == 0);
  }
}
