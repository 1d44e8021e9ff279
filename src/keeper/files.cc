#include "keeper/files.h"

#include "base/cat.h"
#include "core/path/path.h"
#include "keeper/recycle_bin.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_place = "SELECT folder, version, name, id FROM files WHERE id = $1";
constexpr db::Sql select_at = "SELECT folder, version, name, id FROM files WHERE folder = $1 AND name = $2";
constexpr db::Sql select_row =
    "SELECT f.id, f.version, f.folder, d.organisation, f.name, d.path, v.size, v.sha256, v.sha1, v.comment, u.name, "
    "v.address, v.agent, v.uploaded_ms, f.download_count, v.integrity_checked, "
    "NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = f.id AND s.user = $2), v.receipt, f.modified_ms "
    "FROM files f JOIN versions v ON v.id = f.version JOIN folders d ON d.id = f.folder "
    "JOIN users u ON u.number = v.uploader WHERE f.id = $1";
constexpr db::Sql select_version_row =
    "SELECT f.id, v.id, f.folder, d.organisation, f.name, d.path, v.size, v.sha256, v.sha1, v.comment, u.name, "
    "v.address, v.agent, v.uploaded_ms, f.download_count, v.integrity_checked, "
    "f.version = v.id AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = f.id AND s.user = $3), v.receipt, "
    "coalesce(k.modified_ms, f.modified_ms) "
    "FROM files f JOIN versions v ON v.file = f.id JOIN folders d ON d.id = f.folder "
    "JOIN users u ON u.number = v.uploader LEFT JOIN kept_versions k ON k.version = v.id WHERE f.id = $1 AND v.id = $2";
constexpr db::Sql select_content =
    "SELECT tag, wrapped_key, small, blob, coalesce((SELECT day FROM expiries WHERE version = versions.id), 0) "
    "FROM versions WHERE id = $1";
constexpr db::Sql update_place = "UPDATE files SET folder = $2, name = $3 WHERE id = $1";
constexpr db::Sql update_added =
    "UPDATE folders SET file_count = file_count + 1, files_size = files_size + $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_name = "UPDATE files SET name = $2 WHERE id = $1";
constexpr db::Sql update_modified = "UPDATE files SET modified_ms = $2 WHERE id = $1";
constexpr db::Sql update_downloads = "UPDATE files SET download_count = download_count + $2 WHERE id = $1";
// The file may be gone meanwhile.
constexpr db::Sql insert_seen =
    "INSERT INTO seen (file, user) SELECT id, $2 FROM files WHERE id = $1 ON CONFLICT DO NOTHING";
constexpr db::Sql delete_all_seen = "DELETE FROM seen WHERE file = $1";
constexpr db::Sql delete_seen = "DELETE FROM seen WHERE file = $1 AND user = $2";
constexpr db::Sql update_sha1 = "UPDATE versions SET sha1 = $2 WHERE id = $1 AND sha1 IS NULL";
constexpr db::Sql update_left = "UPDATE folders SET file_count = file_count - 1, changed_ms = $2 WHERE id = $1";
constexpr db::Sql update_counts =
    "UPDATE folders SET file_count = file_count - 1, files_size = files_size - $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql delete_file = "DELETE FROM files WHERE id = $1";

// A stored hash or tag; of the wrong size it makes the row Errc::corrupt below.
template <std::size_t Size>
bool take(std::array<std::uint8_t, Size>& out, ByteView stored) {
  if (stored.size() != Size) return false;
  copy_to(out, stored);
  return true;
}

