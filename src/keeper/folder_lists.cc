// Lists of folders.
#include <algorithm>
#include <tuple>

#include "base/cat.h"
#include "keeper/folders.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_row =
    "SELECT f.id, coalesce(f.parent, 0), f.organisation, f.name, f.path, f.description, u.id, f.changed_ms, f.inherit, "
    "f.overwrite_allowed, f.subfolder_count, f.file_count, f.files_size "
    "FROM folders f LEFT JOIN users u ON u.number = f.owner WHERE f.id = $1";

using Folder = const VisibleFolder*;

std::vector<Folder> all_of(std::span<const VisibleFolder> folders) {
  std::vector<Folder> found;
  found.reserve(folders.size());
  for (const VisibleFolder& folder : folders) found.push_back(&folder);
  return found;
}

void sort(std::vector<Folder>& folders, asks::FolderSort by, bool descending) {
  std::ranges::sort(folders, [&](Folder left, Folder right) {
    const VisibleFolder& a = descending ? *right : *left;
    const VisibleFolder& b = descending ? *left : *right;
    const auto by_kind = [](const VisibleFolder& folder) { return folder.path == "/" ? 1 : 0; };
    switch (by) {
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
}

// Everything that distinguishes one list from another, but for the slice.
std::string text_of(const asks::ListFolders& ask) {
  return cat("folders ", ask.parent, ' ', static_cast<int>(ask.sort), ask.slice.descending ? " down " : " up ",
             ask.name_mask.size(), ' ', ask.name_mask, ask.path_mask);
}

}  // namespace

std::vector<const VisibleFolder*> children_in(std::span<const VisibleFolder> folders, const std::string& path) {
  const std::string above = path == "/" ? path : cat(path, '/');
  std::vector<Folder> found;
  const auto end =
      std::ranges::lower_bound(folders, cat(above.substr(0, above.size() - 1), '0'), {}, &VisibleFolder::path);
  for (auto at = std::ranges::upper_bound(folders, above, {}, &VisibleFolder::path); at != end;) {
    const std::size_t slash = at->path.find('/', above.size());
    if (slash == std::string::npos) {
      found.push_back(&*at++);
      continue;
    }
    // All that is deeper than this child, in steps that grow.
    const std::string behind = cat(std::string_view{at->path}.substr(0, slash), '0');
    std::ptrdiff_t step = 1;
    while (end - at > step && (at + step)->path < behind) {
      at += step;
      step *= 2;
    }
    at = std::ranges::lower_bound(at, at + std::min(step, end - at), behind, {}, &VisibleFolder::path);
  }
  return found;
}

std::uint64_t key_of(const VisibleFolder& folder) {
  return folder.link != 0 ? folder.link : folder.id;
}

Result<std::vector<const VisibleFolder*>> Folders::children(const Asker& asker, std::uint32_t parent) {
  TRY(store_.reach(asker, parent, policy::Action::view_folder));
  const View* const view = TRY(store_.views.of(asker));
  std::vector<Folder> found = children_in(view->folders(), TRY(store_.path_of(parent)));
  links_ = TRY(links_for_list(store_, asker, parent));
  const auto folders = static_cast<std::ptrdiff_t>(found.size());
  for (const VisibleFolder& link : links_) found.push_back(&link);
  std::ranges::inplace_merge(found, found.begin() + folders, {}, &VisibleFolder::name);
  return found;
}

// The question clients put most, "which folder is at this path", needs no list. Another spelling still does.
Result<std::optional<asks::FolderRow>> Folders::exactly(const Asker& asker, const std::string& path) {
  const Result<RemotePath> parsed = RemotePath::parse(path);
  if (!parsed.ok()) return std::optional<asks::FolderRow>{};
  const Resolved found = TRY(resolve(store_, asker, *parsed));
  if (found.folder == 0) return std::optional<asks::FolderRow>{};
  asks::FolderRow shown = TRY(found.link ? row(asker, *found.link) : row(asker, found.folder));
  if (shown.rights == 0) return std::optional<asks::FolderRow>{};
  shown.path = parsed->print();
  return std::optional{std::move(shown)};
}

Result<asks::ListFolders::Reply> Folders::list(const Asker& asker, const asks::ListFolders& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const Mask paths = TRY(Mask::parse(ask.path_mask));
  asks::ListFolders::Reply reply;
  if (ask.parent == 0 && is_plain(ask.path_mask)) {
    std::optional<asks::FolderRow> folder = TRY(exactly(asker, ask.path_mask));
    if (folder) {
      reply.total = names.matches(folder->name) ? 1U : 0U;
      const Range range = range_of(ask.slice.offset, ask.slice.limit, reply.total);
      if (range.first < range.last) reply.rows.push_back(std::move(*folder));
      return reply;
    }
  }
  const bool by_path = ask.sort == asks::FolderSort::path || (ask.parent != 0 && ask.sort == asks::FolderSort::name);
  if (names.matches_all() && paths.matches_all() && by_path) return list_plain(asker, ask);
  if (ask.parent != 0) TRY(store_.reach(asker, ask.parent, policy::Action::view_folder));
  const Orders::Query query{asker, text_of(ask), store_.changes.content(), ask.slice.offset == 0};
  Orders::Order* order = store_.orders.find(query);
  if (order == nullptr) {
    std::vector<Folder> found =
        ask.parent != 0 ? TRY(children(asker, ask.parent)) : all_of(TRY(store_.views.of(asker))->folders());
    std::erase_if(found, [&](Folder folder) { return !names.matches(folder->name) || !paths.matches(folder->path); });
    sort(found, ask.sort, ask.slice.descending);
    std::vector<std::uint64_t> ids;
    for (const Folder folder : found) ids.push_back(key_of(*folder));
    order = &store_.orders.keep(query, std::move(ids));
  }
  TRY(drop_gone(asker, ask, *order, query.version));
  reply.total = order->ids.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, order->ids.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    reply.rows.push_back(TRY(row_of(asker, order->ids[i])));
    size += answer_size(reply.rows.back());
  }
  return reply;
}

// In an order of before, those of the slice that the asker may no longer see go.
Result<void> Folders::drop_gone(const Asker& asker, const asks::ListFolders& ask, Orders::Order& order,
                                std::uint64_t version) {
  if (order.version == version) return {};
  return drop_from(order, ask.slice, [&](std::uint64_t listed) { return is_listed(asker, listed, ask.parent); });
}

// In the folder `parent`, or with 0 anywhere.
Result<bool> Folders::is_listed(const Asker& asker, std::uint64_t listed, std::uint32_t parent) {
  const Chain chain = TRY(store_.tree.chain(listed));
  if (chain.empty()) {
    const std::optional<Link> link = TRY(link_of(store_, listed));
    return link && link->parent == parent && TRY(link_for_list(store_, asker, listed)).has_value();
  }
  if (policy::effective(asker.subject, chain, asker.now).empty()) return false;
  return parent == 0 || chain.back().parent == parent;
}

// By path, without masks.
Result<asks::ListFolders::Reply> Folders::list_plain(const Asker& asker, const asks::ListFolders& ask) {
  std::vector<Folder> some;
  if (ask.parent != 0) some = TRY(children(asker, ask.parent));
  const std::span<const VisibleFolder> all =
      ask.parent != 0 ? std::span<const VisibleFolder>{} : TRY(store_.views.of(asker))->folders();
  asks::ListFolders::Reply reply;
  reply.total = ask.parent != 0 ? some.size() : all.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, reply.total);
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    const std::size_t at = ask.slice.descending ? reply.total - 1 - i : i;
    const VisibleFolder& folder = ask.parent != 0 ? *some[at] : all[at];
    reply.rows.push_back(
        TRY(folder.link != 0 ? row_of(asker, folder.link) : row(folder.id, folder.rights, folder.shares)));
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

Result<asks::FolderRow> Folders::row(const Asker& asker, const Link& link) {
  asks::FolderRow shown = TRY(row(asker, link.target));
  shown.kind = asks::FolderKind::virtual_folder;
  shown.parent = link.parent;
  shown.name = link.name;
  shown.path = path_below(TRY(store_.path_of(link.parent)), link.name);
  return shown;
}

Result<asks::FolderRow> Folders::row_of(const Asker& asker, std::uint64_t listed) {
  const Chain chain = TRY(store_.tree.chain(listed));
  const std::optional<Link> link = chain.empty() ? TRY(link_of(store_, listed)) : std::nullopt;
  if (link) return row(asker, *link);
  return row(asker, static_cast<std::uint32_t>(listed));
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
