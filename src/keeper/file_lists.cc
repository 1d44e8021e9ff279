#include <algorithm>
#include <tuple>

#include "keeper/files.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_by_name = "SELECT id FROM files WHERE folder = $1 ORDER BY name LIMIT $2 OFFSET $3";
constexpr db::Sql select_by_name_down = "SELECT id FROM files WHERE folder = $1 ORDER BY name DESC LIMIT $2 OFFSET $3";
constexpr db::Sql select_count = "SELECT file_count FROM folders WHERE id = $1";
constexpr db::Sql select_names = "SELECT id, name FROM files WHERE folder = $1";
constexpr db::Sql select_keys =
    "SELECT f.id, f.name, v.size, v.uploaded_ms, NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = f.id AND s.user = $2) "
    "FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1";

bool in_natural_order(asks::FileSort sort, std::size_t folders) {
  return sort == asks::FileSort::path || (sort == asks::FileSort::name && folders <= 1);
}

}  // namespace

// What one file is filtered and sorted by.
struct Files::Key {
  std::uint64_t id = 0;
  std::size_t folder = 0;  // index: by path
  std::string name;
  std::int64_t number = 0;  // size or time, when sorted by it
};

Result<std::vector<VisibleFolder>> Files::listable(const Asker& asker, std::uint32_t folder) {
  std::vector<VisibleFolder> folders;
  if (folder == 0) {
    folders = TRY(visible_folders(store_, asker));
    std::erase_if(folders, [](const VisibleFolder& seen) {
      return !seen.rights.has(policy::needed_for(policy::Action::list_files)) || seen.file_count == 0;
    });
    return folders;
  }
  TRY(store_.reach(asker, folder, policy::Action::list_files));
  const auto count = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, folder));
  VisibleFolder& only = folders.emplace_back();
  only.id = folder;
  only.file_count = static_cast<std::uint64_t>(count.value_or(0));
  return folders;
}

// Without filters and in the order of the index, the counters say where a slice begins.
Result<std::vector<std::uint64_t>> Files::plain_slice(std::span<const VisibleFolder> folders,
                                                      const asks::ListFiles& ask, std::uint64_t total) {
  std::vector<std::uint64_t> ids;
  const Range range = range_of(ask.slice.offset, ask.slice.limit, total);
  std::size_t skip = range.first;
  std::size_t wanted = range.last - range.first;
  const auto add = [&](db::Row& row) { ids.push_back(static_cast<std::uint64_t>(row.int64(0))); };
  for (std::size_t i = 0; i < folders.size() && wanted > 0; ++i) {
    const VisibleFolder& folder = folders[ask.slice.descending ? folders.size() - 1 - i : i];
    if (skip >= folder.file_count) {
      skip -= folder.file_count;
      continue;
    }
    const std::size_t before = ids.size();
    if (ask.slice.descending)
      TRY(store_.db.query(select_by_name_down, add, folder.id, wanted, skip));
    else
      TRY(store_.db.query(select_by_name, add, folder.id, wanted, skip));
    wanted -= ids.size() - before;
    skip = 0;
  }
  return ids;
}

Result<std::vector<Files::Key>> Files::gather(const Asker& asker, std::span<const VisibleFolder> folders,
                                              const asks::ListFiles& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const bool names_only =
      !ask.new_only && !ask.since_ms && (ask.sort == asks::FileSort::path || ask.sort == asks::FileSort::name);
  std::vector<Key> keys;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto read = [&](db::Row& row) -> Result<void> {
      if (++seen > listed_files_max) return fail(Errc::too_large, "too many files for one list: ask for one folder");
      if (!names_only && ask.new_only) {
        if (!row.boolean(4) || was_read_by(static_cast<std::uint64_t>(row.int64(0)), asker.subject.user)) return {};
      }
      if (!names_only && ask.since_ms && row.int64(3) < *ask.since_ms) return {};
      if (!names.matches(row.text(1))) return {};
      const int column = ask.sort == asks::FileSort::size ? 2 : 3;
      keys.push_back(
          {static_cast<std::uint64_t>(row.int64(0)), i, std::string{row.text(1)}, names_only ? 0 : row.int64(column)});
      return {};
    };
    if (names_only)
      TRY(store_.db.query(select_names, read, folders[i].id));
    else
      TRY(store_.db.query(select_keys, read, folders[i].id, asker.subject.user));
  }
  std::ranges::sort(keys, [&](const Key& left, const Key& right) {
    const Key& a = ask.slice.descending ? right : left;
    const Key& b = ask.slice.descending ? left : right;
    switch (ask.sort) {
      case asks::FileSort::name:
        return std::tie(a.name, a.folder) < std::tie(b.name, b.folder);
      case asks::FileSort::size:
      case asks::FileSort::uploaded:
        return std::tie(a.number, a.folder, a.name) < std::tie(b.number, b.folder, b.name);
      case asks::FileSort::path:
        break;
    }
    return std::tie(a.folder, a.name) < std::tie(b.folder, b.name);
  });
  return keys;
}

Result<asks::ListFiles::Reply> Files::list(const Asker& asker, const asks::ListFiles& ask) {
  const std::vector<VisibleFolder> folders = TRY(listable(asker, ask.folder));
  return list_in(asker, folders, ask);
}

Result<asks::ListFiles::Reply> Files::list_in(const Asker& asker, std::span<const VisibleFolder> folders,
                                              const asks::ListFiles& ask) {
  asks::ListFiles::Reply reply;
  std::vector<std::uint64_t> ids;
  const bool unfiltered = TRY(Mask::parse(ask.name_mask)).matches_all() && !ask.new_only && !ask.since_ms;
  if (unfiltered && in_natural_order(ask.sort, folders.size())) {
    for (const VisibleFolder& folder : folders) reply.total += folder.file_count;
    ids = TRY(plain_slice(folders, ask, reply.total));
  } else {
    const std::vector<Key> keys = TRY(gather(asker, folders, ask));
    reply.total = keys.size();
    const Range range = range_of(ask.slice.offset, ask.slice.limit, keys.size());
    for (std::size_t i = range.first; i < range.last; ++i) ids.push_back(keys[i].id);
  }
  std::size_t size = 0;
  for (const std::uint64_t id : ids) {
    if (size >= answer_size_max) break;
    reply.rows.push_back(TRY(row(asker, id)));
    size += answer_size(reply.rows.back());
  }
  return reply;
}

}  // namespace bulkhead::keeper
