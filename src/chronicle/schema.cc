#include "chronicle/schema.h"

namespace bulkhead::chronicle {
namespace {

constexpr db::Sql first[] = {
    // `kind` is EventKind of ipc/event_asks.h. Texts are as they were when it happened. The newest row is never
    // removed,
    // for its number.
    R"(CREATE TABLE log (
      id INTEGER PRIMARY KEY,
      time_ms INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      failed INTEGER NOT NULL,
      organisation INTEGER NOT NULL,
      user TEXT NOT NULL,
      user_name TEXT NOT NULL,
      full_name TEXT NOT NULL,
      target TEXT NOT NULL,
      target_name TEXT NOT NULL,
      file INTEGER NOT NULL,
      file_name TEXT NOT NULL,
      folder INTEGER NOT NULL,
      folder_path TEXT NOT NULL,
      size INTEGER NOT NULL,
      duration_ms INTEGER,
      address TEXT NOT NULL,
      agent TEXT NOT NULL,
      method TEXT NOT NULL,
      message TEXT NOT NULL,
      receipt INTEGER
    ) STRICT)",
    // A list in the order of time looks at these alone, unless a filter says more.
    "CREATE INDEX log_by_organisation ON log (organisation, time_ms, id, kind, failed)",
    "CREATE INDEX log_by_user ON log (user, time_ms, id, organisation, kind, failed)",
    "CREATE INDEX log_by_file ON log (file) WHERE file <> 0",

    // What a download was: `release` is its index in the ledger. `outcome` 0: it has not ended.
    R"(CREATE TABLE releases (
      log INTEGER PRIMARY KEY REFERENCES log ON DELETE CASCADE,
      release INTEGER NOT NULL UNIQUE,
      session BLOB NOT NULL,
      sha256 BLOB NOT NULL,
      file_size INTEGER NOT NULL,
      ended_ms INTEGER,
      outcome INTEGER NOT NULL,
      ranges BLOB NOT NULL
    ) STRICT)",

    // Who uploaded a file last. Longer than the log, which does not forget whose it was.
    R"(CREATE TABLE uploaders (
      file INTEGER PRIMARY KEY,
      organisation INTEGER NOT NULL,
      user TEXT NOT NULL
    ) STRICT)",

    // Up to where everything of a source is in here.
    "CREATE TABLE positions (source INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT",
    "CREATE TABLE retention (organisation INTEGER PRIMARY KEY, days INTEGER NOT NULL) STRICT",
};

constexpr db::Migration steps[] = {{1, first}};

}  // namespace

Result<db::Db> open_log(const char* path) {
  return db::Db::open(path, {.migrations = steps});
}

}  // namespace bulkhead::chronicle
