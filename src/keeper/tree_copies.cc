#include "keeper/tree_copies.h"

#include <algorithm>

#include "base/cat.h"
#include "base/log.h"
#include "keeper/recycle_bin.h"

namespace bulkhead::keeper {
namespace {

constexpr std::uint32_t staging = 0;  // the organisation without users

// By path: a folder comes before what is in it.
constexpr db::Sql select_tree =
    "SELECT id, coalesce(parent, 0), name, file_count FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' AND (path = $2 OR path >= $2 || '/') ORDER BY path";
constexpr db::Sql select_files =
    "SELECT f.id, f.version, f.name, v.size FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1 "
    "ORDER BY f.name";
constexpr db::Sql insert_folder =
    "INSERT INTO folders (id, organisation, parent, name, path, owner, inherit, overwrite_allowed, changed_ms) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, overwrite_allowed, $8 FROM folders WHERE id = $9";
constexpr db::Sql update_subfolders =
    "UPDATE folders SET subfolder_count = subfolder_count + 1, changed_ms = $2 WHERE id = $1";
constexpr db::Sql update_paths =
    "UPDATE folders SET organisation = $3, path = $4 || substr(path, length($2) + 1) "
    "WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' AND (path = $2 OR path >= $2 || '/')";
constexpr db::Sql update_parent = "UPDATE folders SET parent = $2 WHERE id = $1";
constexpr db::Sql select_left_over = "SELECT path FROM folders WHERE organisation = $1 AND parent IS NULL AND id <> $2";

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}

}  // namespace

Result<RemotePath> TreeCopies::need_place(const Asker& asker, std::uint32_t target, const Name& name) {
  TRY(store_.reach(asker, target, policy::Action::change_subfolders));
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(target))));
  RemotePath after = TRY(above.child(name));
  TRY(store_.need_free_name(target, name.text()));
  const auto own = TRY(drafts_.own_at(asker, target, name.text()));
  if (own) return fail(Errc::conflict, "an unfinished upload of that name is in the folder");
  return after;
}

Result<void> TreeCopies::need_right_to_write(const Asker& asker, const Copy& copy) {
  if (!copy.files.empty()) TRY(store_.reach(asker, copy.target, policy::Action::write_file));
  return {};
}

Result<void> TreeCopies::add_folders(const Asker& asker, const RemotePath& before, const RemotePath& after,
                                     Copy& copy) {
  std::map<std::uint64_t, std::size_t> copied;  // index by number of the source
  const auto add = [&](db::Row& row) -> Result<void> {
    const auto id = static_cast<std::uint32_t>(row.int64(0));
    const auto parent = copied.find(number(row, 1));
    if (!copy.folders.empty() && parent == copied.end()) return {};  // what is above was left out
    const policy::Rights rights = policy::effective(asker.subject, TRY(store_.tree.chain(id)), asker.now);
    if (rights.empty()) return {};
    const bool listed = row.int64(3) > 0 && rights.has(policy::Right::list_files);
    if (listed && !rights.has(policy::Right::read_files)) {
      return fail(Errc::denied, "the folder holds files that you may not read");
    }
    if (copy.folders.size() == copied_folders_max) {
      return fail(Errc::too_large, cat("more than ", copied_folders_max, " folders: begin with its parts"));
    }
    Copied made{.source = id,
                .id = 0,
                .parent = 0,
                .name = std::string{row.text(2)},
                .path = after.print(),
                .staged_path = {},
                .files = listed};
    if (!copy.folders.empty()) {
      made.parent = parent->second;
      const RemotePath above = TRY(RemotePath::parse(copy.folders[made.parent].path));
      made.path = TRY(above.child(TRY(Name::parse(made.name)))).print();
    }
    copied.emplace(id, copy.folders.size());
    copy.folders.push_back(std::move(made));
    return {};
  };
  return store_.db.query(select_tree, add, asker.organisation, before.print());
}

