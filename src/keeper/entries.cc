#include "keeper/entries.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_below = "SELECT id FROM folders WHERE parent = $1 AND name = $2";
constexpr db::Sql select_uploader = "SELECT uploader FROM versions WHERE id = $1";

Error nothing_there() {
  return fail(Errc::not_found, "no such file or folder");
}

bool may(const Asker& asker, policy::Action action, policy::Chain chain) {
  return policy::decide(asker.subject, action, chain, asker.now).allowed();
}

// In a folder that the asker has been shown, so that it is no secret, whatever his rights.
Result<void> need(const Asker& asker, policy::Action action, policy::Chain chain) {
  if (may(asker, action, chain)) return {};
  return fail(Errc::denied, "your rights in that folder do not allow this");
}

// Of a folder in which he has no right the asker sees that it is on the way to one, and no more.
void hide_rest(asks::FolderRow& row) {
  row.description.clear();
  row.owner.clear();
  row.is_shared = false;
  row.overwrite_allowed = false;
  row.subfolder_count = 0;
}

}  // namespace

Result<std::uint32_t> Entries::folder_in(std::uint32_t parent, const std::string& name) {
  const auto read = [](db::Row& row) { return static_cast<std::uint32_t>(row.int64(0)); };
  const auto id = TRY(store_.db.one(select_below, read, parent, name));
  return id.value_or(0);
}

Result<bool> Entries::is_own(const Asker& asker, const FilePlace& file) {
  const auto uploader = TRY(store_.db.one(select_uploader, [](db::Row& row) { return row.int64(0); }, file.version));
  return static_cast<policy::UserId>(uploader.value_or(0)) == asker.subject.user;
}

Result<Chain> Entries::chain_at(const Asker& asker, const RemotePath& path) {
  const Resolved found = TRY(resolve(store_, asker, path));
  if (found.folder == 0) return fail(Errc::not_found, "no such folder");
  return see(store_, asker, found.folder);
}

Result<Entries::Found> Entries::find(const Asker& asker, const RemotePath& path) {
  Resolved at = TRY(resolve(store_, asker, path));
  if (at.folder != 0) {
    Result<Chain> chain = see(store_, asker, at.folder);
    if (!chain.ok() && chain.error().kind() != Errc::not_found) return std::move(chain).error();
    if (chain.ok()) {
      return Found{.kind = asks::EntryKind::folder,
                   .chain = std::move(*chain),
                   .file = {},
                   .draft = {},
                   .link = std::move(at.link),
                   .is_through_link = !at.through.empty()};
    }
    const Chain hidden = TRY(store_.tree.chain(at.folder));
    at.parent = hidden.size() > 1 ? static_cast<std::uint32_t>(hidden[hidden.size() - 2].id) : 0;
  }
  if (at.parent == 0) return nothing_there();
  Result<Chain> chain = see(store_, asker, at.parent);
  if (!chain.ok() && chain.error().kind() == Errc::not_found) return nothing_there();
  std::optional<Found> found = TRY(find_file(asker, TRY(std::move(chain)), path.name().text()));
  if (!found) return nothing_there();
  found->is_through_link = !at.through.empty();
  return std::move(*found);
}

Result<std::optional<Entries::Found>> Entries::find_file(const Asker& asker, Chain chain, const std::string& name) {
  Found found{.kind = asks::EntryKind::file, .chain = std::move(chain), .file = {}, .draft = {}};
  found.file = TRY(files_.visible_at(asker, found.chain, name));
  if (found.file) return std::optional{std::move(found)};
  found.kind = asks::EntryKind::draft;
  found.draft = TRY(drafts_.own_at(asker, found.folder(), name));
  if (found.draft) return std::optional{std::move(found)};
  return std::optional<Found>{};
}

