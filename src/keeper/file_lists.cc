// Lists of files.
#include <algorithm>
#include <tuple>

#include "base/cat.h"
#include "keeper/files.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_count = "SELECT file_count FROM folders WHERE id = $1";
constexpr db::Sql select_names = "SELECT id, name FROM files WHERE folder = $1";
constexpr db::Sql select_keys =
    "SELECT f.id, f.name, v.size, v.uploaded_ms FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1";
constexpr db::Sql select_new_keys =
    "SELECT f.id, f.name, v.size, v.uploaded_ms FROM files f JOIN versions v ON v.id = f.version WHERE f.folder = $1 "
    "AND NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = f.id AND s.user = $2)";

constexpr db::Sql select_key =
    "SELECT f.folder, f.name, v.size, v.uploaded_ms, "
    "NOT EXISTS (SELECT 1 FROM seen s WHERE s.file = f.id AND s.user = $2) "
    "FROM files f JOIN versions v ON v.id = f.version WHERE f.id = $1";

bool in_natural_order(asks::FileSort sort, std::size_t folders) {
  return sort == asks::FileSort::path || (sort == asks::FileSort::name && folders <= 1);
}

}  // namespace

// What one file is sorted by.
struct Files::Key {
  std::uint64_t id = 0;
  std::size_t folder = 0;  // index: by path
  std::string name;
  std::int64_t number = 0;  // size or time, when sorted by it
};

Result<std::span<const ListedFolder>> Files::listable(const Asker& asker, std::uint32_t folder) {
  if (folder == 0) return TRY(store_.views.of(asker))->listed();
  TRY(store_.reach(asker, folder, policy::Action::list_files));
  const auto count = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, folder));
  only_ = {.id = folder, .file_count = static_cast<std::uint64_t>(count.value_or(0)), .before = 0};
  return std::span<const ListedFolder>{&only_, 1};
}

// Without filters and in the order of the index, the counters say where a slice begins.
Result<std::vector<std::uint64_t>> Files::plain_slice(std::span<const ListedFolder> folders, const asks::ListFiles& ask,
                                                      std::uint64_t total) {
  std::vector<std::uint64_t> ids;
  const Range range = range_of(ask.slice.offset, ask.slice.limit, total);
  std::uint64_t wanted = range.last - range.first;
  if (wanted == 0) return ids;
  // The file of the slice that is the first in the order of the folders, and the folder that holds it.
  const std::uint64_t first = ask.slice.descending ? total - 1 - range.first : range.first;
  auto at = std::prev(std::ranges::upper_bound(folders, first, {}, &ListedFolder::before));
  std::uint64_t skip = ask.slice.descending ? at->file_count - 1 - (first - at->before) : first - at->before;
  while (wanted > 0) {
    const std::vector<std::uint64_t> some =
        TRY(store_.positions.slice(at->id, at->file_count, {skip, wanted, ask.slice.descending}));
    ids.insert(ids.end(), some.begin(), some.end());
    wanted -= std::min<std::uint64_t>(wanted, at->file_count - skip);
    skip = 0;
    if (wanted > 0) ask.slice.descending ? --at : ++at;
  }
  return ids;
}

Result<std::vector<std::uint64_t>> Files::gather(const Asker& asker, std::span<const ListedFolder> folders,
                                                 const asks::ListFiles& ask) {
  const Mask names = TRY(Mask::parse(ask.name_mask));
  const std::uint64_t total = folders.empty() ? 0 : folders.back().before + folders.back().file_count;
  if (total > candidates_max && !names.matches_all()) {
    const std::vector<std::uint64_t> candidates = TRY(store_.named(names, asker.organisation, 0, candidates_max + 1));
    if (candidates.size() <= candidates_max) {
      return sorted(TRY(keys_of(asker, folders, ask, names, candidates)), ask.sort, ask.slice.descending);
    }
  }
  const bool names_only =
      !ask.new_only && !ask.since_ms && (ask.sort == asks::FileSort::path || ask.sort == asks::FileSort::name);
  std::vector<Key> keys;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto read = [&](db::Row& row) -> Result<void> {
      if (++seen > listed_files_max) return fail(Errc::too_large, "too many files for one list: ask for one folder");
      const auto id = static_cast<std::uint64_t>(row.int64(0));
      if (ask.new_only && was_read_by(id, asker.subject.user)) return {};
      if (ask.since_ms && row.int64(3) < *ask.since_ms) return {};
      if (!names.matches(row.text(1))) return {};
      const int column = ask.sort == asks::FileSort::size ? 2 : 3;
      keys.push_back({id, i, std::string{row.text(1)}, names_only ? 0 : row.int64(column)});
      return {};
    };
    if (names_only)
      TRY(store_.db.query(select_names, read, folders[i].id));
    else if (ask.new_only)
      TRY(store_.db.query(select_new_keys, read, folders[i].id, asker.subject.user));
    else
      TRY(store_.db.query(select_keys, read, folders[i].id));
  }
  return sorted(std::move(keys), ask.sort, ask.slice.descending);
}

