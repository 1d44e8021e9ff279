// Folders and files of one folder in one list, and files found by masks.
#include <algorithm>
#include <tuple>

#include "keeper/content.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_files =
    "SELECT f.id, f.name, v.uploaded_ms, v.size FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1";

asks::ContentRow row_of(const VisibleFolder& folder) {
  return {.is_folder = true,
          .id = folder.id,
          .name = folder.name,
          .changed_ms = folder.changed_ms,
          .size = 0,
          .is_shared = folder.shares.users + folder.shares.groups > 0};
}

asks::ContentRow row_of(db::Row& row) {
  return {.is_folder = false,
          .id = static_cast<std::uint64_t>(row.int64(0)),
          .name = std::string{row.text(1)},
          .changed_ms = row.int64(2),
          .size = static_cast<std::uint64_t>(row.int64(3)),
          .is_shared = false};
}

void sort(std::vector<asks::ContentRow>& rows, asks::ContentSort by, bool descending) {
  std::ranges::sort(rows, [&](const asks::ContentRow& left, const asks::ContentRow& right) {
    const asks::ContentRow& a = descending ? right : left;
    const asks::ContentRow& b = descending ? left : right;
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

}  // namespace

Result<asks::ListContent::Reply> Content::list(const Asker& asker, const asks::ListContent& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const bool files = policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
  std::vector<asks::ContentRow> rows;
  for (const VisibleFolder& folder : TRY(folders_.children(asker, ask.folder))) {
    if (names.matches(folder.name)) rows.push_back(row_of(folder));
  }
  if (files) {
    std::size_t seen = 0;
    const auto read = [&](db::Row& row) -> Result<void> {
      if (++seen > listed_files_max) return fail(Errc::too_large, "too many files for one list");
      if (names.matches(row.text(1))) rows.push_back(row_of(row));
      return {};
    };
    TRY(store_.db.query(select_files, read, ask.folder));
  }
  sort(rows, ask.sort, ask.slice.descending);

  asks::ListContent::Reply reply;
  reply.total = rows.size();
  reply.path = TRY(store_.path_of(ask.folder));
  const Range range = range_of(ask.slice.offset, ask.slice.limit, rows.size());
  std::size_t size = reply.path.size();
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    size += 64 + rows[i].name.size();
    reply.rows.push_back(std::move(rows[i]));
  }
  return reply;
}

Result<asks::FindFiles::Reply> Content::find(const Asker& asker, const asks::FindFiles& ask) {
  const Mask paths = TRY(Mask::parse(ask.path_mask));
  std::vector<VisibleFolder> folders = TRY(files_.listable(asker, 0));
  std::erase_if(folders, [&](const VisibleFolder& folder) {
    return ask.recursive ? !fits_above(paths, folder.path) : !paths.matches(folder.path);
  });
  asks::ListFiles list;
  list.name_mask = ask.file_mask;
  list.new_only = ask.new_only;
  list.since_ms = ask.since_ms;
  list.sort = ask.sort;
  list.slice = ask.slice;
  asks::ListFiles::Reply found = TRY(files_.list_in(asker, folders, list));
  return asks::FindFiles::Reply{found.total, std::move(found.rows)};
}

}  // namespace bulkhead::keeper
