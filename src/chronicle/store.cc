#include "chronicle/store.h"

#include <algorithm>

#include "ipc/wire.h"

namespace bulkhead::chronicle {
namespace {

constexpr std::int64_t day_ms = std::int64_t{24} * 3'600 * 1'000;
constexpr int removed_rows_max = 500;  // in one go

struct Ranges {
  std::vector<asks::FetchRow::Range> list;
  bool more = false;
  static auto fields(auto& m, auto&& f) { return f(m.list, m.more); }
};

asks::EventKind kind_of(std::int64_t number) {
  const bool known = number > 0 && number <= static_cast<std::int64_t>(wire_max(asks::EventKind{}));
  return known ? static_cast<asks::EventKind>(number) : asks::EventKind::none;
}

std::uint64_t natural(db::Row& row, int column) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(row.int64(column), 0));
}

template <std::size_t Size>
void fill(std::array<std::uint8_t, Size>& out, ByteView from) {
  if (from.size() == Size) copy_to(out, from);
}

asks::LogRow read_row(db::Row& from) {
  asks::LogRow row;
  row.id = from.int64(0);
  row.time_ms = from.int64(1);
  row.kind = kind_of(from.int64(2));
  row.failed = from.boolean(3);
  row.organisation = static_cast<std::uint32_t>(from.int64(4));
  row.user = from.text(5);
  row.user_name = from.text(6);
  row.full_name = from.text(7);
  row.target = from.text(8);
  row.target_name = from.text(9);
  row.file = natural(from, 10);
  row.file_name = from.text(11);
  row.folder = static_cast<std::uint32_t>(from.int64(12));
  row.folder_path = from.text(13);
  row.size = natural(from, 14);
  row.duration_ms = from.optional_int64(15);
  row.address = from.text(16);
  row.agent = from.text(17);
  row.method = from.text(18);
  row.message = from.text(19);
  if (const auto receipt = from.optional_int64(20)) row.receipt = static_cast<std::uint64_t>(*receipt);
  return row;
}

asks::FetchRow read_fetch(db::Row& from) {
  asks::FetchRow row;
  row.receipt = natural(from, 0);
  row.time_ms = from.int64(1);
  row.ended_ms = from.optional_int64(2);
  row.user = from.text(3);
  row.user_name = from.text(4);
  row.full_name = from.text(5);
  row.address = from.text(6);
  row.method = from.text(7);
  fill(row.session, from.blob(8));
  row.file_name = from.text(9);
  row.folder_path = from.text(10);
  row.file_size = natural(from, 11);
  row.bytes = natural(from, 12);
  row.outcome = static_cast<std::uint8_t>(from.int64(13));
  fill(row.sha256, from.blob(15));
  if (Result<Ranges> ranges = ipc::decode<Ranges>(from.blob(14), "ranges"); ranges.ok()) {
    row.ranges = std::move(ranges->list);
    row.more_ranges = ranges->more;
  }
  return row;
}

}  // namespace

Result<void> Store::begin() {
  if (db_.in_transaction()) return {};
  return db_.begin();
}

Result<void> Store::commit() {
  if (!db_.in_transaction()) return {};
  return db_.commit();
}

Result<std::uint64_t> Store::position(Source source) {
  const auto found = TRY(db_.one(
      "SELECT position FROM positions WHERE source = $1", [](db::Row& row) { return natural(row, 0); },
      static_cast<int>(source)));
  return found.value_or(0);
}

Result<void> Store::set_position(Source source, std::uint64_t position) {
  TRY(db_.run(
      "INSERT INTO positions (source, position) VALUES ($1, $2) ON CONFLICT (source) DO UPDATE SET position = $2",
      static_cast<int>(source), position));
  return {};
}

Result<std::int64_t> Store::add(const asks::LogRow& row) {
  TRY(db_.run(
      "INSERT INTO log (time_ms, kind, failed, organisation, user, user_name, full_name, target, target_name, file, "
      "file_name, folder, folder_path, size, duration_ms, address, agent, method, message, receipt) VALUES ($1, $2, "
      "$3, "
      "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
      row.time_ms, static_cast<int>(row.kind), row.failed, row.organisation, row.user, row.user_name, row.full_name,
      row.target, row.target_name, row.file, row.file_name, row.folder, row.folder_path, row.size, row.duration_ms,
      row.address, row.agent, row.method, row.message, row.receipt));
  return db_.last_insert_rowid();
}

Result<void> Store::add_release(std::int64_t row, const Release& release) {
  TRY(db_.run(
      "INSERT INTO releases (log, release, session, sha256, file_size, outcome, ranges) VALUES ($1, $2, $3, $4, $5, 0, "
      "$6) ON CONFLICT (release) DO UPDATE SET log = $1, session = $3, sha256 = $4, file_size = $5, ended_ms = NULL, "
      "outcome = 0, ranges = $6",
      row, release.release, release.session, release.sha256, release.file_size, ipc::encode(Ranges{})));
  return {};
}

