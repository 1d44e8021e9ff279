#include "keeper/files.h"

#include "base/cat.h"
#include "core/path/path.h"

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
constexpr db::Sql select_content = 
    "SELECT tag, wrapped_key, small, blob, coalesce((SELECT day FROM expiries WHERE version = versions.id), 0) "
    "FROM versions WHERE id = $1";
constexpr db::Sql select_size = "SELECT size FROM versions WHERE id = $1";
constexpr db::Sql update_place = "UPDATE files SET folder = $2, name = $3 WHERE id = $1";
constexpr db::Sql update_added =
    "UPDATE folders SET file_count = file_count + 1, files_size = files_size + $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_name = "UPDATE files SET name = $2 WHERE id = $1";
constexpr db::Sql update_modified = "UPDATE files SET modified_ms = $2 WHERE id = $1";
constexpr db::Sql update_downloads = "UPDATE files SET download_count = download_count + $2 WHERE id = $1";
// The file may be gone meanwhile.
constexpr db::Sql insert_seen =
    "INSERT INTO seen (file, user) SELECT id, $2 FROM files WHERE id = $1 ON CONFLICT DO NOTHING";
constexpr db::Sql delete_seen = "DELETE FROM seen WHERE file = $1 AND user = $2";
constexpr db::Sql update_sha1 = "UPDATE versions SET sha1 = $2 WHERE id = $1 AND sha1 IS NULL";
constexpr db::Sql select_erased = "SELECT v.blob, v.uploader, v.size FROM versions v WHERE v.file = $1";
constexpr db::Sql update_uploaded = "UPDATE users SET files_size = files_size - $2 WHERE number = $1";
constexpr db::Sql update_counts =
    "UPDATE folders SET file_count = file_count - 1, files_size = files_size - $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql delete_versions = "DELETE FROM versions WHERE file = $1";
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

// What reach() says of the folder, said of a file in it.
Result<void> about_file(const Result<Chain>& reached) {
  if (reached.ok()) return {};
  if (reached.error().kind() == Errc::not_found) return no_such_file();
  return Error{reached.error()};
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

Result<std::optional<FilePlace>> Files::at(std::uint32_t folder, const std::string& name) {
  return store_.db.one(select_at, read_place, folder, name);
}

Result<std::optional<FilePlace>> Files::visible_at(const Asker& asker, policy::Chain chain, const std::string& name) {
  const bool may_look = policy::decide(asker.subject, policy::Action::read_file, chain, asker.now).allowed() ||
                        policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
  if (!may_look) return std::optional<FilePlace>{};
  return at(static_cast<std::uint32_t>(chain.back().id), name);
}

Result<void> Files::move(const Asker& asker, const FilePlace& file, std::uint32_t folder, const std::string& name) {
  const auto size = TRY(store_.db.one(select_size, [](db::Row& row) { return row.int64(0); }, file.version));
  if (!size) return fail(Errc::corrupt, "a file of the catalog has no content");
  if (folder != file.folder) {
    TRY(store_.holds.need_none(asker, file.id, file.folder));
    const Chain leaving = TRY(store_.tree.chain(file.folder));
    const auto bytes = static_cast<std::uint64_t>(*size);
    TRY(store_.quotas.need_room({.folder = folder, .bytes = bytes, .leaving = leaving}));
    TRY(store_.quotas.count(file.folder, -*size));
    TRY(store_.quotas.count(folder, *size));
  }
  TRY(store_.db.run(update_place, file.id, folder, name));
  TRY(store_.db.run(update_counts, file.folder, *size, asker.now));
  TRY(store_.db.run(update_added, folder, *size, asker.now));
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

Result<FilePlace> Files::reach(const Asker& asker, std::uint64_t file, policy::Action action) {
  FilePlace found = TRY(place(file));
  TRY(about_file(store_.reach(asker, found.folder, action)));
  return found;
}

Result<FilePlace> Files::reach_to_look(const Asker& asker, std::uint64_t file) {
  FilePlace found = TRY(place(file));
  if (store_.reach(asker, found.folder, policy::Action::read_file).ok()) return found;
  TRY(about_file(store_.reach(asker, found.folder, policy::Action::list_files)));
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
  return store_.turn.ask([&] { return erase(asker, file, at.folder); });
}

Result<void> Files::erase(const Asker& asker, std::uint64_t file, std::uint32_t folder) {
  TRY(store_.holds.need_none(asker, file, folder));
  struct Erased {
    std::optional<std::string> blob;
    std::int64_t uploader = 0;
    std::int64_t size = 0;
  };
  auto erased = TRY(store_.db.one(
      select_erased,
      [](db::Row& row) {
        Erased read{std::nullopt, row.int64(1), row.int64(2)};
        if (const auto blob = row.optional_text(0)) read.blob.emplace(*blob);
        return read;
      },
      file));
  if (!erased) return fail(Errc::corrupt, "a file of the catalog has no content");
  TRY(store_.db.run(update_uploaded, erased->uploader, erased->size));
  TRY(store_.db.run(update_counts, folder, erased->size, asker.now));
  TRY(store_.quotas.count(folder, -erased->size));
  TRY(store_.db.run(delete_versions, file));
  TRY(store_.db.run(delete_file, file));
  if (erased->blob) store_.turn.after_commit([this, blob = *erased->blob] { store_.blobs.remove(blob); });
  return {};
}

Result<Files::Lease> Files::lease_read(const Asker& asker, const asks::LeaseRead& ask) {
  const FilePlace at = TRY(reach(asker, ask.file, policy::Action::read_file));
  if (at.version != ask.version) return fail(Errc::conflict, "the file has changed meanwhile");
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
      at.version));
  if (!whole || blob.has_value() == lease.reply.small.has_value()) {
    return fail(Errc::corrupt, "the catalog has lost the content of this file");
  }
  if (blob) lease.blob = TRY(store_.blobs.open_for_reading(*blob));
  if (marks_.size() < marks_max || was_read_by(ask.file, asker.subject.user)) ++marks_[{ask.file, asker.subject.user}];
  lease.reply.row = TRY(row(asker, ask.file));
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