Result<void> TreeCopies::add_files(Copy& copy) {
  for (std::size_t i = 0; i < copy.folders.size(); ++i) {
    if (!copy.folders[i].files) continue;
    const auto add = [&](db::Row& row) -> Result<void> {
      if (copy.files.size() == copied_files_max) {
        return fail(Errc::too_large, cat("more than ", copied_files_max, " files: begin with its parts"));
      }
      TRY(store_.names.need_allowed(copy.target, std::string{row.text(2)}));
      copy.files.push_back({.file = number(row, 0),
                            .version = number(row, 1),
                            .name = std::string{row.text(2)},
                            .folder = 0,
                            .parent = i,
                            .size = number(row, 3)});
      copy.size += copy.files.back().size;
      return {};
    };
    TRY(store_.db.query(select_files, add, copy.folders[i].source));
  }
  return {};
}

Result<void> TreeCopies::stage(const Asker& asker, const Copy& copy) {
  for (std::size_t i = 0; i < copy.folders.size(); ++i) {
    const Copied& made = copy.folders[i];
    std::optional<std::uint32_t> parent;
    if (i > 0) parent = copy.folders[made.parent].id;
    TRY(store_.db.run(insert_folder, made.id, staging, parent, made.name, made.staged_path, asker.subject.user,
                      static_cast<int>(policy::Inherit::always), asker.now, copy.target));
    TRY(store_.hand_down(copy.target, made.id));
    if (i > 0) TRY(store_.db.run(update_subfolders, copy.folders[made.parent].id, asker.now));
  }
  return {};
}

Result<asks::BeginCopy::Reply> TreeCopies::begin(const Asker& asker, ipc::PeerId channel, const asks::BeginCopy& ask) {
  if (copies_.contains(channel)) return fail(Errc::conflict, "a folder is being copied over this connection already");
  TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  TRY(store_.reach(asker, ask.target, policy::Action::view_folder));
  const RemotePath before = TRY(RemotePath::parse(TRY(store_.path_of(ask.folder))));
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(ask.target))));
  if (above.is_within(before)) return fail(Errc::conflict, "a folder cannot be copied into itself");
  const RemotePath after = TRY(need_place(asker, ask.target, before.name()));

  Copy copy{.user = asker.subject.user, .target = ask.target, .folders = {}, .files = {}};
  TRY(add_folders(asker, before, after, copy));
  TRY(add_files(copy));
  TRY(need_right_to_write(asker, copy));
  for (Copied& made : copy.folders) {
    made.id = TRY(store_.new_id());
    const std::string top = cat('/', copy.folders[0].id);
    made.staged_path = cat(top, std::string_view{made.path}.substr(copy.folders[0].path.size()));
  }
  for (Member& file : copy.files) file.folder = copy.folders[file.parent].id;
  // Each of its files also counts for the user when it is published: near his quota he has less room meanwhile.
  const std::uint32_t top = copy.folders[0].id;
  TRY(store_.quotas.reserve(
      {.user = copy.user, .folder = ask.target, .bytes = copy.size, .user_bytes = copy.size, .subtree = true}, top));
  const Result<void> staged = store_.turn.ask([&] { return stage(asker, copy); });
  if (!staged.ok()) {
    store_.quotas.release(top);
    return staged.error();
  }
  const asks::BeginCopy::Reply reply{static_cast<std::uint32_t>(copy.files.size()), copy.size};
  copies_.emplace(channel, std::move(copy));
  store_.turn.on_undo([this, channel, top] {
    copies_.erase(channel);
    store_.quotas.release(top);
  });
  return reply;
}

Result<TreeCopies::Copy*> TreeCopies::find(const Asker& asker, ipc::PeerId channel) {
  const auto found = copies_.find(channel);
  if (found == copies_.end() || found->second.user != asker.subject.user) {
    return fail(Errc::not_found, "no folder is being copied");
  }
  return &found->second;
}

Result<asks::NextCopy::Reply> TreeCopies::next(const Asker& asker, ipc::PeerId channel) {
  Copy* const copy = TRY(find(asker, channel));
  asks::NextCopy::Reply reply;
  if (copy->draft != 0 && drafts_.is_live(copy->draft)) return fail(Errc::conflict, "the file before is not finished");
  if (copy->taken == copy->files.size()) {
    reply.end = true;
    return reply;
  }
  const Member& file = copy->files[copy->taken];
  const RemotePath folder = TRY(RemotePath::parse(copy->folders[file.parent].path));
  reply.path = TRY(folder.child(TRY(Name::parse(file.name)))).print();
  reply.file = file.file;
  reply.version = file.version;
  const Drafts::Opened opened = TRY(drafts_.create_staged(asker, channel, file.folder, file.name));
  reply.draft = opened.reply.draft;
  reply.tag = opened.reply.tag;
  copy->draft = reply.draft;
  ++copy->taken;
  return reply;
}

