#include "keeper/recycle_bin.h"

#include <algorithm>
#include <map>

#include "base/cat.h"
#include "base/log.h"

namespace bulkhead::keeper {
namespace {

constexpr UnixMs day_ms = 24LL * 60 * 60 * 1'000;

constexpr db::Sql insert_file =
    "INSERT INTO binned (file, organisation, folder, gone, name, path, total_size, could_read, deleted_by, deleted_ms, "
    "until_ms) SELECT f.id, d.organisation, f.folder, 0, f.name, d.path, "
    "(SELECT coalesce(sum(v.size), 0) FROM versions v WHERE v.file = f.id), $2, $3, $4, "
    "min($5, coalesce((SELECT e.due_ms FROM expiries e WHERE e.version = f.version), $5)) "
    "FROM files f JOIN folders d ON d.id = f.folder WHERE f.id = $1";
constexpr db::Sql update_file = "UPDATE files SET folder = $2, name = CAST(id AS TEXT) WHERE id = $1";
constexpr db::Sql update_left = "UPDATE folders SET file_count = file_count - 1, changed_ms = $2 WHERE id = $1";

constexpr db::Sql select_root = "SELECT root FROM organisations WHERE id = $1";
constexpr db::Sql select_folders =
    "SELECT d.id, h.bin_days FROM folders d JOIN folder_history h ON h.folder = d.id "
    "WHERE d.organisation = $1 AND d.path >= $2 AND d.path < $2 || '0' "
    "AND (d.path = $2 OR d.path >= $2 || '/') "
    "AND h.bin_days > 0 AND d.file_count > 0";
constexpr db::Sql insert_files =
    "INSERT INTO binned (file, organisation, folder, gone, name, path, total_size, could_read, deleted_by, deleted_ms, "
    "until_ms) SELECT f.id, d.organisation, f.folder, 0, f.name, d.path, "
    "(SELECT coalesce(sum(v.size), 0) FROM versions v WHERE v.file = f.id), $2, $3, $4, "
    "min($5, coalesce((SELECT e.due_ms FROM expiries e WHERE e.version = f.version), $5)) "
    "FROM files f JOIN folders d ON d.id = f.folder WHERE f.folder = $1";
constexpr db::Sql update_files = "UPDATE files SET folder = $2, name = CAST(id AS TEXT) WHERE folder = $1";
constexpr db::Sql update_emptied = "UPDATE folders SET file_count = 0 WHERE id = $1";
constexpr db::Sql select_sizes =
    "SELECT d.id, sum(b.total_size) FROM folders d JOIN binned b ON b.folder = d.id "
    "WHERE d.organisation = $1 AND d.path >= $2 AND d.path < $2 || '0' "
    "AND (d.path = $2 OR d.path >= $2 || '/') GROUP BY d.id";
constexpr db::Sql update_gone = "UPDATE binned SET folder = $2, gone = 1 WHERE folder = $1";

constexpr db::Sql select_entry =
    "SELECT organisation, folder, gone, name, total_size, could_read, deleted_by FROM binned WHERE file = $1";
constexpr db::Sql select_entries =
    "SELECT b.organisation, b.folder, b.gone, b.name, b.total_size, b.could_read, b.deleted_by, b.file, b.path, "
    "v.size, (SELECT count(*) FROM versions o WHERE o.file = b.file), u.name, b.deleted_ms, b.until_ms "
    "FROM binned b JOIN files f ON f.id = b.file JOIN versions v ON v.id = f.version "
    "JOIN users u ON u.number = b.deleted_by WHERE b.organisation = $1 ORDER BY b.deleted_ms DESC, b.file";
constexpr db::Sql select_next =
    "SELECT organisation, folder, gone, name, total_size, could_read, deleted_by, file FROM binned "
    "WHERE organisation = $1 AND file > $2 ORDER BY file LIMIT $3";
constexpr db::Sql select_expired = "SELECT file, folder FROM binned WHERE until_ms <= $1 ORDER BY until_ms LIMIT $2";
constexpr db::Sql update_until = "UPDATE binned SET until_ms = $2 WHERE file = $1";
constexpr db::Sql delete_entry = "DELETE FROM binned WHERE file = $1";
constexpr db::Sql delete_file = "DELETE FROM files WHERE id = $1";
constexpr db::Sql update_back = "UPDATE files SET folder = $2, name = $3 WHERE id = $1";
constexpr db::Sql update_came = "UPDATE folders SET file_count = file_count + 1, changed_ms = $2 WHERE id = $1";

Error no_such_entry() {
  return fail(Errc::not_found, "no such file in the recycle bin");
}

}  // namespace

struct RecycleBin::Entry {
  std::uint32_t organisation = 0;
  policy::FolderId folder = 0;  // where it counts
  bool gone = false;            // that is not where it was
  std::string name;
  std::int64_t total_size = 0;
  bool could_read = false;  // who deleted it, when he did
  policy::UserId deleted_by = 0;

