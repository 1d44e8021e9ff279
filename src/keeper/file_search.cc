#include "keeper/file_search.h"

#include <algorithm>

#include "base/cat.h"
#include "keeper/links.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_names = "SELECT id, name FROM files WHERE folder = $1";
constexpr db::Sql select_place = "SELECT folder, name FROM files WHERE id = $1";

// Without a wildcard any part of the name is meant.
Result<Mask> read_mask(const std::string& text) {
  if (text.empty()) return fail(Errc::invalid, "name is missing");
  if (text.find_first_of("*?") != std::string::npos) return Mask::parse(text);
  return Mask::parse(cat('*', text, '*'));
}

bool is_full(const asks::Search::Reply& reply, std::size_t size, std::uint32_t limit) {
  return reply.rows.size() >= std::min(limit, slice_rows_max) || size >= answer_size_max;
}

}  // namespace

Result<FileSearch::Place> FileSearch::place_of(const Asker& asker, const asks::Search& ask) {
  if (ask.path.empty()) return Place{};
  const RemotePath path = TRY(RemotePath::parse(ask.path));
  const Resolved at = TRY(resolve(store_, asker, path));
  if (at.folder == 0) return fail(Errc::not_found, "no such folder");
  TRY(store_.reach(asker, at.folder, policy::Action::view_folder));
  if (path.is_root()) return Place{};
  return Place{TRY(store_.path_of(at.folder)), at.folder};
}

Result<asks::Search::Reply> FileSearch::find(const Asker& asker, const asks::Search& ask) {
  const Mask names = TRY(read_mask(ask.name));
  const Place place = TRY(place_of(asker, ask));
  asks::Search::Reply reply{.rows = {}, .after = ask.after, .end = false};
  const auto few = TRY(among_few(asker, names, place));
  if (!few) {
    TRY(among_candidates(asker, names, place, ask, reply));
    return reply;
  }
  std::size_t size = 0;
  for (auto at = std::ranges::upper_bound(*few, ask.after); at != few->end(); ++at) {
    if (is_full(reply, size, ask.limit)) return reply;
    TRY(add(asker, *at, reply, size));
  }
  reply.end = true;
  return reply;
}

Result<void> FileSearch::among_candidates(const Asker& asker, const Mask& names, const Place& place,
                                          const asks::Search& ask, asks::Search::Reply& reply) {
  std::size_t size = 0;
  std::uint64_t last = ask.after;
  for (std::size_t looked = 0; looked < searched_max;) {
    const std::size_t step = std::min(searched_max - looked, searched_first + looked);
    const std::vector<std::uint64_t> candidates = TRY(store_.named(names, asker.organisation, last, step));
    for (const std::uint64_t file : candidates) {
      if (is_full(reply, size, ask.limit)) return {};
      const bool found = TRY(is_found(asker, names, place, file));
      if (found) TRY(add(asker, file, reply, size));
      last = file;
    }
    looked += candidates.size();
    reply.end = candidates.size() < step;
    if (reply.end) return {};
  }
  reply.after = std::max(reply.after, last - last % positions_apart);
  return {};
}

Result<void> FileSearch::add(const Asker& asker, std::uint64_t file, asks::Search::Reply& reply, std::size_t& size) {
  reply.rows.push_back(TRY(files_.row(asker, file)));
  reply.after = file;
  size += answer_size(reply.rows.back());
  return {};
}

Result<std::optional<std::vector<std::uint64_t>>> FileSearch::among_few(const Asker& asker, const Mask& names,
                                                                        const Place& place) {
  const View* const view = TRY(store_.views.of(asker));
  std::vector<ListedFolder> some;
  std::span<const ListedFolder> listed = view->listed();
  if (place.folder != 0) {
    const std::span<const VisibleFolder> all = view->folders();
    const auto from = [&](const std::string& path) {
      return std::ranges::lower_bound(all, path, {}, &VisibleFolder::path);
    };
    const auto top = from(place.path);
    if (top != all.end() && top->id == place.folder) some = listed_of({top, 1});
    const std::vector<ListedFolder> below = listed_of({from(cat(place.path, '/')), from(cat(place.path, '0'))});
    some.insert(some.end(), below.begin(), below.end());
    listed = some;
  }
  std::uint64_t files = 0;
  for (const ListedFolder& folder : listed) {
    files += folder.file_count;
    if (files > few_files_max) return std::optional<std::vector<std::uint64_t>>{};
  }
  std::vector<std::uint64_t> found;
  const auto add_one = [&](db::Row& row) {
    if (names.matches(row.text(1))) found.push_back(static_cast<std::uint64_t>(row.int64(0)));
  };
  for (const ListedFolder& folder : listed) TRY(store_.db.query(select_names, add_one, folder.id));
  std::ranges::sort(found);
  return std::optional{std::move(found)};
}

Result<bool> FileSearch::is_found(const Asker& asker, const Mask& names, const Place& place, std::uint64_t file) {
  struct Found {
    policy::FolderId folder;
    bool fits;
  };
  const auto at = TRY(store_.db.one(
      select_place,
      [&](db::Row& row) { return Found{static_cast<policy::FolderId>(row.int64(0)), names.matches(row.text(1))}; },
      file));
  if (!at || !at->fits) return false;
  const Chain chain = TRY(store_.tree.chain(at->folder));
  if (chain.empty()) return false;
  const bool below = place.folder == 0 || std::ranges::find(chain, place.folder, &policy::Folder::id) != chain.end();
  return below && policy::decide(asker.subject, policy::Action::list_files, chain, asker.now).allowed();
}

}  // namespace bulkhead::keeper
