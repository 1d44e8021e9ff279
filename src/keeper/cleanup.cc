#include "keeper/cleanup.h"

#include <utility>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_clock = "SELECT seen_ms FROM clean_clock WHERE id = 1";
constexpr db::Sql update_clock = "INSERT OR REPLACE INTO clean_clock (id, seen_ms) VALUES (1, $1)";
constexpr db::Sql select_due =
    "SELECT f.id, f.folder, d.organisation, f.name, e.due_ms, e.version FROM expiries e JOIN versions v ON v.id = "
    "e.version "
    "JOIN files f ON f.id = v.file AND f.version = v.id JOIN folders d ON d.id = f.folder "
    "WHERE e.due_ms <= $1 AND d.organisation <> 0 AND (e.due_ms, e.version) > ($2, $3) ORDER BY e.due_ms, e.version "
    "LIMIT $4";
constexpr db::Sql select_due_now =
    "SELECT a.since_ms, CASE WHEN s.clean <> 0 THEN s.clean_files_days ELSE 0 END FROM files f "
    "JOIN ages a ON a.file = f.id JOIN folder_settings s ON s.folder = f.folder WHERE f.id = $1";
constexpr db::Sql select_parents =
    "SELECT folder, clean_folders_days FROM folder_settings WHERE clean <> 0 AND clean_folders_days > 0 AND folder > "
    "$1 "
    "ORDER BY folder LIMIT 1";
constexpr db::Sql select_empty =
    "SELECT id, organisation, name, path, changed_ms FROM folders d WHERE parent = $1 AND subfolder_count = 0 "
    "AND file_count = 0 AND home_of IS NULL AND built_in = 0 AND changed_ms <= $2 "
    "AND NOT EXISTS (SELECT 1 FROM links l WHERE l.parent = d.id OR l.target = d.id) ORDER BY changed_ms, id";
constexpr db::Sql select_draft = "SELECT EXISTS (SELECT 1 FROM drafts WHERE folder = $1)";
constexpr db::Sql select_settings =
    "SELECT clean_files_days, clean_folders_days FROM folder_settings WHERE folder = $1 AND clean <> 0";
constexpr db::Sql select_old_files =
    "SELECT f.id, f.folder, f.name, a.since_ms, v.size FROM files f JOIN versions v ON v.id = f.version "
    "JOIN ages a ON a.file = f.id WHERE f.folder = $1 AND a.since_ms <= $2 ORDER BY a.since_ms, f.id";

constexpr UnixMs until_max = 253'402'300'799'999;  // the end of the year 9999

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}
std::uint32_t small(db::Row& row, int column) {
  return static_cast<std::uint32_t>(row.int64(column));
}

}  // namespace

Result<void> Cleanup::start() {
  const auto seen = TRY(store_.db.one(select_clock, [](db::Row& row) { return row.int64(0); }));
  clock_ = retention::CalmClock{seen};
  return {};
}

Result<void> Cleanup::note_time(UnixMs now) {
  if (now - noted_ < clock_noted_ms && now >= noted_) return {};
  TRY(store_.turn.ask([&] { return store_.db.run(update_clock, now); }));
  noted_ = now;
  return {};
}

Result<bool> Cleanup::step(UnixMs now, MonotonicMs running) {
  const bool settling = TRY(store_.expiries.is_unsettled());
  if (settling) {
    TRY(store_.turn.ask([&] { return store_.expiries.settle_some(now); }));
    pause_until_ = running;
    again_ = true;
  }
  const std::optional<UnixMs> calm = clock_.read(now, running);
  if (calm) TRY(note_time(*calm));
  if (calm && running >= pause_until_) {
    const bool more = TRY(files_done_ ? clean_folders(*calm) : clean_files(*calm));
    const bool pass_ends = !more && files_done_;
    if (pass_ends && !std::exchange(again_, false)) pause_until_ = running + clean_pause_ms;
    if (!more) files_done_ = !files_done_;
  }
  TRY(store_.commit());
  return settling;
}

Result<bool> Cleanup::clean_files(UnixMs now) {
  std::vector<Candidate> due;
  TRY(store_.db.query(
      select_due,
      [&](db::Row& row) {
        due.push_back(
            {number(row, 0), small(row, 1), small(row, 2), std::string{row.text(3)}, row.int64(4), number(row, 5)});
      },
      now, after_due_ms_, after_version_, cleaned_files_max));
  std::size_t taken = 0;
  for (const Candidate& file : due) {
    after_due_ms_ = file.due_ms;
    after_version_ = file.version;
    const bool gone = TRY(take(file, now));
    if (gone) ++taken;
  }
  if (taken > 0) log(Level::info, "files whose days are over removed", {{"count", cat(taken)}});
  if (due.size() == cleaned_files_max) return true;
  after_due_ms_ = INT64_MIN;
  after_version_ = 0;
  return false;
}

Result<asks::Stays> Cleanup::what_holds(const Candidate& file) {
  const bool held = TRY(store_.holds.covers(file.folder)) || TRY(store_.holds.covers_file(file.file));
  if (held) return asks::Stays::legal_hold;
  if (leases_.has(file.file) || drafts_.is_being_written(file.folder, file.name)) return asks::Stays::transfer;
  return asks::Stays::no;
}