  static Entry read(db::Row& row) {
    return {.organisation = static_cast<std::uint32_t>(row.int64(0)),
            .folder = static_cast<policy::FolderId>(row.int64(1)),
            .gone = row.boolean(2),
            .name = std::string{row.text(3)},
            .total_size = row.int64(4),
            .could_read = row.boolean(5),
            .deleted_by = static_cast<policy::UserId>(row.int64(6))};
  }
};

Result<void> put_in_bin(Store& store, const Asker& asker, const FilePlace& file, std::uint32_t days) {
  TRY(store.holds.need_none(asker, file.id, file.folder));
  const Chain chain = TRY(store.tree.chain(file.folder));
  const bool could_read = policy::decide(asker.subject, policy::Action::read_file, chain, asker.now).allowed();
  TRY(store.db.run(insert_file, file.id, could_read, asker.subject.user, asker.now, asker.now + days * day_ms));
  TRY(store.db.run(update_file, file.id, bin_folder));
  TRY(store.db.run(update_left, file.folder, asker.now));
  return {};
}

Result<void> put_tree_in_bin(Store& store, const Asker& asker, const std::string& path) {
  struct Folder {
    policy::FolderId id = 0;
    std::int64_t number = 0;  // days, or bytes
  };
  std::vector<Folder> folders;
  const auto read = [&](db::Row& row) {
    folders.push_back({static_cast<policy::FolderId>(row.int64(0)), row.int64(1)});
  };
  TRY(store.db.query(select_folders, read, asker.organisation, path));
  for (const auto& [folder, days] : folders) {
    const Chain chain = TRY(store.tree.chain(folder));
    const bool could_read = policy::decide(asker.subject, policy::Action::read_file, chain, asker.now).allowed();
    TRY(store.db.run(insert_files, folder, could_read, asker.subject.user, asker.now, asker.now + days * day_ms));
    TRY(store.db.run(update_files, folder, bin_folder));
    TRY(store.db.run(update_emptied, folder));
  }
  folders.clear();
  TRY(store.db.query(select_sizes, read, asker.organisation, path));
  if (folders.empty()) return {};
  const auto root = TRY(store.db.one(select_root, [](db::Row& row) { return row.int64(0); }, asker.organisation));
  if (!root) return fail(Errc::corrupt, "the catalog has lost an organisation");
  for (const auto& [folder, size] : folders) {
    TRY(store.db.run(update_gone, folder, *root));
    TRY(store.versions.count(folder, -size));
    TRY(store.versions.count(static_cast<policy::FolderId>(*root), size));
  }
  return {};
}

Result<bool> RecycleBin::may(const Asker& asker, policy::Action action, policy::FolderId folder) {
  const Chain chain = TRY(store_.tree.chain(folder));
  return policy::decide(asker.subject, action, chain, asker.now).allowed();
}

Result<bool> RecycleBin::may_see(const Asker& asker, const Entry& entry) {
  if (entry.organisation != asker.organisation || asker.subject.role == policy::Role::system_admin) return false;
  if (entry.deleted_by == asker.subject.user) return true;
  return may(asker, policy::Action::delete_file, entry.folder);
}

Result<bool> RecycleBin::may_remove(const Asker& asker, const Entry& entry) {
  const bool seen = TRY(may_see(asker, entry));
  if (!seen) return false;
  if (entry.gone && entry.deleted_by == asker.subject.user) return true;
  return may(asker, policy::Action::delete_file, entry.folder);
}

Result<RecycleBin::Entry> RecycleBin::find(const Asker& asker, std::uint64_t file) {
  if (file > INT64_MAX) return no_such_entry();
  std::optional<Entry> entry = TRY(store_.db.one(select_entry, Entry::read, file));
  if (!entry) return no_such_entry();
  const bool seen = TRY(may_see(asker, *entry));
  if (!seen) return no_such_entry();
  return std::move(*entry);
}

Result<asks::ListBin::Reply> RecycleBin::list(const Asker& asker, const asks::ListBin& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const Mask paths = TRY(Mask::parse(ask.path_part.empty() ? std::string{} : cat('*', ask.path_part, '*')));
  asks::ListBin::Reply reply;
  std::size_t size = 0;
  std::map<std::pair<policy::FolderId, bool>, bool> seen;  // of a folder: what he deleted there, and what others did
  const auto add = [&](db::Row& row) -> Result<void> {
    const Entry entry = Entry::read(row);
    if (!names.matches(entry.name) || !paths.matches(row.text(8))) return {};
    const std::pair kind{entry.folder, entry.deleted_by == asker.subject.user};
    if (!seen.contains(kind)) seen[kind] = TRY(may_see(asker, entry));
    if (!seen[kind]) return {};
    const std::uint64_t index = reply.total++;
    if (index < ask.slice.offset || reply.rows.size() >= ask.slice.limit || size >= answer_size_max) return {};
    if (index != ask.slice.offset + reply.rows.size()) return {};  // behind one that had no room
    asks::BinRow& shown = reply.rows.emplace_back();
    shown.id = static_cast<std::uint64_t>(row.int64(7));
    shown.name = entry.name;
    shown.folder_path = row.text(8);
    shown.folder = entry.gone ? 0 : static_cast<std::uint32_t>(entry.folder);
    shown.size = static_cast<std::uint64_t>(row.int64(9));
    shown.total_size = static_cast<std::uint64_t>(entry.total_size);
    shown.version_count = static_cast<std::uint32_t>(row.int64(10));
    shown.deleted_by = row.text(11);
    shown.deleted_ms = row.int64(12);
    shown.until_ms = row.int64(13);
    size += 128 + shown.name.size() + shown.folder_path.size() + shown.deleted_by.size();
    return {};
  };
  TRY(store_.db.query(select_entries, add, asker.organisation));
  return reply;
}

Result<void> RecycleBin::need_restore(const Asker& asker, const Entry& entry, policy::FolderId target) {
  TRY(store_.reach(asker, target, policy::Action::write_file));
  if (!entry.gone && target == entry.folder) return {};
  const bool own = entry.gone && entry.deleted_by == asker.subject.user;
  const bool may_take = TRY(may(asker, policy::Action::delete_file, entry.folder));
  if (!own && !may_take) return fail(Errc::denied, "your rights in the folder where it was do not allow this");
  const bool may_read = TRY(may(asker, policy::Action::read_file, entry.folder));
  if (may_read || (own && entry.could_read)) return {};
  const bool will_read = TRY(may(asker, policy::Action::read_file, target));
  if (will_read) return fail(Errc::denied, "you may not read that file, and could where it would go");
  return {};
}

Result<asks::FileRow> RecycleBin::restore(const Asker& asker, const asks::RestoreBinned& ask) {
  const Entry entry = TRY(find(asker, ask.file));
  if (ask.folder == 0 && entry.gone) return fail(Errc::not_found, "the folder where it was is gone: name another one");
  const policy::FolderId target = ask.folder == 0 ? entry.folder : ask.folder;
  TRY(need_restore(asker, entry, target));
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(target))));
  TRY(above.child(TRY(Name::parse(entry.name))));
  TRY(store_.names.need_allowed(target, entry.name));
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(store_.need_free_name(target, entry.name));
    if (target != entry.folder) {
      TRY(store_.holds.need_none(asker, ask.file, entry.folder));
      const Chain leaving = TRY(store_.tree.chain(entry.folder));
      const auto bytes = static_cast<std::uint64_t>(entry.total_size);
      TRY(store_.quotas.need_room({.folder = target, .bytes = bytes, .leaving = leaving}));
      TRY(store_.versions.count(entry.folder, -entry.total_size));
      TRY(store_.versions.count(target, entry.total_size));
    }
    TRY(store_.db.run(update_back, ask.file, target, entry.name));
    TRY(store_.db.run(update_came, target, asker.now));
    TRY(store_.db.run(delete_entry, ask.file));
    return store_.expiries.settle(ask.file, asker.now);
  }));
  return files_.row(asker, ask.file);
}