Result<asks::Lookup::Reply> Entries::lookup(const Asker& asker, const asks::Lookup& ask) {
  const RemotePath path = TRY(RemotePath::parse(ask.path));
  const Found found = TRY(find(asker, path));
  asks::Lookup::Reply reply;
  switch (found.kind) {
    case asks::EntryKind::folder:
      reply.folder = TRY(found.link ? folders_.row(asker, *found.link) : folders_.row(asker, found.folder()));
      if (found.is_through_link) reply.folder->path = path.print();
      if (reply.folder->rights == 0) hide_rest(*reply.folder);
      break;
    case asks::EntryKind::file:
      reply.file = TRY(files_.row(asker, found.file->id));
      if (found.is_through_link) reply.file->folder_path = path.parent().print();
      break;
    case asks::EntryKind::draft:
      reply.draft.emplace(
          asks::DraftRow{found.folder(), found.draft->name, found.draft->size, found.draft->changed_ms});
      break;
  }
  return reply;
}

Result<Files::Lease> Entries::lease_read(const Asker& asker, const std::string& path) {
  const Found found = TRY(find(asker, TRY(RemotePath::parse(path))));
  if (found.kind != asks::EntryKind::file) return fail(Errc::conflict, "there is no published file");
  return files_.lease_read(asker, {found.file->id, found.file->version});
}

Result<void> Entries::remove(const Asker& asker, const asks::RemoveEntry& ask) {
  const RemotePath path = TRY(RemotePath::parse(ask.path));
  const Found found = TRY(find(asker, path));
  const bool is_folder = found.kind == asks::EntryKind::folder;
  if (is_folder != ask.folder) return fail(Errc::conflict, is_folder ? "it is a folder" : "it is no folder");
  switch (found.kind) {
    case asks::EntryKind::folder: {
      if (found.link) return store_.turn.ask([&] { return virtual_folders_.remove(asker, *found.link); });
      const std::vector<OwnDraft> own = TRY(drafts_.own(asker, found.folder(), {}, 1));
      if (!own.empty()) return fail(Errc::conflict, "the folder is not empty");
      return folders_.remove_empty(asker, found.folder(), found.chain);
    }
    case asks::EntryKind::file:
      return files_.remove(asker, found.file->id);
    case asks::EntryKind::draft:
      return store_.turn.ask([&] { return drafts_.remove(*found.draft); });
  }
  return nothing_there();
}

Result<void> Entries::set_modified(const Asker& asker, const asks::SetModified& ask) {
  TRY(need_modified(ask.modified_ms));
  const RemotePath path = TRY(RemotePath::parse(ask.path));
  Result<Found> found = find(asker, path);
  if (!found.ok() && found.error().kind() == Errc::not_found && !path.is_root()) {
    // A drop box shows nobody a file, and lets its uploader set the time of his.
    Found own;
    own.kind = asks::EntryKind::file;
    own.chain = TRY(chain_at(asker, path.parent()));
    own.file = TRY(files_.at(own.folder(), path.name().text()));
    if (!own.file) return nothing_there();
    const bool his = TRY(is_own(asker, *own.file));
    if (!his) return nothing_there();
    found = std::move(own);
  }
  const Found at = TRY(std::move(found));
  if (at.kind == asks::EntryKind::folder) return {};
  if (at.kind == asks::EntryKind::draft) {
    return store_.turn.ask([&] { return drafts_.set_modified(asker, *at.draft, ask.modified_ms); });
  }
  const bool own = TRY(is_own(asker, *at.file));
  if (!own) TRY(need(asker, policy::Action::write_file, at.chain));
  return store_.turn.ask([&] { return files_.set_modified(at.file->id, ask.modified_ms); });
}

Result<asks::Space::Reply> Entries::space() const {
  const Blobs::Space found = TRY(store_.blobs.space());
  const auto above_reserve = [&](std::uint64_t bytes) { return bytes - std::min(bytes, drafts_.reserve()); };
  return asks::Space::Reply{.total = above_reserve(found.total), .free = above_reserve(found.free)};
}