// A release whose row is gone already says nothing any more.
Result<void> Store::end_release(const ReleaseEnd& end) {
  Ranges ranges{end.ranges, end.ranges.size() > asks::fetch_ranges_max};
  if (ranges.more) ranges.list.resize(asks::fetch_ranges_max);
  TRY(db_.run("UPDATE releases SET ended_ms = $2, outcome = $3, ranges = $4 WHERE release = $1", end.release,
              end.time_ms, end.outcome, ipc::encode(ranges)));
  TRY(
      db_.run("UPDATE log SET size = $2, duration_ms = max($3 - time_ms, 0), failed = $4, message = $5 "
              "WHERE id = (SELECT log FROM releases WHERE release = $1)",
              end.release, end.bytes, end.time_ms, end.failed, end.message));
  return {};
}

Result<void> Store::set_uploader(std::uint64_t file, const Uploader& uploader) {
  TRY(
      db_.run("INSERT INTO uploaders (file, organisation, user) VALUES ($1, $2, $3) ON CONFLICT (file) DO UPDATE SET "
              "organisation = $2, user = $3",
              file, uploader.organisation, uploader.user));
  return {};
}

Result<void> Store::set_retention(std::uint32_t organisation, std::uint32_t days) {
  TRY(db_.run(
      "INSERT INTO retention (organisation, days) VALUES ($1, $2) ON CONFLICT (organisation) DO UPDATE SET days = $2",
      organisation, days));
  return {};
}

Result<bool> Store::remove_old(std::int64_t now_ms) {
  TRY(begin());
  std::vector<std::pair<std::int64_t, std::int64_t>> kept;  // organisation, days
  TRY(db_.query("SELECT organisation, days FROM retention",
                [&](db::Row& row) { kept.emplace_back(row.int64(0), row.int64(1)); }));
  bool more = false;
  for (const auto& [organisation, days] : kept) {
    const std::int64_t removed = TRY(db_.run(
        "DELETE FROM log WHERE id IN (SELECT id FROM log INDEXED BY log_by_organisation WHERE organisation = $1 AND "
        "time_ms < $2 ORDER BY time_ms, id LIMIT $3) AND id < (SELECT max(id) FROM log)",
        organisation, now_ms - days * day_ms, removed_rows_max));
    more |= removed == removed_rows_max;
  }
  const std::int64_t removed = TRY(
      db_.run("DELETE FROM log WHERE id IN (SELECT id FROM log INDEXED BY log_by_organisation WHERE organisation = 0 "
              "ORDER BY time_ms DESC, id DESC LIMIT $1 OFFSET $2) AND id < (SELECT max(id) FROM log)",
              removed_rows_max, nobodys_rows_max));
  return more || removed == removed_rows_max;
}

Result<std::optional<asks::LogRow>> Store::row(std::int64_t id) {
  return db_.one(
      "SELECT id, time_ms, kind, failed, organisation, user, user_name, full_name, target, target_name, file, "
      "file_name, "
      "folder, folder_path, size, duration_ms, address, agent, method, message, receipt FROM log WHERE id = $1",
      read_row, id);
}

Result<std::uint32_t> Store::folder_of(std::uint64_t file) {
  const auto found = TRY(db_.one(
      "SELECT folder FROM log INDEXED BY log_by_file WHERE file = $1 AND file <> 0 AND folder <> 0 ORDER BY id DESC "
      "LIMIT 1",
      [](db::Row& row) { return static_cast<std::uint32_t>(row.int64(0)); }, file));
  return found.value_or(0);
}

Result<std::optional<Uploader>> Store::uploader(std::uint64_t file) {
  return db_.one(
      "SELECT organisation, user FROM uploaders WHERE file = $1",
      [](db::Row& row) { return Uploader{static_cast<std::uint32_t>(row.int64(0)), std::string{row.text(1)}}; }, file);
}

Result<std::uint64_t> Store::count_fetches(std::uint64_t file) {
  const auto found = TRY(db_.one(
      "SELECT count(*) FROM log l INDEXED BY log_by_file JOIN releases r ON r.log = l.id WHERE l.file = $1 AND l.file "
      "<> 0",
      [](db::Row& row) { return natural(row, 0); }, file));
  return found.value_or(0);
}

Result<std::vector<asks::FetchRow>> Store::fetches(std::uint64_t file, const asks::Slice& slice) {
  std::vector<asks::FetchRow> rows;
  const auto take = [&](db::Row& row) { rows.push_back(read_fetch(row)); };
  const auto ask = [&](db::Sql sql) { return db_.query(sql, take, file, slice.limit, slice.offset); };
  // NOLINTBEGIN(*macro-usage): SQL is made of literals only
#define FETCHES                                                                                                       \
  "SELECT r.release, l.time_ms, r.ended_ms, l.user, l.user_name, l.full_name, l.address, l.method, r.session, "       \
  "l.file_name, l.folder_path, r.file_size, l.size, r.outcome, r.ranges, r.sha256 FROM log l INDEXED BY log_by_file " \
  "JOIN releases r ON r.log = l.id WHERE l.file = $1 AND l.file <> 0 ORDER BY l.id"
  // NOLINTEND(*macro-usage)
  TRY(slice.descending ? ask(FETCHES " DESC LIMIT $2 OFFSET $3") : ask(FETCHES " LIMIT $2 OFFSET $3"));
#undef FETCHES
  return rows;
}

}  // namespace bulkhead::chronicle