// Of some files, those that fit and are in one of the folders.
Result<std::vector<Files::Key>> Files::keys_of(const Asker& asker, std::span<const ListedFolder> folders,
                                               const asks::ListFiles& ask, const Mask& names,
                                               std::span<const std::uint64_t> files) {
  std::vector<std::pair<std::uint32_t, Key>> found;  // with the folder of each
  std::map<std::uint32_t, std::size_t> places;       // in `folders`, from 1
  for (const std::uint64_t file : files) {
    const auto read = [&](db::Row& row) {
      if (!names.matches(row.text(1))) return;
      if (ask.new_only && (!row.boolean(4) || was_read_by(file, asker.subject.user))) return;
      if (ask.since_ms && row.int64(3) < *ask.since_ms) return;
      const auto folder = static_cast<std::uint32_t>(row.int64(0));
      places[folder] = 0;
      found.push_back(
          {folder, {file, 0, std::string{row.text(1)}, row.int64(ask.sort == asks::FileSort::size ? 2 : 3)}});
    };
    TRY(store_.db.query(select_key, read, file, asker.subject.user));
  }
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (const auto place = places.find(folders[i].id); place != places.end()) place->second = i + 1;
  }
  std::vector<Key> keys;
  for (auto& [folder, key] : found) {
    key.folder = places[folder];
    if (key.folder != 0) keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::uint64_t> Files::sorted(std::vector<Key> keys, asks::FileSort by, bool descending) {
  std::ranges::sort(keys, [&](const Key& left, const Key& right) {
    const Key& a = descending ? right : left;
    const Key& b = descending ? left : right;
    switch (by) {
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
  std::vector<std::uint64_t> ids;
  ids.reserve(keys.size());
  for (const Key& key : keys) ids.push_back(key.id);
  return ids;
}

Result<asks::ListFiles::Reply> Files::list(const Asker& asker, const asks::ListFiles& ask) {
  return list_in(asker, TRY(listable(asker, ask.folder)), ask, {});
}

std::uint64_t Files::version_of_lists(const asks::ListFiles& ask) const {
  return store_.changes.content() + (ask.new_only ? seen_changes_ : 0);  // both only grow
}

Result<asks::ListFiles::Reply> Files::list_in(const Asker& asker, std::span<const ListedFolder> folders,
                                              const asks::ListFiles& ask, const std::string& of_folders) {
  asks::ListFiles::Reply reply;
  std::vector<std::uint64_t> ids;
  const bool unfiltered = TRY(Mask::parse(ask.name_mask)).matches_all() && !ask.new_only && !ask.since_ms;
  if (unfiltered && in_natural_order(ask.sort, folders.size())) {
    if (!folders.empty()) reply.total = folders.back().before + folders.back().file_count;
    ids = TRY(plain_slice(folders, ask, reply.total));
  } else {
    const std::string text = cat("files ", ask.folder, ' ', static_cast<int>(ask.sort),
                                 ask.slice.descending ? " down " : " up ", ask.new_only ? "new " : "all ",
                                 ask.since_ms.value_or(0), ' ', ask.name_mask.size(), ' ', ask.name_mask, of_folders);
    const Orders::Query query{asker, text, version_of_lists(ask), ask.slice.offset == 0};
    Orders::Order* order = store_.orders.find(query);
    if (order == nullptr) order = &store_.orders.keep(query, TRY(gather(asker, folders, ask)));
    if (order->version != query.version) {
      TRY(drop_from(*order, ask.slice, [&](std::uint64_t id) { return is_listed(asker, id, ask.folder); }));
    }
    reply.total = order->ids.size();
    const Range range = range_of(ask.slice.offset, ask.slice.limit, order->ids.size());
    ids.assign(order->ids.begin() + static_cast<std::ptrdiff_t>(range.first),
               order->ids.begin() + static_cast<std::ptrdiff_t>(range.last));
  }
  std::size_t size = 0;
  for (const std::uint64_t id : ids) {
    if (size >= answer_size_max) break;
    reply.rows.push_back(TRY(row(asker, id)));
    size += answer_size(reply.rows.back());
  }
  return reply;
}

Result<bool> Files::is_listed(const Asker& asker, std::uint64_t file, std::uint32_t folder) {
  const Result<FilePlace> at = place(file);
  if (!at.ok() && at.error().kind() == Errc::not_found) return false;
  if (!at.ok()) return Error{at.error()};
  if (folder != 0 && at->folder != folder) return false;
  const Chain chain = TRY(store_.tree.chain(at->folder));
  return !chain.empty() && policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
}

}  // namespace bulkhead::keeper
