// Store::find: one statement for each way into the log, so that each has its index. A list by time reads the index
// alone, unless the filter names something that is not in it.
#include <limits>

#include "base/cat.h"
#include "chronicle/store.h"

namespace bulkhead::chronicle {
namespace {

// NOLINTBEGIN(*macro-usage): SQL is made of literals only
#define FITS                                                                                                          \
  " AND time_ms >= $3 AND time_ms <= $4 AND ((1 << kind) & $5) <> 0 AND ($6 = 0 OR failed = $6 - 1)"                  \
  " AND ($7 = '' OR instr(lower(user_name), $7) > 0) AND ($8 = '' OR (file <> 0 AND instr(CAST(file AS TEXT), $8) > " \
  "0))"                                                                                                               \
  " AND ($9 = '' OR instr(lower(file_name), $9) > 0) AND ($10 = 0 OR folder = $10)"                                   \
  " AND ($11 = '' OR instr(lower(folder_path), $11) > 0)"                                                             \
  " AND ($12 = 0 OR ($12 = 1 AND size >= $13) OR ($12 = 2 AND size <= $13))"                                          \
  " AND ($14 = '' OR instr(address, $14) > 0) AND ($15 = '' OR instr(lower(agent), $15) > 0)"
#define BY_TIME " ORDER BY time_ms, id"
#define BY_OTHER                                                                                                 \
  " ORDER BY CASE $16 WHEN 1 THEN kind WHEN 2 THEN lower(user_name) WHEN 3 THEN lower(full_name) "               \
  "WHEN 4 THEN lower(target_name) WHEN 5 THEN lower(file_name) WHEN 6 THEN file WHEN 7 THEN lower(folder_path) " \
  "WHEN 8 THEN size WHEN 9 THEN coalesce(duration_ms, 0) WHEN 10 THEN CASE WHEN duration_ms > 0 "                \
  "THEN size / duration_ms ELSE 0 END WHEN 11 THEN address ELSE lower(agent) END, time_ms, id"
#define OF_USER "SELECT id FROM log INDEXED BY log_by_user WHERE user = $2 AND ($1 = -1 OR organisation = $1)" FITS
#define OF_ORGANISATION "SELECT id FROM log INDEXED BY log_by_organisation WHERE organisation = $1" FITS
#define OF_ALL "SELECT id FROM log WHERE $1 = -1" FITS
// NOLINTEND(*macro-usage)

std::string small_letters(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

}  // namespace

Result<std::vector<std::int64_t>> Store::find(const Scope& scope, const asks::LogFilter& filter, asks::LogSort sort) {
  std::vector<std::int64_t> ids;
  if (!scope.user.empty() && !filter.user.empty() && filter.user != scope.user) return ids;
  const std::string& user = filter.user.empty() ? scope.user : filter.user;
  const std::int64_t organisation = scope.all_organisations ? -1 : std::int64_t{scope.organisation};
  const std::int64_t until = filter.until_ms.value_or(std::numeric_limits<std::int64_t>::max());
  const auto take = [&](db::Row& row) -> Result<void> {
    if (ids.size() == list_rows_max) {
      return fail(Errc::invalid, cat("more than ", list_rows_max, " entries: narrow startDateTime and endDateTime"));
    }
    ids.push_back(row.int64(0));
    return {};
  };
  const std::string user_name = small_letters(filter.user_name);
  const std::string file_name = small_letters(filter.file_name);
  const std::string folder_path = small_letters(filter.folder_path);
  const std::string address = small_letters(filter.address);
  const std::string agent = small_letters(filter.agent);
  const auto ask = [&](db::Sql sql, const auto&... more) {
    return db_.query(sql, take, organisation, user, filter.from_ms.value_or(0), until,
                     static_cast<std::int64_t>(scope.kinds & kinds_of(filter)), static_cast<int>(filter.outcome),
                     user_name, filter.file, file_name, filter.folder, folder_path,
                     static_cast<int>(filter.size_comparison), filter.size, address, agent, more...);
  };
  const int by = static_cast<int>(sort);
  if (!user.empty()) {
    TRY(by == 0 ? ask(OF_USER BY_TIME) : ask(OF_USER BY_OTHER, by));
  } else if (!scope.all_organisations) {
    TRY(by == 0 ? ask(OF_ORGANISATION " AND $2 = ''" BY_TIME) : ask(OF_ORGANISATION " AND $2 = ''" BY_OTHER, by));
  } else {
    TRY(by == 0 ? ask(OF_ALL " AND $2 = ''" BY_TIME) : ask(OF_ALL " AND $2 = ''" BY_OTHER, by));
  }
  return ids;
}

}  // namespace bulkhead::chronicle