asks::FileRow read_row(db::Row& row, bool& whole) {
  asks::FileRow file;
  file.id = static_cast<std::uint64_t>(row.int64(0));
  file.version = static_cast<std::uint64_t>(row.int64(1));
  file.folder = static_cast<std::uint32_t>(row.int64(2));
  file.organisation = static_cast<std::uint32_t>(row.int64(3));
  file.name = row.text(4);
  file.folder_path = row.text(5);
  file.size = static_cast<std::uint64_t>(row.int64(6));
  whole = take(file.sha256, row.blob(7));
  if (const auto sha1 = row.optional_blob(8)) whole = take(file.sha1.emplace(), *sha1) && whole;
  file.comment = row.text(9);
  file.uploader = row.text(10);
  file.uploader_full_name = file.uploader;  // a capability carries no other name
  file.uploader_address = row.text(11);
  file.uploader_agent = row.text(12);
  file.uploaded_ms = row.int64(13);
  file.download_count = static_cast<std::uint32_t>(row.int64(14));
  file.integrity_checked = row.boolean(15);
  file.is_new = row.boolean(16);
  file.receipt = static_cast<std::uint64_t>(row.int64(17));
  file.modified_ms = row.int64(18);
  return file;
}

FilePlace read_place(db::Row& row) {
  return {.folder = static_cast<std::uint32_t>(row.int64(0)),
          .version = static_cast<std::uint64_t>(row.int64(1)),
          .name = std::string{row.text(2)},
          .id = static_cast<std::uint64_t>(row.int64(3))};
}

Error no_such_file() {
  return fail(Errc::not_found, "no such file");
}

constexpr UnixMs modified_max = 0xFFFF'FFFFLL * 1'000 + 999;

bool may_look(const Asker& asker, policy::Chain chain) {
  return policy::decide(asker.subject, policy::Action::read_file, chain, asker.now).allowed() ||
         policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
}

}  // namespace

Result<void> need_modified(UnixMs modified_ms) {
  if (modified_ms >= 0 && modified_ms <= modified_max) return {};
  return fail(Errc::invalid, "the time of last change is before 1970 or after 2106");
}

Result<asks::FileRow> Files::row(const Asker& asker, std::uint64_t file) {
  bool whole = true;
  auto found =
      TRY(store_.db.one(select_row, [&](db::Row& row) { return read_row(row, whole); }, file, asker.subject.user));
  if (!found) return no_such_file();
  if (!whole) return fail(Errc::corrupt, "the catalog holds a hash of the wrong size");
  for (auto mark = marks_.lower_bound({file, 0}); mark != marks_.end() && mark->first.first == file; ++mark) {
    found->download_count += mark->second;
    if (mark->first.second == asker.subject.user) found->is_new = false;
  }
  return std::move(*found);
}

Result<asks::FileRow> Files::version_row(const Asker& asker, std::uint64_t file, std::uint64_t version) {
  bool whole = true;
  auto found = TRY(store_.db.one(
      select_version_row, [&](db::Row& row) { return read_row(row, whole); }, file, version, asker.subject.user));
  if (!found) return no_such_file();
  if (!whole) return fail(Errc::corrupt, "the catalog holds a hash of the wrong size");
  return std::move(*found);
}

Result<std::optional<FilePlace>> Files::at(std::uint32_t folder, const std::string& name) {
  return store_.db.one(select_at, read_place, folder, name);
}

Result<std::optional<FilePlace>> Files::visible_at(const Asker& asker, policy::Chain chain, const std::string& name) {
  if (!may_look(asker, chain)) return std::optional<FilePlace>{};
  return at(static_cast<std::uint32_t>(chain.back().id), name);
}

Result<void> Files::move(const Asker& asker, const FilePlace& file, std::uint32_t folder, const std::string& name) {
  const std::int64_t size = TRY(store_.versions.size_of(file.id));
  if (folder != file.folder) {
    TRY(store_.holds.need_none(asker, file.id, file.folder));
    const Chain leaving = TRY(store_.tree.chain(file.folder));
    const auto bytes = static_cast<std::uint64_t>(size);
    TRY(store_.quotas.need_room({.folder = folder, .bytes = bytes, .leaving = leaving}));
    TRY(store_.quotas.count(file.folder, -size));
    TRY(store_.quotas.count(folder, size));
  }
  TRY(store_.db.run(update_place, file.id, folder, name));
  TRY(store_.db.run(update_counts, file.folder, size, asker.now));
  TRY(store_.db.run(update_added, folder, size, asker.now));
  return store_.expiries.settle(file.id, asker.now);
}