// The settings may have changed since its row was written.
Result<bool> Cleanup::take(const Candidate& file, UnixMs now) {
  const auto due_now = [&](db::Row& row) {
    const std::uint32_t days = small(row, 1);
    return days > 0 && retention::due(row.int64(0), days) <= now;
  };
  const std::optional<bool> due = TRY(store_.db.one(select_due_now, due_now, file.file));
  if (!due.value_or(false)) {
    TRY(store_.turn.ask([&] { return store_.expiries.settle(file.file, now); }));
    return false;
  }
  const asks::Stays stays = TRY(what_holds(file));
  if (stays != asks::Stays::no) return false;
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(journal_.cleaned(file.file, file.organisation, now));
    const FilePlace place{.folder = file.folder, .version = file.version, .name = file.name, .id = file.file};
    return files_.erase(Asker::nobody(file.organisation, now), place);
  }));
  return true;
}

Result<std::vector<Cleanup::EmptyFolder>> Cleanup::empty_folders(std::uint32_t parent, UnixMs changed_until) {
  std::vector<EmptyFolder> found;
  TRY(store_.db.query(
      select_empty,
      [&](db::Row& row) {
        found.push_back(
            {small(row, 0), small(row, 1), std::string{row.text(2)}, std::string{row.text(3)}, row.int64(4)});
      },
      parent, changed_until));
  return found;
}

Result<asks::Stays> Cleanup::what_holds(const EmptyFolder& folder) {
  const bool held = TRY(store_.holds.covers(folder.id));
  if (held) return asks::Stays::legal_hold;
  const auto kept = TRY(store_.db.one(select_draft, [](db::Row& row) { return row.boolean(0); }, folder.id));
  const bool awaited = kept.value_or(false) || drafts_.is_awaited_in(folder.id) || copies_.is_target(folder.id);
  return awaited ? asks::Stays::transfer : asks::Stays::no;
}

Result<std::size_t> Cleanup::clean_below(std::uint32_t parent, UnixMs changed_until, std::size_t limit, UnixMs now) {
  std::size_t taken = 0;
  for (const EmptyFolder& folder : TRY(empty_folders(parent, changed_until))) {
    if (taken == limit) break;
    const asks::Stays stays = TRY(what_holds(folder));
    if (stays != asks::Stays::no) continue;
    TRY(store_.turn.ask(
        [&] { return folders_.erase_empty(Asker::nobody(folder.organisation, now), folder.id, parent, folder.path); }));
    store_.tree.forget(folder.id);
    ++taken;
  }
  return taken;
}

Result<bool> Cleanup::clean_folders(UnixMs now) {
  struct Parent {
    std::uint32_t folder;
    std::uint32_t days;
  };
  const auto read = [](db::Row& row) { return Parent{small(row, 0), small(row, 1)}; };
  std::size_t taken = 0;
  bool more = true;
  for (std::size_t parents = 0; parents < cleaned_parents_max && taken < cleaned_folders_max; ++parents) {
    const auto parent = TRY(store_.db.one(select_parents, read, after_folder_));
    more = parent.has_value();
    if (!more) break;
    const UnixMs changed_until = now - parent->days * retention::day_ms;
    taken += TRY(clean_below(parent->folder, changed_until, cleaned_folders_max - taken, now));
    if (taken < cleaned_folders_max) after_folder_ = parent->folder;
  }
  if (!more) after_folder_ = 0;
  if (taken > 0) log(Level::info, "empty folders removed", {{"count", cat(taken)}});
  return more;
}

Result<asks::PreviewCleanup::Reply> Cleanup::preview(const Asker& asker, const asks::PreviewCleanup& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::change_settings));
  TRY(store_.reach(asker, ask.folder, policy::Action::list_files));
  struct Days {
    std::uint32_t files;
    std::uint32_t folders;
  };
  const auto read = [](db::Row& row) { return Days{small(row, 0), small(row, 1)}; };
  const Days days = TRY(store_.db.one(select_settings, read, ask.folder)).value_or(Days{});
  const UnixMs until = ask.until_ms.value_or(asker.now);
  if (until < 0 || until > until_max) return fail(Errc::invalid, "until: no year from 1970 to 9999");
  std::vector<asks::CleanupRow> rows;
  std::vector<Candidate> files;
  if (days.files > 0) {
    const auto add = [&](db::Row& row) -> Result<void> {
      if (rows.size() == listed_files_max) return fail(Errc::too_large, "the folder holds too many files for one list");
      files.push_back({number(row, 0), small(row, 1), asker.organisation, std::string{row.text(2)}, row.int64(3), 0});
      rows.push_back({false, number(row, 0), files.back().name, number(row, 4),
                      retention::due(row.int64(3), days.files), asks::Stays::no});
      return {};
    };
    TRY(store_.db.query(select_old_files, add, ask.folder, until - days.files * retention::day_ms));
  }
  std::vector<EmptyFolder> folders;
  if (days.folders > 0) folders = TRY(empty_folders(ask.folder, until - days.folders * retention::day_ms));
  for (const EmptyFolder& folder : folders) {
    rows.push_back({true, folder.id, folder.name, 0, retention::due(folder.changed_ms, days.folders), asks::Stays::no});
  }

  asks::PreviewCleanup::Reply reply;
  reply.total = rows.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, rows.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    asks::CleanupRow& row = rows[i];
    row.stays = TRY(row.is_folder ? what_holds(folders[i - files.size()]) : what_holds(files[i]));
    size += row.name.size() + 64;
    reply.rows.push_back(std::move(row));
  }
  return reply;
}

}  // namespace bulkhead::keeper
