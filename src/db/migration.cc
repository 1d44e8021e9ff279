#include "db/migration.h"

#include <array>
#include <utility>

#include "base/cat.h"
#include "db/db.h"

namespace bulkhead::db {
namespace {

// A PRAGMA takes no parameters, and its text must be a constant: so there is one text per version.
template <int Version>
struct SetVersion {
  static constexpr char text[] = {'P',
                                  'R',
                                  'A',
                                  'G',
                                  'M',
                                  'A',
                                  ' ',
                                  'u',
                                  's',
                                  'e',
                                  'r',
                                  '_',
                                  'v',
                                  'e',
                                  'r',
                                  's',
                                  'i',
                                  'o',
                                  'n',
                                  '=',
                                  static_cast<char>('0' + Version / 10),
                                  static_cast<char>('0' + Version % 10),
                                  '\0'};
};
template <int... Versions>
constexpr std::array<Sql, sizeof...(Versions)> set_version_texts(std::integer_sequence<int, Versions...>) {
  return {Sql{SetVersion<Versions>::text}...};
}
constexpr auto set_version = set_version_texts(std::make_integer_sequence<int, schema_version_max + 1>{});
static_assert(set_version[42].text() == "PRAGMA user_version=42");

Result<void> apply_statements(Db& db, const Migration& migration) {
  for (const Sql& statement : migration.statements) TRY(db.run(statement));
  TRY(db.run(set_version[static_cast<std::size_t>(migration.version)]));
  return {};
}

Result<void> apply(Db& db, const Migration& migration) {
  TRY(db.begin());
  const Result<void> applied = apply_statements(db, migration);
  if (applied.ok()) return db.commit();
  db.rollback();
  return fail(applied.error().kind(), cat("migration ", migration.version, ": ", applied.error().message()));
}

Result<void> require_strict_tables(Db& db) {
  const auto loose =
      TRY(db.one("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
                 " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 1",
                 [](Row& row) { return std::string{row.text(0)}; }));
  if (loose) return fail(Errc::invalid, cat("the table ", *loose, " is not STRICT"));
  return {};
}

}  // namespace

Result<void> migrate(Db& db, std::span<const Migration> migrations) {
  ENSURE(migrations.size() <= static_cast<std::size_t>(schema_version_max));
  const auto found = TRY(db.one("PRAGMA user_version", [](Row& row) { return row.int64(0); }));
  const std::int64_t version = found.value_or(0);
  if (version < 0 || version > std::ssize(migrations)) {
    return fail(Errc::unsupported, cat("the database has schema version ", version, " and this program knows ",
                                       migrations.size(), ": run the newer program"));
  }
  int expected = 0;
  for (const Migration& migration : migrations) {
    ENSURE(migration.version == ++expected);
    if (migration.version > version) TRY(apply(db, migration));
  }
  return require_strict_tables(db);
}

}  // namespace bulkhead::db
