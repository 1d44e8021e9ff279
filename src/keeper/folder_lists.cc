#include <algorithm>
#include <tuple>

#include "base/cat.h"
#include "keeper/folders.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_root = "SELECT f.path FROM organisations o JOIN folders f ON f.id = o.root WHERE o.id = $1";
// Where a user may see something by an entry, his or of a group of his, or as an owner. "+ 0": SQLite would walk all
// folders of the organisation instead of what is his.
constexpr db::Sql select_starts =
    "SELECT path FROM folders WHERE home_of = $1 AND organisation + 0 = $2 UNION "
    "SELECT f.path FROM grants g JOIN folders f ON f.id = g.folder WHERE g.user = $1 AND g.rights <> 0 "
    "AND f.organisation + 0 = $2 UNION "
    "SELECT f.path FROM members m JOIN grants g ON g.group_id = m.group_id JOIN folders f ON f.id = g.folder "
    "WHERE m.user = $1 AND g.rights <> 0 AND f.organisation + 0 = $2 ORDER BY 1";
// Also finds neighbours such as "/a-b" of "/a": skipped by is_within().
constexpr db::Sql select_range =
    "SELECT id, name, path, changed_ms, file_count FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $3 ORDER BY path";
constexpr db::Sql select_children = "SELECT id, name, path, changed_ms, file_count FROM folders WHERE parent = $1";
constexpr db::Sql select_exact =
    "SELECT id, name, path, changed_ms, file_count FROM folders WHERE organisation = $1 AND path = $2";
constexpr db::Sql select_row =
    "SELECT f.id, coalesce(f.parent, 0), f.organisation, f.name, f.path, f.description, u.id, f.changed_ms, f.inherit, "
    "f.overwrite_allowed, f.subfolder_count, f.file_count, f.files_size "
    "FROM folders f LEFT JOIN users u ON u.number = f.owner WHERE f.id = $1";

bool is_within(std::string_view path, std::string_view top) {
  if (top == "/" || path == top) return true;
  return path.size() > top.size() && path.starts_with(top) && path[top.size()] == '/';
}

VisibleFolder read_visible(db::Row& row) {
  return {.id = static_cast<std::uint32_t>(row.int64(0)),
          .name = std::string{row.text(1)},
          .path = std::string{row.text(2)},
          .changed_ms = row.int64(3),
          .file_count = static_cast<std::uint64_t>(row.int64(4)),
          .rights = {},
          .shares = {}};
}

void judge(VisibleFolder& folder, const Asker& asker, policy::Chain chain) {
  folder.rights = policy::effective(asker.subject, chain, asker.now);
  folder.shares = shares_of(chain.back());
}

Result<void> too_many() {
  return fail(Errc::too_large, "too many folders for one list: ask for those of one folder");
}

Result<std::vector<std::string>> starts(Store& store, const Asker& asker) {
  std::vector<std::string> paths;
  const auto add = [&](db::Row& row) {
    const std::string_view path = row.text(0);
    if (paths.empty() || !is_within(path, paths.back())) paths.emplace_back(path);
  };
  const bool by_role = asker.subject.role == policy::Role::admin || asker.subject.role == policy::Role::file_admin;
  if (by_role)
    TRY(store.db.query(select_root, add, asker.organisation));
  else
    TRY(store.db.query(select_starts, add, asker.subject.user, asker.organisation));
  return paths;
}

}  // namespace

Result<std::vector<VisibleFolder>> visible_folders(Store& store, const Asker& asker) {
  std::vector<VisibleFolder> found;
  for (const std::string& top : TRY(starts(store, asker))) {
    const auto read = [&](db::Row& row) -> Result<void> {
      if (!is_within(row.text(2), top)) return {};
      VisibleFolder folder = read_visible(row);
      const Chain chain = TRY(store.tree.chain(folder.id));
      judge(folder, asker, chain);
      if (!folder.rights.empty()) found.push_back(std::move(folder));
      return found.size() > listed_folders_max ? too_many() : Result<void>{};
    };
    TRY(store.db.query(select_range, read, asker.organisation, top, top == "/" ? std::string{"0"} : cat(top, '0')));
  }
  std::ranges::sort(found, {}, &VisibleFolder::path);
  // "/a b" and "/a" are starts in this order, and neither is within the other; a start may come twice through "/a/x".
  const auto twice = std::ranges::unique(found, {}, &VisibleFolder::id);
  found.erase(twice.begin(), twice.end());
  return found;
}

Result<std::vector<VisibleFolder>> Folders::children(const Asker& asker, std::uint32_t parent) {
  Chain chain = TRY(store_.reach(asker, parent, policy::Action::view_folder));
  std::vector<VisibleFolder> found;
  const auto read = [&](db::Row& row) -> Result<void> {
    VisibleFolder folder = read_visible(row);
    TRY(store_.tree.append(chain, folder.id));
    judge(folder, asker, chain);
    chain.pop_back();
    if (!folder.rights.empty()) found.push_back(std::move(folder));
    return found.size() > listed_folders_max ? too_many() : Result<void>{};
  };
  TRY(store_.db.query(select_children, read, parent));
  return found;
}