Result<void> Entries::move(const Asker& asker, const asks::Move& ask) {
  const RemotePath before = TRY(RemotePath::parse(ask.from));
  const RemotePath after = TRY(RemotePath::parse(ask.to));
  const Found from = TRY(find(asker, before));
  if (before == after) return {};
  if (after.is_root()) return fail(Errc::conflict, "the root is there");
  // A path within the moved folder may not exist: that it cannot be is the better answer.
  if (from.kind == asks::EntryKind::folder && after.is_within(before)) {
    return fail(Errc::conflict, "a folder cannot be moved into itself");
  }
  const Chain target = TRY(chain_at(asker, after.parent()));
  return store_.turn.ask([&] { return move_to(asker, from, target, after.name(), ask.replace); });
}

Result<void> Entries::move_to(const Asker& asker, const Found& from, policy::Chain target, const Name& name,
                              bool replace) {
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(target.back().id))));
  const RemotePath after = TRY(above.child(name));
  const bool stays = from.chain.back().id == target.back().id;
  switch (from.kind) {
    case asks::EntryKind::folder: {
      if (from.link) {
        TRY(need_no_draft(asker, target, name));
        return virtual_folders_.move(asker, *from.link, target, name);
      }
      const RemotePath before = TRY(RemotePath::parse(TRY(store_.path_of(from.folder()))));
      return move_folder(asker, from.chain, before, target, after);
    }
    case asks::EntryKind::file:
      if (stays && from.file->name == name.text()) return {};
      return move_file(asker, from, target, name, replace);
    case asks::EntryKind::draft:
      if (stays && from.draft->name == name.text()) return {};
      return move_draft(asker, from, target, name, replace);
  }
  return {};
}

Result<void> Entries::need_no_draft(const Asker& asker, policy::Chain target, const Name& name) {
  const auto own = TRY(drafts_.own_at(asker, static_cast<std::uint32_t>(target.back().id), name.text()));
  if (own) return fail(Errc::conflict, "an unfinished upload of that name is in the folder");
  return {};
}

Result<void> Entries::move_folder(const Asker& asker, policy::Chain chain, const RemotePath& before,
                                  policy::Chain target, const RemotePath& after) {
  TRY(need_no_draft(asker, target, after.name()));
  return folders_.move(asker, chain, before, target, after);
}

Result<void> Entries::make_way(const Asker& asker, policy::Chain target, const std::string& name, bool replace,
                               const FilePlace* by) {
  const auto folder = static_cast<std::uint32_t>(target.back().id);
  TRY(store_.names.need_allowed(folder, name));
  if (!replace) TRY(store_.need_free_name(folder, name));
  const std::optional<FilePlace> file = TRY(files_.at(folder, name));
  if (!file) TRY(store_.need_free_name(folder, name));  // a folder never gives way
  const std::optional<OwnDraft> draft = TRY(drafts_.own_at(asker, folder, name));
  if (draft && !replace) return fail(Errc::conflict, "an unfinished upload of that name is in the folder");
  if (file) TRY(drafts_.replace(asker, *file, by));
  if (draft) TRY(drafts_.remove(*draft));
  return drafts_.supersede(asker.subject.user, folder, name, 0);
}

Result<void> Entries::move_file(const Asker& asker, const Found& from, policy::Chain target, const Name& name,
                                bool replace) {
  if (target.back().id == from.chain.back().id) {
    TRY(need(asker, policy::Action::rename_file, from.chain));
  } else {
    TRY(need(asker, policy::Action::delete_file, from.chain));
    TRY(need(asker, policy::Action::write_file, target));
    const bool gains =
        may(asker, policy::Action::read_file, target) && !may(asker, policy::Action::read_file, from.chain);
    if (gains) return fail(Errc::denied, "you may not read that file, and could where it would go");
  }
  TRY(make_way(asker, target, name.text(), replace, &*from.file));
  return files_.move(asker, *from.file, static_cast<std::uint32_t>(target.back().id), name.text());
}

Result<void> Entries::move_draft(const Asker& asker, const Found& from, policy::Chain target, const Name& name,
                                 bool replace) {
  TRY(need(asker, policy::Action::write_file, target));
  TRY(make_way(asker, target, name.text(), replace, nullptr));
  return drafts_.move(asker, *from.draft, static_cast<std::uint32_t>(target.back().id), name.text());
}

}  // namespace bulkhead::keeper
