#include "warden/identity.h"

#include "base/log.h"
#include "warden/identity_schema.h"

namespace bulkhead::warden {
namespace {

constexpr db::Migration migrations[] = {
    {1, schema_1},       {2, schema_2},         {3, schema_3}, {4, schema_4}, {5, schema_imports}, {6, db::outbox_table},
    {7, schema_mail}};

}  // namespace

Result<Identity> Identity::open(const char* path) {
  return Identity{TRY(db::Db::open(path, {.migrations = migrations}))};
}

Result<void> Identity::commit() {
  if (!db_.in_transaction()) return {};
  TRY(db_.commit());
  // The turn is durable already; a log that stays large for now is no reason to refuse it.
  if (const Result<void> cut = db_.checkpoint_if_large(); !cut.ok()) {
    log(Level::warning, "checkpoint_failed", {{"why", cut.error().message()}});
  }
  return {};
}

}  // namespace bulkhead::warden