// How many versions it had.
Result<std::size_t> RecycleBin::erase(const Asker& asker, std::uint64_t file, policy::FolderId folder) {
  return store_.turn.ask([&]() -> Result<std::size_t> {
    const std::vector<StoredVersion> versions = TRY(store_.versions.of_file(file, folder));
    TRY(store_.versions.remove(asker, versions));
    TRY(store_.db.run(delete_file, file));  // and its entry
    return versions.size();
  });
}

Result<void> RecycleBin::remove(const Asker& asker, std::uint64_t file) {
  const Entry entry = TRY(find(asker, file));
  const bool allowed = TRY(may_remove(asker, entry));
  if (!allowed) return fail(Errc::denied, "your rights in the folder where it was do not allow this");
  TRY(erase(asker, file, entry.folder));
  return {};
}

Result<asks::EmptyBin::Reply> RecycleBin::empty(const Asker& asker, const asks::EmptyBin& ask) {
  asks::EmptyBin::Reply reply;
  reply.last = std::min<std::uint64_t>(ask.after, INT64_MAX);
  std::vector<std::pair<std::uint64_t, Entry>> next;
  TRY(store_.db.query(
      select_next, [&](db::Row& row) { next.emplace_back(static_cast<std::uint64_t>(row.int64(7)), Entry::read(row)); },
      asker.organisation, reply.last, emptied_files_max));
  reply.end = next.size() < emptied_files_max;
  std::size_t versions = 0;
  for (const auto& [file, entry] : next) {
    if (versions >= emptied_versions_max) {
      reply.end = false;
      break;
    }
    reply.last = file;
    const bool allowed = TRY(may_remove(asker, entry));
    if (!allowed) continue;
    const Result<std::size_t> erased = erase(asker, file, entry.folder);
    if (!erased.ok() && erased.error().kind() == Errc::held) continue;
    versions += TRY(erased);
    ++reply.removed;
  }
  return reply;
}

Result<void> RecycleBin::remove_expired(UnixMs now) {
  std::vector<std::pair<std::uint64_t, policy::FolderId>> expired;
  TRY(store_.db.query(
      select_expired,
      [&](db::Row& row) {
        expired.emplace_back(static_cast<std::uint64_t>(row.int64(0)), static_cast<policy::FolderId>(row.int64(1)));
      },
      now, expired_files_per_tick_max));
  if (expired.empty()) return {};
  std::size_t removed = 0;
  std::size_t versions = 0;
  for (const auto& [file, folder] : expired) {
    if (versions >= emptied_versions_max) break;
    const Result<std::size_t> erased = erase(Asker::nobody(0, now), file, folder);
    if (!erased.ok() && erased.error().kind() == Errc::held) {
      TRY(store_.turn.ask([&, held = file] { return store_.db.run(update_until, held, now + day_ms); }));
      continue;
    }
    versions += TRY(erased);
    ++removed;
  }
  TRY(store_.commit());
  log(Level::info, "files removed from the recycle bin", {{"count", cat(removed)}});
  return {};
}

}  // namespace bulkhead::keeper
