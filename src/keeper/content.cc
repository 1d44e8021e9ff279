// Folders and files of one folder in one list, and files found by masks.
#include <algorithm>
#include <tuple>

#include "base/cat.h"
#include "keeper/content.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_files =
    "SELECT f.id, f.name, v.uploaded_ms, v.size FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1";
constexpr db::Sql select_file =
    "SELECT f.id, f.name, v.uploaded_ms, v.size FROM files f JOIN versions v ON v.id = f.version WHERE f.id = $1";
constexpr db::Sql select_folder = "SELECT id, name, path, changed_ms, file_count FROM folders WHERE id = $1";
constexpr db::Sql select_count = "SELECT file_count FROM folders WHERE id = $1";

asks::ContentRow row_of(const VisibleFolder& folder) {
  return {.is_folder = true,
          .id = folder.id,
          .name = folder.name,
          .changed_ms = folder.changed_ms,
          .size = 0,
          .is_shared = folder.shares.users + folder.shares.groups > 0,
          .is_virtual = folder.link != 0};
}

asks::ContentRow row_of(db::Row& row) {
  return {.is_folder = false,
          .id = static_cast<std::uint64_t>(row.int64(0)),
          .name = std::string{row.text(1)},
          .changed_ms = row.int64(2),
          .size = static_cast<std::uint64_t>(row.int64(3)),
          .is_shared = false,
          .is_virtual = false};
}

// With its number in an order: that of a folder or link is odd.
struct Listed {
  std::uint64_t key = 0;
  asks::ContentRow row;
};

void sort(std::vector<Listed>& rows, asks::ContentSort by, bool descending) {
  std::ranges::sort(rows, [&](const Listed& left, const Listed& right) {
    const asks::ContentRow& a = descending ? right.row : left.row;
    const asks::ContentRow& b = descending ? left.row : right.row;
    const bool a_file = !a.is_folder;
    const bool b_file = !b.is_folder;
    switch (by) {
      case asks::ContentSort::time:
        return std::tie(a.changed_ms, a.name) < std::tie(b.changed_ms, b.name);
      case asks::ContentSort::size:
        return std::tie(a.size, a.name) < std::tie(b.size, b.name);
      case asks::ContentSort::name:
        return a.name < b.name;
      case asks::ContentSort::kind:
        break;
    }
    return std::tie(a_file, a.name) < std::tie(b_file, b.name);
  });
}

// Whether the mask fits the path, or one above it.
bool fits_above(const Mask& mask, std::string_view path) {
  if (mask.matches("/")) return true;
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (mask.matches(path.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
  }
}

std::uint64_t key_in_order(const VisibleFolder& folder) {
  return key_of(folder) * 2 + 1;
}

bool is_within(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

}  // namespace

Result<asks::ListContent::Reply> Content::list(const Asker& asker, const asks::ListContent& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const bool files = policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
  asks::ListContent::Reply reply;
  reply.path = TRY(store_.path_of(ask.folder));
  const bool plain = names.matches_all() && ask.sort == asks::ContentSort::kind;
  const std::vector<std::uint64_t> keys =
      plain ? TRY(plain_keys(asker, ask, files, reply.total)) : TRY(sorted_keys(asker, ask, files, reply.total));
  std::size_t size = reply.path.size();
  for (std::size_t i = 0; i < keys.size() && size < answer_size_max; ++i) {
    std::optional<asks::ContentRow> row = TRY(row_at(asker, keys[i]));
    if (!row) return fail(Errc::corrupt, "a list of the catalog names what is not there");
    size += 64 + row->name.size();
    reply.rows.push_back(std::move(*row));
  }
  return reply;
}

// Folders first, each by name: where a slice begins is known without looking at what is before.
Result<std::vector<std::uint64_t>> Content::plain_keys(const Asker& asker, const asks::ListContent& ask, bool files,
                                                       std::uint64_t& total) {
  const std::vector<const VisibleFolder*> folders = TRY(folders_.children(asker, ask.folder));
  std::uint64_t file_count = 0;
  if (files) {
    const auto count = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, ask.folder));
    file_count = static_cast<std::uint64_t>(count.value_or(0));
  }
  const std::uint64_t folder_count = folders.size();
  total = folder_count + file_count;
  const Range range = range_of(ask.slice.offset, ask.slice.limit, total);
  const bool down = ask.slice.descending;
  std::vector<std::uint64_t> keys;
  const auto add_folders = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < std::min(last, folder_count); ++i) {
      keys.push_back(key_in_order(*folders[down ? folder_count - 1 - i : i]));
    }
  };
  const auto behind = [](std::uint64_t position, std::uint64_t count) { return position - std::min(position, count); };
  const std::uint64_t before_files = down ? 0 : folder_count;
  if (!down) add_folders(range.first, range.last);
  const Positions::Part part{behind(range.first, before_files),
                             behind(range.last, before_files) - behind(range.first, before_files), down};
  for (const std::uint64_t id : TRY(store_.positions.slice(ask.folder, file_count, part))) keys.push_back(id * 2);
  if (down) add_folders(behind(range.first, file_count), behind(range.last, file_count));
  return keys;
}