Result<void> Files::set_modified(std::uint64_t file, UnixMs modified_ms) {
  TRY(store_.db.run(update_modified, file, modified_ms));
  return {};
}

Result<FilePlace> Files::place(std::uint64_t file) {
  if (file > INT64_MAX) return no_such_file();
  auto found = TRY(store_.db.one(select_place, read_place, file));
  if (!found) return no_such_file();
  return std::move(*found);
}

// Whoever may not look at it does not hear that it is there, whatever else he may do in the folder.
Result<FilePlace> Files::reach(const Asker& asker, std::uint64_t file, policy::Action action) {
  FilePlace found = TRY(place(file));
  const Result<Chain> reached = store_.reach(asker, found.folder, action);
  if (reached.ok()) return found;
  const bool may_know = may_look(asker, TRY(store_.tree.chain(found.folder)));
  return may_know ? reached.error() : no_such_file();
}

Result<FilePlace> Files::reach_to_look(const Asker& asker, std::uint64_t file) {
  FilePlace found = TRY(place(file));
  const bool may_know = may_look(asker, TRY(store_.tree.chain(found.folder)));
  if (!may_know) return no_such_file();
  return found;
}

Result<asks::FileRow> Files::get(const Asker& asker, std::uint64_t file) {
  TRY(reach_to_look(asker, file));
  return row(asker, file);
}

Result<asks::FileRow> Files::change(const Asker& asker, const asks::ChangeFile& ask) {
  const FilePlace at = TRY(reach_to_look(asker, ask.file));
  TRY(store_.turn.ask([&]() -> Result<void> {
    if (ask.is_new) TRY(mark(asker.subject.user, ask.file, *ask.is_new));
    if (!ask.name) return {};
    TRY(reach(asker, ask.file, policy::Action::rename_file));
    const Name name = TRY(store_.names.fit(at.folder, TRY(Name::parse(*ask.name))));
    if (name.text() == at.name) return {};
    const RemotePath folder = TRY(RemotePath::parse(TRY(store_.path_of(at.folder))));
    TRY(folder.child(name));
    TRY(store_.need_free_name(at.folder, name.text()));
    TRY(store_.db.run(update_name, ask.file, name.text()));
    TRY(store_.expiries.settle(ask.file, asker.now));
    return store_.touch(at.folder, asker.now);
  }));
  return row(asker, ask.file);
}

Result<void> Files::mark(policy::UserId user, std::uint64_t file, bool is_new) {
  ++seen_changes_;
  if (!is_new) {
    TRY(store_.db.run(insert_seen, file, user));
    return {};
  }
  if (const auto waiting = marks_.find({file, user}); waiting != marks_.end()) {
    TRY(store_.db.run(update_downloads, file, waiting->second));
    store_.turn.on_undo([this, mark = *waiting] { marks_[mark.first] += mark.second; });
    marks_.erase(waiting);
  }
  TRY(store_.db.run(delete_seen, file, user));
  return {};
}

Result<void> Files::remove(const Asker& asker, std::uint64_t file) {
  const FilePlace at = TRY(reach(asker, file, policy::Action::delete_file));
  return store_.turn.ask([&] { return discard(asker, at); });
}

Result<void> Files::discard(const Asker& asker, const FilePlace& file) {
  const asks::HistorySettings set = TRY(store_.versions.settings(file.folder));
  if (set.bin_days == 0) return erase(asker, file);
  return put_in_bin(store_, asker, file, set.bin_days);
}

Result<void> Files::erase(const Asker& asker, const FilePlace& file) {
  TRY(store_.versions.remove(asker, TRY(store_.versions.of_file(file.id, file.folder))));
  TRY(store_.db.run(delete_file, file.id));
  TRY(store_.db.run(update_left, file.folder, asker.now));
  return {};
}

