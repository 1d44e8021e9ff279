#pragma once
// log.db: what happened, one row each, as far back as an organisation keeps it. Rows of transfers are made from the
// ledger and can be made again; the others are here only (docs/decisions/030-the-log.md).
#include "db/db.h"

namespace bulkhead::chronicle {

// Makes the file in the working directory at the first start.
Result<db::Db> open_log(const char* path);

}  // namespace bulkhead::chronicle
