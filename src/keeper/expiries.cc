#include "keeper/expiries.h"

#include "core/retention/retention.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_days = "SELECT clean_files_days FROM folder_settings WHERE folder = $1 AND clean <> 0";
constexpr db::Sql select_days_of_file =
    "SELECT s.clean_files_days FROM files f JOIN folder_settings s ON s.folder = f.folder "
    "WHERE f.id = $1 AND s.clean <> 0";
constexpr db::Sql select_folder = "SELECT folder FROM files WHERE id = $1";
constexpr db::Sql select_versions =
    "SELECT v.id, a.since_ms, CASE WHEN s.clean <> 0 THEN s.clean_files_days ELSE 0 END, coalesce(e.day, 0), "
    "coalesce(e.organisation, d.organisation) "
    "FROM files f JOIN versions v ON v.file = f.id JOIN ages a ON a.file = f.id JOIN folders d ON d.id = f.folder "
    "LEFT JOIN folder_settings s ON s.folder = f.folder LEFT JOIN expiries e ON e.version = v.id WHERE f.id = $1";
constexpr db::Sql replace_row =
    "INSERT OR REPLACE INTO expiries (version, organisation, day, wanted, due_ms) VALUES ($1, $2, $3, $4, $5)";
constexpr db::Sql delete_row = "DELETE FROM expiries WHERE version = $1";
constexpr db::Sql insert_check = "INSERT OR REPLACE INTO expiry_checks (folder, after) VALUES ($1, '')";
constexpr db::Sql insert_checks =
    "INSERT OR REPLACE INTO expiry_checks (folder, after) SELECT id, '' FROM folders "
    "WHERE organisation = $1 AND (path = $2 OR $2 = '/' OR (path >= $2 || '/' AND path < $2 || '0'))";
constexpr db::Sql select_check = "SELECT folder, after FROM expiry_checks LIMIT 1";
constexpr db::Sql select_files = "SELECT id, name FROM files WHERE folder = $1 AND name > $2 ORDER BY name LIMIT $3";
constexpr db::Sql update_check = "UPDATE expiry_checks SET after = $2 WHERE folder = $1";
constexpr db::Sql delete_check = "DELETE FROM expiry_checks WHERE folder = $1";
constexpr db::Sql update_day = "UPDATE expiries SET day = $2 WHERE version = $1";
constexpr db::Sql delete_kept = "DELETE FROM expiries WHERE version = $1 AND day = 0 AND wanted = 0 AND due_ms IS NULL";

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}
std::uint32_t small(db::Row& row, int column) {
  return static_cast<std::uint32_t>(row.int64(column));
}

}  // namespace

struct Expiries::Row {
  std::uint64_t version = 0;
  UnixMs since_ms = 0;
  std::uint32_t days = 0;
  std::uint32_t day = 0;
  std::uint32_t organisation = 0;
  std::uint32_t wanted = 0;
  std::optional<UnixMs> due_ms{};
};

Result<std::uint32_t> Expiries::keep_days(policy::FolderId folder) {
  const std::uint32_t days = TRY(db_.one(select_days, [](db::Row& row) { return small(row, 0); }, folder)).value_or(0);
  if (days == 0) return days;
  const bool held = TRY(holds_.covers(folder));
  return held ? 0 : days;
}

Result<void> Expiries::published(std::uint64_t version, std::uint64_t file, std::uint32_t organisation,
                                 std::uint32_t day, UnixMs now) {
  if (day == retention::kept) {
    const auto days = TRY(db_.one(select_days_of_file, [](db::Row& row) { return small(row, 0); }, file));
    if (days.value_or(0) == 0) return {};  // a new version without a clean-up has no row
  } else {
    if (day < retention::day_of(now)) return fail(Errc::conflict, "the upload took too long: begin again");
    TRY(db_.run(replace_row, version, organisation, day, day, std::optional<UnixMs>{}));
  }
  return settle(file, now);
}

Result<void> Expiries::settle(std::uint64_t file, UnixMs now) {
  const auto folder = TRY(db_.one(select_folder, [](db::Row& row) { return small(row, 0); }, file));
  if (!folder) return {};
  const bool held = TRY(holds_.covers(*folder));
  return settle(file, held, now);
}

Result<void> Expiries::settle(std::uint64_t file, bool folder_is_held, UnixMs now) {
  std::vector<Row> rows;
  TRY(db_.query(
      select_versions,
      [&](db::Row& row) {
        rows.push_back({number(row, 0), row.int64(1), small(row, 2), small(row, 3), small(row, 4)});
      },
      file));
  const bool held = folder_is_held || TRY(holds_.covers_file(file));
  for (Row& row : rows) {
    if (row.days > 0) row.due_ms = retention::due(row.since_ms, row.days);
    if (row.days > 0 && !held) {
      row.wanted = retention::bucket_of(row.since_ms, row.days);
      // It is due, or about to be: its key goes with its bucket, or stays where it is until the file is gone.
      if (row.wanted <= retention::day_of(now)) row.wanted = row.day;
    }
    TRY(write(row));
  }
  return {};
}

Result<void> Expiries::write(const Row& row) {
  if (row.day == retention::kept && row.wanted == retention::kept && !row.due_ms) {
    TRY(db_.run(delete_row, row.version));
    return {};
  }
  TRY(db_.run(replace_row, row.version, row.organisation, row.day, row.wanted, row.due_ms));
  return {};
}

Result<void> Expiries::settle_folder(policy::FolderId folder) {
  TRY(db_.run(insert_check, folder));
  return {};
}

Result<void> Expiries::settle_tree(std::uint32_t organisation, const std::string& path) {
  TRY(db_.run(insert_checks, organisation, path));
  return {};
}

Result<bool> Expiries::is_unsettled() {
  return TRY(db_.one(select_check, [](db::Row&) { return true; })).value_or(false);
}

Result<void> Expiries::settle_some(UnixMs now) {
  std::size_t files = 0;
  for (std::size_t folders = 0; folders < settled_folders_max && files < settled_files_max; ++folders) {
    const std::optional<std::size_t> settled = TRY(settle_next(settled_files_max - files, now));
    if (!settled) break;
    files += *settled;
  }
  return {};
}

Result<std::optional<std::size_t>> Expiries::settle_next(std::size_t limit, UnixMs now) {
  struct Check {
    std::uint32_t folder;
    std::string after;
  };
  const auto check =
      TRY(db_.one(select_check, [](db::Row& row) { return Check{small(row, 0), std::string{row.text(1)}}; }));
  if (!check) return std::optional<std::size_t>{};
  std::vector<std::uint64_t> files;
  std::string last;
  TRY(db_.query(
      select_files,
      [&](db::Row& row) {
        files.push_back(number(row, 0));
        last = row.text(1);
      },
      check->folder, check->after, limit));
  const bool held = TRY(holds_.covers(check->folder));
  for (const std::uint64_t file : files) TRY(settle(file, held, now));
  if (files.size() < limit)
    TRY(db_.run(delete_check, check->folder));
  else
    TRY(db_.run(update_check, check->folder, last));
  return std::optional{files.size()};
}

Result<void> Expiries::rewrapped(std::uint64_t version, std::uint32_t day) {
  TRY(db_.run(update_day, version, day));
  TRY(db_.run(delete_kept, version));
  return {};
}

}  // namespace bulkhead::keeper