Result<asks::FolderRow> TreeCopies::end(const Asker& asker, ipc::PeerId channel) {
  Copy* const copy = TRY(find(asker, channel));
  const std::uint32_t top = copy->folders[0].id;
  if (copy->taken != copy->files.size() || (copy->draft != 0 && drafts_.is_live(copy->draft))) {
    return fail(Errc::conflict, "not every file of the folder was copied");
  }
  const RemotePath after = TRY(need_place(asker, copy->target, TRY(Name::parse(copy->folders[0].name))));
  if (after.print() != copy->folders[0].path) return fail(Errc::conflict, "the folder it goes to was moved meanwhile");
  TRY(need_right_to_write(asker, *copy));
  TRY(store_.turn.ask([&] { return publish(asker, *copy); }));
  store_.tree.forget_parents();
  Copy ended = std::move(*copy);
  copies_.erase(channel);
  store_.turn.on_undo([this, channel, top, again = std::move(ended), reserved = store_.quotas.release(top)] {
    copies_.emplace(channel, again);
    if (reserved) store_.quotas.put_back(top, *reserved);
  });
  return folders_.row(asker, top);
}

Result<void> TreeCopies::publish(const Asker& asker, const Copy& copy) {
  const Copied& top = copy.folders[0];
  std::size_t published = 0;
  for (const Copied& made : copy.folders) {
    TRY(store_.db.query(select_files, [&](db::Row& row) {
      store_.index.note(number(row, 0));
      ++published;
    }, made.id));
  }
  if (published != copy.files.size()) return fail(Errc::conflict, "not every file of the folder was copied");
  const auto size = static_cast<std::int64_t>(copy.size);
  TRY(store_.quotas.need_room({.folder = copy.target, .bytes = copy.size, .subtree = true}, top.id));
  TRY(store_.quotas.count(copy.target, size));
  TRY(store_.db.run(update_paths, staging, top.staged_path, asker.organisation, top.path));
  TRY(store_.db.run(update_parent, top.id, copy.target));
  TRY(store_.db.run(update_subfolders, copy.target, asker.now));
  const bool may_be_held = TRY(store_.holds.any());
  if (may_be_held) TRY(store_.expiries.settle_tree(asker.organisation, top.path));
  return {};
}

Result<void> TreeCopies::remove_staged(const std::string& path) {
  Result<void> removed = store_.turn.ask([&] { return folders_.erase_tree(Asker::nobody(staging, 0), path); });
  store_.tree.forget_parents();
  return removed;
}

Result<void> TreeCopies::drop(ipc::PeerId channel) {
  const auto found = copies_.find(channel);
  if (found == copies_.end()) return fail(Errc::not_found, "no folder is being copied");
  const std::string path = found->second.folders[0].staged_path;
  store_.quotas.release(found->second.folders[0].id);
  copies_.erase(found);
  return remove_staged(path);
}

void TreeCopies::gone(ipc::PeerId channel) {
  if (!copies_.contains(channel)) return;
  // What stays is found at the next start.
  const Result<void> removed = drop(channel);
  if (!removed.ok()) log(Level::warning, "a copy that was begun stays", {{"why", removed.error().message()}});
}

bool TreeCopies::is_target(std::uint32_t folder) const {
  return std::ranges::any_of(copies_, [&](const auto& copy) { return copy.second.target == folder; });
}

Result<void> TreeCopies::remove_left_over() {
  std::vector<std::string> left;
  TRY(store_.db.query(select_left_over, [&](db::Row& row) { left.emplace_back(row.text(0)); }, staging, bin_folder));
  for (const std::string& path : left) TRY(remove_staged(path));
  if (!left.empty()) log(Level::info, "copies that were not finished removed", {{"count", cat(left.size())}});
  return store_.commit();
}

}  // namespace bulkhead::keeper