Result<std::vector<VisibleFolder>> Folders::exactly(const Asker& asker, const std::string& path) {
  std::vector<VisibleFolder> found;
  std::optional<VisibleFolder> folder = TRY(store_.db.one(select_exact, read_visible, asker.organisation, path));
  if (!folder) return found;
  const Chain chain = TRY(store_.tree.chain(folder->id));
  judge(*folder, asker, chain);
  if (!folder->rights.empty()) found.push_back(std::move(*folder));
  return found;
}

Result<std::vector<VisibleFolder>> Folders::candidates(const Asker& asker, const asks::ListFolders& ask) {
  if (ask.parent != 0) return children(asker, ask.parent);
  // The question clients put most, "which folder is at this path", needs no walk. Another spelling still does.
  const bool plain =
      !ask.path_mask.empty() && ask.path_mask.find_first_of(std::string_view{"*?\0", 3}) == std::string::npos;
  if (plain) {
    std::vector<VisibleFolder> found = TRY(exactly(asker, ask.path_mask));
    if (!found.empty()) return found;
  }
  return visible_folders(store_, asker);
}

Result<asks::ListFolders::Reply> Folders::list(const Asker& asker, const asks::ListFolders& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const Mask paths = TRY(Mask::parse(ask.path_mask));
  std::vector<VisibleFolder> found = TRY(candidates(asker, ask));
  std::erase_if(
      found, [&](const VisibleFolder& folder) { return !names.matches(folder.name) || !paths.matches(folder.path); });
  std::ranges::sort(found, [&](const VisibleFolder& left, const VisibleFolder& right) {
    const VisibleFolder& a = ask.slice.descending ? right : left;
    const VisibleFolder& b = ask.slice.descending ? left : right;
    const auto by_kind = [](const VisibleFolder& folder) { return folder.path == "/" ? 1 : 0; };
    switch (ask.sort) {
      case asks::FolderSort::name:
        return std::tie(a.name, a.path) < std::tie(b.name, b.path);
      case asks::FolderSort::changed:
        return std::tie(a.changed_ms, a.path) < std::tie(b.changed_ms, b.path);
      case asks::FolderSort::kind:
        return std::pair{by_kind(a), std::string_view{a.path}} < std::pair{by_kind(b), std::string_view{b.path}};
      case asks::FolderSort::path:
        break;
    }
    return a.path < b.path;
  });

  asks::ListFolders::Reply reply;
  reply.total = found.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, found.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    reply.rows.push_back(TRY(row(found[i].id, found[i].rights, found[i].shares)));
    size += answer_size(reply.rows.back());
  }
  return reply;
}

Result<asks::FolderRow> Folders::get(const Asker& asker, std::uint32_t folder) {
  TRY(store_.reach(asker, folder, policy::Action::view_folder));
  return row(asker, folder);
}

Result<asks::FolderRow> Folders::row(const Asker& asker, std::uint32_t folder) {
  const Chain chain = TRY(store_.tree.chain(folder));
  if (chain.empty()) return fail(Errc::not_found, "no such folder");
  return row(folder, policy::effective(asker.subject, chain, asker.now), shares_of(chain.back()));
}

Result<asks::FolderRow> Folders::row(std::uint32_t folder, policy::Rights rights, Shares shares) {
  const auto number = [](db::Row& row, int column) { return static_cast<std::uint32_t>(row.int64(column)); };
  auto found = TRY(store_.db.one(
      select_row,
      [&](db::Row& row) {
        asks::FolderRow shown;
        shown.id = number(row, 0);
        shown.parent = number(row, 1);
        shown.organisation = number(row, 2);
        shown.kind = shown.parent == 0 ? asks::FolderKind::root : asks::FolderKind::normal;
        shown.name = row.text(3);
        shown.path = row.text(4);
        shown.description = row.text(5);
        shown.owner = row.optional_text(6).value_or("");
        shown.changed_ms = row.int64(7);
        shown.inherits = row.int64(8) == static_cast<int>(policy::Inherit::always);
        shown.overwrite_allowed = row.boolean(9);
        shown.subfolder_count = number(row, 10);
        shown.file_count = number(row, 11);
        shown.files_size = static_cast<std::uint64_t>(row.int64(12));
        return shown;
      },
      folder));
  if (!found) return fail(Errc::not_found, "no such folder");
  found->rights = rights.bits();
  found->is_shared = shares.users + shares.groups > 0;
  if (rights.has(policy::Right::list_users)) {
    found->shared_users = static_cast<std::uint32_t>(shares.users);
    found->shared_groups = static_cast<std::uint32_t>(shares.groups);
  }
  if (!rights.has(policy::Right::list_files)) found->file_count = 0;  // a drop box does not say how full it is
  if (!rights.has(policy::Right::list_files)) found->files_size = 0;
  return std::move(*found);
}

}  // namespace bulkhead::keeper