Result<void> Files::begin_anew(const Asker& asker, std::uint64_t file) {
  ++seen_changes_;
  std::map<std::pair<std::uint64_t, policy::UserId>, std::uint32_t> waiting;
  std::uint64_t downloads = 0;
  for (auto mark = marks_.lower_bound({file, 0}); mark != marks_.end() && mark->first.first == file;) {
    waiting.insert(*mark);
    downloads += mark->second;
    mark = marks_.erase(mark);
  }
  store_.turn.on_undo([this, waiting = std::move(waiting)] {
    for (const auto& [mark, count] : waiting) marks_[mark] += count;
  });
  TRY(store_.db.run(update_downloads, file, downloads));
  TRY(store_.db.run(delete_all_seen, file));
  TRY(store_.db.run(insert_seen, file, asker.subject.user));
  return {};
}

void Files::count_download(const Asker& asker, std::uint64_t file) {
  ++seen_changes_;
  if (marks_.size() < marks_max || was_read_by(file, asker.subject.user)) ++marks_[{file, asker.subject.user}];
}

Result<Files::Lease> Files::lease_read(const Asker& asker, const asks::LeaseRead& ask) {
  const FilePlace at = TRY(reach(asker, ask.file, policy::Action::read_file));
  if (at.version != ask.version) return fail(Errc::conflict, "the file has changed meanwhile");
  Lease leased = TRY(lease_content(at.version));
  count_download(asker, ask.file);
  leased.reply.row = TRY(row(asker, ask.file));
  return leased;
}

Result<void> Files::need_kept(const FilePlace& file, std::uint64_t version) {
  const Error unknown = fail(Errc::not_found, "no such version of the file");
  if (version > INT64_MAX) return unknown;
  const auto found = TRY(store_.versions.kept(file.id, version, file.folder));
  if (!found) return unknown;
  return {};
}

Result<Files::Lease> Files::lease_version(const Asker& asker, const asks::LeaseVersion& ask) {
  const FilePlace at = TRY(reach(asker, ask.file, policy::Action::read_file));
  if (at.version == ask.version) return lease_read(asker, {ask.file, ask.version});
  TRY(need_kept(at, ask.version));
  Lease leased = TRY(lease_content(ask.version));
  leased.reply.row = TRY(version_row(asker, at.id, ask.version));
  return leased;
}

Result<Files::Lease> Files::lease_content(std::uint64_t version) {
  Lease lease;
  bool whole = true;
  std::optional<std::string> blob;
  TRY(store_.db.query(
      select_content,
      [&](db::Row& row) {
        whole = take(lease.reply.tag, row.blob(0));
        lease.reply.wrapped_key = to_bytes(row.blob(1));
        if (const auto small = row.optional_blob(2)) lease.reply.small = to_bytes(*small);
        if (const auto name = row.optional_text(3)) blob = std::string{*name};
        lease.reply.bucket_day = static_cast<std::uint32_t>(row.int64(4));
      },
      version));
  if (!whole || blob.has_value() == lease.reply.small.has_value()) {
    return fail(Errc::corrupt, "the catalog has lost the content of this file");
  }
  if (blob) lease.blob = TRY(store_.blobs.open_for_reading(*blob));
  return lease;
}

Result<bool> Files::write_marks() {
  if (marks_.empty()) return false;
  TRY(store_.turn.ask([&]() -> Result<void> {
    for (const auto& [mark, downloads] : marks_) {
      TRY(store_.db.run(update_downloads, mark.first, downloads));
      TRY(store_.db.run(insert_seen, mark.first, mark.second));
    }
    store_.turn.after_commit([this] { marks_.clear(); });
    return {};
  }));
  return true;
}

Result<void> Files::set_digest(const Asker& asker, const asks::SetDigest& ask) {
  const FilePlace at = TRY(reach(asker, ask.file, policy::Action::read_file));
  if (at.version != ask.version) return fail(Errc::conflict, "the file has changed meanwhile");
  return store_.turn.ask([&]() -> Result<void> {
    TRY(store_.db.run(update_sha1, at.version, ask.sha1));
    return {};
  });
}

}  // namespace bulkhead::keeper
