#include "keeper/folders.h"

#include "base/cat.h"
#include "core/path/path.h"
#include "keeper/recycle_bin.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_built_in = "SELECT built_in FROM folders WHERE id = $1";
constexpr db::Sql select_empty =
    "SELECT subfolder_count = 0 AND file_count = 0 AND NOT EXISTS (SELECT 1 FROM links WHERE parent = $1) "
    "FROM folders WHERE id = $1";
constexpr db::Sql insert_folder =
    "INSERT INTO folders (id, organisation, parent, name, path, owner, inherit, overwrite_allowed, changed_ms) "
    "SELECT $1, organisation, id, $3, $4, $5, $6, overwrite_allowed, $7 FROM folders WHERE id = $2";
constexpr db::Sql update_subfolders =
    "UPDATE folders SET subfolder_count = subfolder_count + $2, changed_ms = $3 WHERE id = $1";
constexpr db::Sql update_description = "UPDATE folders SET description = $2 WHERE id = $1";
// A folder and all below it is one range of paths, but for neighbours such as "/a-b" of "/a".
constexpr db::Sql select_tree =
    "SELECT id, subfolder_count + (SELECT count(*) FROM links l WHERE l.parent = folders.id), file_count FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' AND (path = $2 OR path >= $2 || '/')";
constexpr db::Sql select_versions =
    "SELECT v.id, v.uploader, v.size, v.blob, v.file, d.id "
    "FROM folders d JOIN files f ON f.folder = d.id JOIN versions v ON v.file = f.id "
    "WHERE d.organisation = $1 AND d.path >= $2 AND d.path < $2 || '0' AND (d.path = $2 OR d.path >= $2 || '/')";
constexpr db::Sql select_drafts =
    "SELECT t.blob FROM folders d JOIN drafts t ON t.folder = d.id "
    "WHERE d.organisation = $1 AND d.path >= $2 AND d.path < $2 || '0' AND (d.path = $2 OR d.path >= $2 || '/')";
constexpr db::Sql delete_drafts =
    "DELETE FROM drafts WHERE folder IN (SELECT id FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' AND (path = $2 OR path >= $2 || '/'))";
constexpr db::Sql delete_files =
    "DELETE FROM files WHERE folder IN (SELECT id FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' AND (path = $2 OR path >= $2 || '/'))";
constexpr db::Sql delete_folders =
    "DELETE FROM folders WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' "
    "AND (path = $2 OR path >= $2 || '/')";

int stored(asks::Inherit inherit) {
  switch (inherit) {
    case asks::Inherit::none:
      break;
    case asks::Inherit::copy_only:
      return static_cast<int>(policy::Inherit::copy);
    case asks::Inherit::always:
      return static_cast<int>(policy::Inherit::always);
  }
  return static_cast<int>(policy::Inherit::none);
}

}  // namespace

Result<asks::FolderRow> Folders::create(const Asker& asker, const asks::CreateFolder& ask) {
  const Chain parent = TRY(store_.reach(asker, ask.parent, policy::Action::change_subfolders));
  const std::uint32_t made = TRY(store_.turn.ask([&] { return insert(asker, ask, parent); }));
  return row(asker, made);
}

Result<std::uint32_t> Folders::insert(const Asker& asker, const asks::CreateFolder& ask, policy::Chain parent) {
  const Name name = TRY(Name::parse(ask.name));
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(ask.parent))));
  const RemotePath path = TRY(above.child(name));
  TRY(store_.need_free_name(ask.parent, name.text()));
  const std::uint32_t id = TRY(store_.new_id());
  TRY(store_.db.run(insert_folder, id, ask.parent, name.text(), path.print(), asker.subject.user, stored(ask.inherit),
                    asker.now));
  TRY(store_.hand_down(ask.parent, id));
  TRY(give_entries(asker, id, ask.inherit, parent));
  TRY(store_.db.run(update_subfolders, ask.parent, 1, asker.now));
  return id;
}

Result<policy::FolderId> Folders::need_change_in_parent(const Asker& asker, policy::Chain chain) {
  const auto built_in =
      TRY(store_.db.one(select_built_in, [](db::Row& row) { return row.boolean(0); }, chain.back().id));
  if (!built_in || *built_in) return fail(Errc::denied, "the root and /Home cannot be changed");
  // He knows of the folder, so an unknown parent is no reason to deny that.
  const policy::Chain above = chain.first(chain.size() - 1);
  if (!policy::decide(asker.subject, policy::Action::change_subfolders, above, asker.now).allowed()) {
    return fail(Errc::denied, "your rights in the folder above do not allow this");
  }
  return above.back().id;
}

