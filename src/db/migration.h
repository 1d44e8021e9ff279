#pragma once
// Migrations: the steps from an empty database to the schema of this program, numbered 1, 2, 3, ... without gaps. A
// step that was released is never changed. Tables are STRICT.
//   constexpr Sql first[] = {"CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"};
//   constexpr Migration migrations[] = {{1, first}};
#include <span>

#include "base/result.h"
#include "db/sql.h"

namespace bulkhead::db {

class Db;
inline constexpr int schema_version_max = 99;

struct Migration {
  int version;
  std::span<const Sql> statements;  // one statement each
};

// Applies each missing step in its own transaction, together with the new version number (PRAGMA user_version), so that
// a step is done as a whole or not at all. A database that is newer than the program is Errc::unsupported; a table that
// is not STRICT is Errc::invalid. Called by Db::open() only, before the authorizer is set.
Result<void> migrate(Db& db, std::span<const Migration> migrations);

}  // namespace bulkhead::db