Result<std::vector<std::uint64_t>> Content::sorted_keys(const Asker& asker, const asks::ListContent& ask, bool files,
                                                        std::uint64_t& total) {
  const std::string text = cat("content ", ask.folder, ' ', static_cast<int>(ask.sort),
                               ask.slice.descending ? " down " : " up ", files ? "files " : "folders ", ask.name_mask);
  const Orders::Query query{asker, text, store_.changes.content(), ask.slice.offset == 0};
  Orders::Order* order = store_.orders.find(query);
  if (order == nullptr) order = &store_.orders.keep(query, TRY(gather(asker, ask, files)));
  if (order->version != query.version) {
    TRY(drop_from(*order, ask.slice, [&](std::uint64_t key) { return is_there(asker, key, ask.folder); }));
  }
  total = order->ids.size();
  const Range range = range_of(ask.slice.offset, ask.slice.limit, order->ids.size());
  return std::vector<std::uint64_t>(order->ids.begin() + static_cast<std::ptrdiff_t>(range.first),
                                    order->ids.begin() + static_cast<std::ptrdiff_t>(range.last));
}

Result<std::vector<std::uint64_t>> Content::gather(const Asker& asker, const asks::ListContent& ask, bool files) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  std::vector<Listed> rows;
  for (const VisibleFolder* const folder : TRY(folders_.children(asker, ask.folder))) {
    if (names.matches(folder->name)) rows.push_back({key_in_order(*folder), row_of(*folder)});
  }
  std::size_t seen = 0;
  const auto read = [&](db::Row& row) -> Result<void> {
    if (++seen > listed_files_max) return fail(Errc::too_large, "too many files for one list");
    if (names.matches(row.text(1))) rows.push_back({static_cast<std::uint64_t>(row.int64(0)) * 2, row_of(row)});
    return {};
  };
  if (files) TRY(store_.db.query(select_files, read, ask.folder));
  sort(rows, ask.sort, ask.slice.descending);
  std::vector<std::uint64_t> keys;
  for (const Listed& row : rows) keys.push_back(row.key);
  return keys;
}

Result<bool> Content::is_there(const Asker& asker, std::uint64_t key, std::uint32_t folder) {
  if (key % 2 == 0) return files_.is_listed(asker, key / 2, folder);
  return folders_.is_listed(asker, key / 2, folder);
}

Result<std::optional<asks::ContentRow>> Content::row_at(const Asker& asker, std::uint64_t key) {
  std::optional<asks::ContentRow> row;
  if (key % 2 == 0) {
    row = TRY(store_.db.one(select_file, [](db::Row& read) { return row_of(read); }, key / 2));
    return row;
  }
  std::optional<VisibleFolder> folder = TRY(store_.db.one(select_folder, read_visible, key / 2));
  if (!folder) {
    folder = TRY(link_for_list(store_, asker, key / 2));
    if (folder) row = row_of(*folder);
    return row;
  }
  judge(*folder, asker, TRY(store_.tree.chain(folder->id)));
  row = row_of(*folder);
  return row;
}

// When the mask is a path through virtual folders.
Result<std::optional<Content::Chosen>> Content::choose(const Asker& asker, const std::string& path_mask) {
  const Result<RemotePath> path = RemotePath::parse(path_mask);
  if (!is_plain(path_mask) || !path.ok()) return std::optional<Chosen>{};
  const Resolved found = TRY(resolve(store_, asker, *path));
  if (found.folder == 0 || found.through.empty()) return std::optional<Chosen>{};
  return std::optional{Chosen{found.folder, TRY(store_.path_of(found.folder))}};
}

Result<asks::FindFiles::Reply> Content::find(const Asker& asker, const asks::FindFiles& ask) {
  const Mask paths = TRY(Mask::parse(ask.path_mask));
  const std::optional<Chosen> chosen = TRY(choose(asker, ask.path_mask));
  std::vector<ListedFolder> folders;
  std::uint64_t before = 0;
  const View* const view = TRY(store_.views.of(asker));
  std::span<const ListedFolder> listed = view->listed();
  for (const VisibleFolder& folder : view->folders()) {  // both by path
    if (listed.empty() || listed.front().id != folder.id) continue;
    ListedFolder found = listed.front();
    listed = listed.subspan(1);
    bool fits = ask.recursive ? fits_above(paths, folder.path) : paths.matches(folder.path);
    if (chosen) fits = folder.id == chosen->folder || (ask.recursive && is_within(folder.path, chosen->path));
    if (!fits) continue;
    found.before = before;
    before += found.file_count;
    folders.push_back(found);
  }
  asks::ListFiles list;
  list.name_mask = ask.file_mask;
  list.new_only = ask.new_only;
  list.since_ms = ask.since_ms;
  list.sort = ask.sort;
  list.slice = ask.slice;
  const std::string of_folders = cat(ask.recursive ? " below " : " at ", ask.path_mask);
  asks::ListFiles::Reply found = TRY(files_.list_in(asker, folders, list, of_folders));
  return asks::FindFiles::Reply{found.total, std::move(found.rows)};
}

}  // namespace bulkhead::keeper
