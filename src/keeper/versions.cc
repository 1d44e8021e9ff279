#include "keeper/versions.h"

#include <map>
#include <set>

#include "keeper/store.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_settings = "SELECT versions_kept, bin_days FROM folder_history WHERE folder = $1";
constexpr db::Sql insert_handed_down =
    "INSERT INTO folder_history (folder, versions_kept, bin_days) "
    "SELECT $2, versions_kept, bin_days FROM folder_history WHERE folder = $1";
constexpr db::Sql select_size = "SELECT coalesce(sum(size), 0) FROM versions WHERE file = $1";
constexpr db::Sql select_of_file = "SELECT id, uploader, size, blob, file FROM versions WHERE file = $1";
constexpr db::Sql select_kept =
    "SELECT v.id, v.uploader, v.size, v.blob, v.file FROM kept_versions k JOIN versions v ON v.id = k.version "
    "WHERE k.file = $1 AND k.version = $2";
constexpr db::Sql select_beyond =
    "SELECT v.id, v.uploader, v.size, v.blob, v.file FROM kept_versions k JOIN versions v ON v.id = k.version "
    "WHERE k.file = $1 ORDER BY k.place DESC LIMIT -1 OFFSET $2";
// No name of a file holds a slash.
constexpr db::Sql update_aside = "UPDATE files SET name = '/' || id WHERE id = $1";
constexpr db::Sql insert_kept =
    "INSERT INTO kept_versions (version, file, modified_ms, kept_ms) "
    "SELECT version, $2, modified_ms, $3 FROM files WHERE id = $1";
constexpr db::Sql update_versions = "UPDATE versions SET file = $2 WHERE file = $1";
constexpr db::Sql update_kept = "UPDATE kept_versions SET file = $2 WHERE file = $1";
constexpr db::Sql delete_file = "DELETE FROM files WHERE id = $1";
constexpr db::Sql update_left = "UPDATE folders SET file_count = file_count - 1, changed_ms = $2 WHERE id = $1";
constexpr db::Sql update_current =
    "UPDATE files SET version = $2, modified_ms = (SELECT modified_ms FROM kept_versions WHERE version = $2) "
    "WHERE id = $1";
constexpr db::Sql delete_kept = "DELETE FROM kept_versions WHERE version = $1";
constexpr db::Sql update_folder_size = "UPDATE folders SET files_size = files_size + $2 WHERE id = $1";
constexpr db::Sql update_uploaded = "UPDATE users SET files_size = files_size - $2 WHERE number = $1";
constexpr db::Sql delete_version = "DELETE FROM versions WHERE id = $1";

}  // namespace

StoredVersion read_version(db::Row& row, policy::FolderId folder) {
  StoredVersion read{.version = static_cast<std::uint64_t>(row.int64(0)),
                     .uploader = static_cast<policy::UserId>(row.int64(1)),
                     .size = row.int64(2),
                     .blob = std::nullopt,
                     .file = static_cast<std::uint64_t>(row.int64(4)),
                     .counted_in = folder};
  if (const auto blob = row.optional_text(3)) read.blob.emplace(*blob);
  return read;
}

Result<asks::HistorySettings> Versions::settings(policy::FolderId folder) {
  const auto read = [](db::Row& row) {
    return asks::HistorySettings{static_cast<std::uint32_t>(row.int64(0)), static_cast<std::uint32_t>(row.int64(1))};
  };
  const auto found = TRY(db_.one(select_settings, read, folder));
  return found.value_or(asks::HistorySettings{});
}

Result<void> Versions::hand_down(policy::FolderId parent, policy::FolderId folder) {
  TRY(db_.run(insert_handed_down, parent, folder));
  return {};
}

Result<std::int64_t> Versions::size_of(std::uint64_t file) {
  const auto size = TRY(db_.one(select_size, [](db::Row& row) { return row.int64(0); }, file));
  return size.value_or(0);
}

