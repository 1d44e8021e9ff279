#pragma once
// catalog.db: organisations, users as capabilities showed them, groups, folders, grants, files and their versions.
// Counters stand in the rows they count for (a folder's files, a user's bytes) and change in the transaction that
// changes what they count, so that no answer ever has to count a tree.
#include "db/db.h"

namespace bulkhead::keeper {

std::span<const db::Migration> migrations();

// Makes the file in the working directory at the first start.
Result<db::Db> open_catalog(const char* path);

}  // namespace bulkhead::keeper
