#include "keeper/links.h"

#include "base/cat.h"
#include "keeper/visibility.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_link = "SELECT id, parent, target, name FROM links WHERE id = $1";
constexpr db::Sql select_links_in = "SELECT id, parent, target, name FROM links WHERE parent = $1 ORDER BY name";
constexpr db::Sql select_link_in = "SELECT id, parent, target, name FROM links WHERE parent = $1 AND name = $2";
// As read_visible() wants them, and the number of the link; the path is that of the folder that holds it.
constexpr db::Sql select_listed =
    "SELECT t.id, l.name, p.path, t.changed_ms, t.file_count, l.id FROM links l JOIN folders t ON t.id = l.target "
    "JOIN folders p ON p.id = l.parent WHERE l.parent = $1 ORDER BY l.name";
constexpr db::Sql select_one_listed =
    "SELECT t.id, l.name, p.path, t.changed_ms, t.file_count, l.id FROM links l JOIN folders t ON t.id = l.target "
    "JOIN folders p ON p.id = l.parent WHERE l.id = $1";

Link read_link(db::Row& row) {
  const auto number = [&](int column) { return static_cast<std::uint32_t>(row.int64(column)); };
  return {.id = number(0), .parent = number(1), .target = number(2), .name = std::string{row.text(3)}};
}

VisibleFolder read_listed(db::Row& row) {
  VisibleFolder folder = read_visible(row);
  folder.path = path_below(folder.path, folder.name);
  folder.link = static_cast<std::uint32_t>(row.int64(5));
  return folder;
}

Result<bool> may_know(Store& store, const Asker& asker, policy::FolderId folder) {
  const Result<Chain> seen = see(store, asker, folder);
  if (seen.ok()) return true;
  if (seen.error().kind() == Errc::not_found) return false;
  return Error{seen.error()};
}

// The deepest folder on the way of a path that names none, and how many components lead to it.
struct Deepest {
  std::uint32_t folder = 0;
  std::size_t depth = 0;
};
Result<Deepest> deepest(Store& store, std::uint32_t organisation, RemotePath path) {
  while (!path.is_root()) {
    path = path.parent();
    const std::uint32_t folder = TRY(store.folder_at(organisation, path));
    if (folder != 0) return Deepest{folder, path.depth()};
  }
  return Deepest{};
}

}  // namespace

std::string path_below(const std::string& above, const std::string& name) {
  return above.size() == 1 ? cat('/', name) : cat(above, '/', name);
}

Result<std::optional<Link>> link_of(Store& store, std::uint64_t id) {
  return store.db.one(select_link, read_link, id);
}

Result<std::optional<Link>> link_in(Store& store, policy::FolderId parent, const std::string& name) {
  return store.db.one(select_link_in, read_link, parent, name);
}

Result<std::vector<Link>> links_in(Store& store, const Asker& asker, policy::FolderId folder) {
  std::vector<Link> all;
  TRY(store.db.query(select_links_in, [&](db::Row& row) { all.push_back(read_link(row)); }, folder));
  std::vector<Link> there;
  for (Link& link : all) {
    const bool known = TRY(may_know(store, asker, link.target));
    if (known) there.push_back(std::move(link));
  }
  return there;
}

Result<bool> is_there(Store& store, const Asker& asker, const Link& link) {
  const bool holder = TRY(may_know(store, asker, link.parent));
  return holder && TRY(may_know(store, asker, link.target));
}

Result<Resolved> resolve(Store& store, const Asker& asker, const RemotePath& path) {
  Resolved found;
  for (RemotePath at = path;;) {  // each round takes a component off its end, or ends
    found.folder = TRY(store.folder_at(asker.organisation, at));
    if (found.folder != 0 || at.is_root()) return found;
    const Deepest above = TRY(deepest(store, asker.organisation, at));
    const std::vector<Name>& names = at.names();
    const bool last = above.depth + 1 == names.size();
    if (last) found.parent = above.folder;
    std::optional<Link> link = TRY(link_in(store, above.folder, names[above.depth].text()));
    if (!link) return found;
    const bool there = TRY(is_there(store, asker, *link));
    if (!there) return found;
    if (found.through.size() == links_on_way_max) {
      return fail(Errc::too_large, cat("the path leads through more than ", links_on_way_max, " virtual folders"));
    }
    found.through.push_back(*link);
    if (last) {
      found.folder = link->target;
      found.link = std::move(link);
      return found;
    }
    Result<RemotePath> next = RemotePath::parse(TRY(store.path_of(link->target)));
    for (std::size_t i = above.depth + 1; next.ok() && i < names.size(); ++i) next = next->child(names[i]);
    if (!next.ok()) return found;  // deeper than anything can be
    at = std::move(next).value();
  }
}

Result<std::vector<VisibleFolder>> links_for_list(Store& store, const Asker& asker, std::uint32_t folder) {
  std::vector<VisibleFolder> found;
  TRY(store.db.query(select_listed, [&](db::Row& row) { found.push_back(read_listed(row)); }, folder));
  for (VisibleFolder& each : found) judge(each, asker, TRY(store.tree.chain(each.id)));
  std::erase_if(found, [](const VisibleFolder& each) { return each.rights.empty(); });
  return found;
}

Result<std::optional<VisibleFolder>> link_for_list(Store& store, const Asker& asker, std::uint64_t id) {
  std::optional<VisibleFolder> found = TRY(store.db.one(select_one_listed, read_listed, id));
  if (!found) return found;
  judge(*found, asker, TRY(store.tree.chain(found->id)));
  if (found->rights.empty()) found.reset();
  return found;
}

}  // namespace bulkhead::keeper