Result<std::vector<StoredVersion>> Versions::of_file(std::uint64_t file, policy::FolderId folder) {
  std::vector<StoredVersion> found;
  TRY(db_.query(select_of_file, [&](db::Row& row) { found.push_back(read_version(row, folder)); }, file));
  return found;
}

Result<std::optional<StoredVersion>> Versions::kept(std::uint64_t file, std::uint64_t version,
                                                    policy::FolderId folder) {
  return db_.one(select_kept, [&](db::Row& row) { return read_version(row, folder); }, file, version);
}

Result<std::vector<StoredVersion>> Versions::freed_by_replacing(const FilePlace& old) {
  const asks::HistorySettings set = TRY(settings(old.folder));
  if (set.versions_kept == 0) return of_file(old.id, old.folder);
  std::vector<StoredVersion> found;  // the current one will be the first of the older ones
  TRY(db_.query(
      select_beyond, [&](db::Row& row) { found.push_back(read_version(row, old.folder)); }, old.id,
      set.versions_kept - 1));
  return found;
}

Result<void> Versions::step_aside(const FilePlace& old) {
  TRY(db_.run(update_aside, old.id));
  return {};
}

Result<void> Versions::give_way(const Asker& asker, const FilePlace& old, std::uint64_t file, policy::FolderId folder) {
  const asks::HistorySettings set = TRY(settings(old.folder));
  if (set.versions_kept == 0) {
    TRY(remove(asker, TRY(of_file(old.id, old.folder))));
  } else {
    if (folder != old.folder) {
      const std::int64_t size = TRY(size_of(old.id));
      TRY(count(old.folder, -size));
      TRY(count(folder, size));
    }
    TRY(db_.run(insert_kept, old.id, file, asker.now));
    TRY(db_.run(update_versions, old.id, file));
    TRY(db_.run(update_kept, old.id, file));
    std::vector<StoredVersion> beyond;
    TRY(db_.query(
        select_beyond, [&](db::Row& row) { beyond.push_back(read_version(row, folder)); }, file, set.versions_kept));
    TRY(remove(asker, beyond));
    TRY(expiries_.settle(file, asker.now));
  }
  TRY(db_.run(delete_file, old.id));
  TRY(db_.run(update_left, old.folder, asker.now));
  return {};
}

Result<void> Versions::restore(const FilePlace& file, std::uint64_t version, UnixMs now) {
  TRY(db_.run(insert_kept, file.id, file.id, now));
  TRY(db_.run(update_current, file.id, version));
  TRY(db_.run(delete_kept, version));
  return expiries_.settle(file.id, now);
}

Result<void> Versions::count(policy::FolderId folder, std::int64_t bytes) {
  if (bytes == 0) return {};
  TRY(db_.run(update_folder_size, folder, bytes));
  return quotas_.count(folder, bytes);
}

Result<void> Versions::need_no_hold(const Asker& asker, const std::vector<StoredVersion>& versions) {
  const bool any = TRY(holds_.any());
  if (!any) return {};
  std::set<std::pair<std::uint64_t, policy::FolderId>> looked;
  for (const StoredVersion& content : versions) {
    const bool first = looked.emplace(content.file, content.counted_in).second;
    if (first) TRY(holds_.need_none(asker, content.file, content.counted_in));
  }
  return {};
}

Result<void> Versions::remove(const Asker& asker, const std::vector<StoredVersion>& versions) {
  TRY(need_no_hold(asker, versions));
  std::map<policy::UserId, std::int64_t> by_uploader;
  std::map<policy::FolderId, std::int64_t> by_folder;
  for (const StoredVersion& content : versions) {
    TRY(db_.run(delete_version, content.version));  // and its row of kept_versions
    by_uploader[content.uploader] += content.size;
    by_folder[content.counted_in] += content.size;
    if (content.blob) turn_.after_commit([this, blob = *content.blob] { blobs_.remove(blob); });
  }
  for (const auto& [uploader, size] : by_uploader) TRY(db_.run(update_uploaded, uploader, size));
  for (const auto& [folder, size] : by_folder) TRY(count(folder, -size));
  return {};
}

}  // namespace bulkhead::keeper