Result<asks::FolderRow> Folders::change(const Asker& asker, const asks::ChangeFolder& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  TRY(store_.turn.ask([&]() -> Result<void> {
    if (ask.inherit_access) TRY(change_inheritance(asker, chain, *ask.inherit_access));
    if (ask.description) {
      TRY(allow(policy::decide(asker.subject, policy::Action::change_settings, chain, asker.now)));
      if (ask.description->size() > description_size_max) {
        return fail(Errc::too_large, "description: is longer than 4096 bytes");
      }
      TRY(store_.db.run(update_description, ask.folder, *ask.description));
    }
    if (!ask.name) return {};
    const Name name = TRY(Name::parse(*ask.name));
    const RemotePath before = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
    const RemotePath after = TRY(before.parent().child(name));
    TRY(move(asker, chain, before, policy::Chain{chain}.first(chain.size() - 1), after));
    return {};
  }));
  if (ask.inherit_access) store_.tree.forget(ask.folder);
  return row(asker, ask.folder);
}

Result<void> Folders::remove(const Asker& asker, std::uint32_t folder) {
  const Chain chain = TRY(store_.reach(asker, folder, policy::Action::view_folder));
  const policy::FolderId parent = TRY(need_change_in_parent(asker, chain));
  Result<void> removed = store_.turn.ask([&] { return remove_all(asker, folder, parent); });
  store_.tree.forget_parents();
  return removed;
}

Result<void> Folders::remove_empty(const Asker& asker, std::uint32_t folder, policy::Chain chain) {
  const policy::FolderId parent = TRY(need_change_in_parent(asker, chain));
  const auto empty = TRY(store_.db.one(select_empty, [](db::Row& row) { return row.boolean(0); }, folder));
  if (!empty.value_or(false)) return fail(Errc::conflict, "the folder is not empty");
  Result<void> removed = store_.turn.ask([&] { return remove_all(asker, folder, parent); });
  store_.tree.forget(folder);
  return removed;
}

Result<void> Folders::remove_all(const Asker& asker, std::uint32_t folder, policy::FolderId parent) {
  const std::string path = TRY(store_.path_of(folder));
  TRY(need_removal(asker, asker.organisation, path));
  TRY(store_.holds.need_none_in_tree(asker, folder, path));
  TRY(put_tree_in_bin(store_, asker, path));
  TRY(erase_tree(asker, path));
  TRY(store_.db.run(update_subfolders, parent, -1, asker.now));
  return {};
}

Result<void> Folders::erase_tree(const Asker& asker, const std::string& path) {
  TRY(remove_files_below(asker, path));
  TRY(store_.db.run(delete_folders, asker.organisation, path));
  return {};
}

Result<void> Folders::erase_empty(const Asker& asker, std::uint32_t folder, std::uint32_t parent,
                                  const std::string& path) {
  TRY(store_.holds.need_none_in_tree(asker, folder, path));
  TRY(erase_tree(asker, path));
  TRY(store_.db.run(update_subfolders, parent, -1, asker.now));
  return {};
}

Result<void> Folders::need_removal(const Asker& asker, std::uint32_t organisation, const std::string& path,
                                   policy::Rights besides) {
  std::size_t folders = 0;
  std::size_t files = 0;
  return store_.db.query(
      select_tree,
      [&](db::Row& row) -> Result<void> {
        const Chain chain = TRY(store_.tree.chain(static_cast<policy::FolderId>(row.int64(0))));
        policy::Rights needed;
        if (row.int64(1) > 0) needed |= policy::Right::add_delete_subfolders;
        if (row.int64(2) > 0) needed |= policy::Right::delete_files;
        if (row.int64(2) > 0) needed |= besides;
        const policy::Rights rights = policy::effective(asker.subject, chain, asker.now);
        if (rights.empty() || !rights.has(needed)) {
          return fail(Errc::denied, "the folder holds something that your rights do not allow you to take away");
        }
        files += static_cast<std::size_t>(row.int64(2));
        if (++folders > removed_folders_max || files > removed_files_max) {
          return fail(Errc::too_large, "the folder holds too much for one change: begin with its parts");
        }
        return {};
      },
      organisation, path);
}

Result<void> Folders::remove_files_below(const Asker& asker, const std::string& path) {
  std::vector<StoredVersion> versions;
  TRY(store_.db.query(
      select_versions,
      [&](db::Row& row) -> Result<void> {
        if (versions.size() == removed_versions_max) {
          return fail(Errc::too_large, "the folder holds too much for one change: begin with its parts");
        }
        versions.push_back(read_version(row, static_cast<policy::FolderId>(row.int64(5))));
        return {};
      },
      asker.organisation, path));
  TRY(store_.versions.remove(asker, versions));
  std::vector<std::string> blobs;
  TRY(store_.db.query(select_drafts, [&](db::Row& row) { blobs.emplace_back(row.text(0)); }, asker.organisation, path));
  TRY(store_.db.run(delete_drafts, asker.organisation, path));
  TRY(store_.db.run(delete_files, asker.organisation, path));
  store_.turn.after_commit([this, blobs = std::move(blobs)] {
    for (const std::string& blob : blobs) store_.blobs.remove(blob);
  });
  return {};
}

}  // namespace bulkhead::keeper
