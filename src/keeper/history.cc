#include "keeper/history.h"

#include "base/cat.h"
#include "keeper/settings.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql replace_settings =
    "INSERT OR REPLACE INTO folder_history (folder, versions_kept, bin_days) VALUES ($1, $2, $3)";
constexpr db::Sql select_kept =
    "SELECT version, kept_ms FROM kept_versions WHERE file = $1 ORDER BY place DESC LIMIT $2 OFFSET $3";
constexpr db::Sql select_count = "SELECT count(*) FROM kept_versions WHERE file = $1";
constexpr db::Sql select_overwrite = "SELECT overwrite_allowed FROM folders WHERE id = $1";

}  // namespace

Result<asks::HistorySettings> History::settings(const Asker& asker, std::uint32_t folder) {
  TRY(store_.reach(asker, folder, policy::Action::view_folder));
  return store_.versions.settings(folder);
}

Result<asks::HistorySettings> History::change_settings(const Asker& asker, const asks::ChangeHistorySettings& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::change_settings));
  if (ask.versions_kept.value_or(0) > asks::versions_kept_max)
    return fail(Errc::invalid, cat("at most ", asks::versions_kept_max, " versions"));
  if (ask.bin_days.value_or(0) > asks::bin_days_max)
    return fail(Errc::invalid, cat("at most ", asks::bin_days_max, " days"));
  const std::vector<std::uint32_t> folders = TRY(folders_to_set(store_, asker, ask.folder, ask.below));
  TRY(store_.turn.ask([&]() -> Result<void> {
    for (const std::uint32_t folder : folders) {
      const asks::HistorySettings before = TRY(store_.versions.settings(folder));
      TRY(store_.db.run(replace_settings, folder, ask.versions_kept.value_or(before.versions_kept),
                        ask.bin_days.value_or(before.bin_days)));
    }
    return {};
  }));
  return store_.versions.settings(ask.folder);
}

Result<asks::ListVersions::Reply> History::list(const Asker& asker, const asks::ListVersions& ask) {
  const FilePlace at = TRY(files_.reach_to_look(asker, ask.file));
  asks::ListVersions::Reply reply;
  const auto kept = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, ask.file));
  reply.total = 1 + static_cast<std::uint64_t>(kept.value_or(0));
  struct Listed {
    std::uint64_t version = 0;
    std::int64_t kept_ms = 0;
  };
  std::vector<Listed> listed;
  const Range range = range_of(ask.slice.offset, ask.slice.limit, reply.total);
  if (range.first < range.last && range.first == 0) listed.push_back({at.version, 0});
  const std::size_t skip = range.first == 0 ? 0 : range.first - 1;
  TRY(store_.db.query(
      select_kept, [&](db::Row& row) { listed.push_back({static_cast<std::uint64_t>(row.int64(0)), row.int64(1)}); },
      ask.file, range.last - range.first - listed.size(), skip));
  std::size_t size = 0;
  for (const auto& [version, kept_ms] : listed) {
    if (size >= answer_size_max) break;
    reply.rows.push_back({TRY(files_.version_row(asker, ask.file, version)), version == at.version, kept_ms});
    size += answer_size(reply.rows.back().file);
  }
  return reply;
}

Result<asks::FileRow> History::get(const Asker& asker, const asks::GetVersion& ask) {
  const FilePlace at = TRY(files_.reach_to_look(asker, ask.file));
  if (ask.version != at.version) TRY(files_.need_kept(at, ask.version));
  return files_.version_row(asker, ask.file, ask.version);
}

Result<asks::FileRow> History::restore(const Asker& asker, const asks::RestoreVersion& ask) {
  const FilePlace at = TRY(files_.reach_to_look(asker, ask.file));
  TRY(store_.reach(asker, at.folder, policy::Action::write_file));
  const auto overwrite = TRY(store_.db.one(select_overwrite, [](db::Row& row) { return row.boolean(0); }, at.folder));
  if (!overwrite.value_or(false)) TRY(store_.reach(asker, at.folder, policy::Action::delete_file));
  if (ask.version == at.version) return fail(Errc::conflict, "this is the current version");
  TRY(files_.need_kept(at, ask.version));
  TRY(store_.holds.need_none(asker, at.id, at.folder));
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(store_.versions.restore(at, ask.version, asker.now));
    TRY(files_.begin_anew(asker, ask.file));
    return store_.touch(at.folder, asker.now);
  }));
  return files_.row(asker, ask.file);
}

Result<void> History::remove(const Asker& asker, const asks::DeleteVersion& ask) {
  const FilePlace at = TRY(files_.reach_to_look(asker, ask.file));
  TRY(store_.reach(asker, at.folder, policy::Action::delete_file));
  if (ask.version == at.version) return fail(Errc::conflict, "this is the current version: delete the file");
  TRY(files_.need_kept(at, ask.version));
  return store_.turn.ask([&]() -> Result<void> {
    const auto content = TRY(store_.versions.kept(at.id, ask.version, at.folder));
    return store_.versions.remove(asker, {*content});
  });
}

}  // namespace bulkhead::keeper
