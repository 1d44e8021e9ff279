#include "keeper/virtual_folders.h"

#include <algorithm>

#include "base/cat.h"
#include "keeper/visibility.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_count = "SELECT count(*) FROM links WHERE parent = $1";
constexpr db::Sql select_maker =
    "SELECT coalesce(u.id, ''), l.made_ms FROM links l LEFT JOIN users u ON u.number = l.made_by WHERE l.id = $1";
constexpr db::Sql insert_link =
    "INSERT INTO links (id, parent, name, target, made_by, made_ms) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr db::Sql update_place = "UPDATE links SET parent = $2, name = $3 WHERE id = $1";
constexpr db::Sql delete_link = "DELETE FROM links WHERE id = $1";

Error no_such_link() {
  return fail(Errc::not_found, "no such virtual folder");
}

Error may_not() {
  return fail(Errc::denied, "a virtual folder is made and changed by who has admin where it is and in its target");
}

bool may_change(const Asker& asker, policy::Chain chain) {
  return policy::decide(asker.subject, policy::Action::change_settings, chain, asker.now).allowed();
}

}  // namespace

Result<Link> VirtualFolders::find(const Asker& asker, std::uint32_t id) {
  std::optional<Link> link = TRY(link_of(store_, id));
  if (!link) return no_such_link();
  const bool there = TRY(is_there(store_, asker, *link));
  if (!there) return no_such_link();
  return std::move(*link);
}

Result<asks::VirtualRow> VirtualFolders::row(const Link& link) {
  asks::VirtualRow row;
  row.id = link.id;
  row.folder = link.parent;
  row.target = link.target;
  row.name = link.name;
  row.path = path_below(TRY(store_.path_of(link.parent)), link.name);
  row.target_path = TRY(store_.path_of(link.target));
  const auto read = [&](db::Row& found) {
    row.made_by = found.text(0);
    row.made_ms = found.int64(1);
  };
  TRY(store_.db.query(select_maker, read, link.id));
  return row;
}

Result<asks::ListVirtual::Reply> VirtualFolders::list(const Asker& asker, const asks::ListVirtual& ask) {
  TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  std::vector<Link> links = TRY(links_in(store_, asker, ask.folder));
  if (ask.slice.descending) std::ranges::reverse(links);
  asks::ListVirtual::Reply reply;
  reply.total = links.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, links.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    reply.rows.push_back(TRY(row(links[i])));
    const asks::VirtualRow& added = reply.rows.back();
    size += 128 + added.name.size() + added.path.size() + added.target_path.size();
  }
  return reply;
}

Result<asks::VirtualRow> VirtualFolders::get(const Asker& asker, std::uint32_t id) {
  return row(TRY(find(asker, id)));
}

Result<void> VirtualFolders::need_name(policy::FolderId folder, const Name& name) {
  const RemotePath above = TRY(RemotePath::parse(TRY(store_.path_of(folder))));
  TRY(above.child(name));
  return store_.need_free_name(folder, name.text());
}

Result<void> VirtualFolders::need_place(policy::Chain folder, std::uint32_t target) {
  const bool loops = std::ranges::any_of(folder, [&](const policy::Folder& above) { return above.id == target; });
  if (loops) return fail(Errc::conflict, "the target holds the folder in which the virtual folder would be");
  const auto count = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, folder.back().id));
  if (count.value_or(0) < static_cast<std::int64_t>(links_of_folder_max)) return {};
  return fail(Errc::too_large, cat("a folder holds at most ", links_of_folder_max, " virtual folders"));
}

Result<asks::VirtualRow> VirtualFolders::create(const Asker& asker, const asks::CreateVirtual& ask) {
  const Chain parent = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const Chain target = TRY(store_.reach(asker, ask.target, policy::Action::view_folder));
  if (!may_change(asker, parent) || !may_change(asker, target)) return may_not();
  const Name name = TRY(Name::parse(ask.name));
  Link link{.id = 0, .parent = ask.folder, .target = ask.target, .name = name.text()};
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(need_place(parent, ask.target));
    TRY(need_name(ask.folder, name));
    link.id = TRY(store_.new_id());
    TRY(store_.db.run(insert_link, link.id, link.parent, link.name, link.target, asker.subject.user, asker.now));
    return store_.touch(link.parent, asker.now);
  }));
  return row(link);
}

Result<void> VirtualFolders::need_change(const Asker& asker, const Link& link) {
  const Chain holder = TRY(store_.tree.chain(link.parent));
  const Chain target = TRY(store_.tree.chain(link.target));
  if (may_change(asker, holder) && may_change(asker, target)) return {};
  return may_not();
}

Result<void> VirtualFolders::move(const Asker& asker, const Link& link, policy::Chain target, const Name& name) {
  TRY(need_change(asker, link));
  const policy::FolderId folder = target.back().id;
  if (folder == link.parent && name.text() == link.name) return {};
  if (!may_change(asker, target)) {
    return fail(Errc::denied, "your rights in the folder it would go to do not allow this");
  }
  if (folder != link.parent) TRY(need_place(target, link.target));
  TRY(need_name(folder, name));
  TRY(store_.db.run(update_place, link.id, folder, name.text()));
  TRY(store_.touch(link.parent, asker.now));
  return store_.touch(folder, asker.now);
}

Result<void> VirtualFolders::remove(const Asker& asker, const Link& link) {
  TRY(need_change(asker, link));
  TRY(store_.db.run(delete_link, link.id));
  return store_.touch(link.parent, asker.now);
}

Result<asks::VirtualRow> VirtualFolders::rename(const Asker& asker, const asks::RenameVirtual& ask) {
  Link link = TRY(find(asker, ask.id));
  const Name name = TRY(Name::parse(ask.name));
  const Chain holder = TRY(store_.tree.chain(link.parent));
  TRY(store_.turn.ask([&] { return move(asker, link, holder, name); }));
  link.name = name.text();
  return row(link);
}

Result<void> VirtualFolders::remove(const Asker& asker, std::uint32_t id) {
  const Link link = TRY(find(asker, id));
  return store_.turn.ask([&] { return remove(asker, link); });
}

}  // namespace bulkhead::keeper
