#include "keeper/views.h"

#include <algorithm>

#include "base/cat.h"
#include "keeper/store.h"

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
constexpr db::Sql select_folder =
    "SELECT id, name, path, changed_ms, file_count FROM folders WHERE id = $1 AND organisation = $2";
constexpr db::Sql select_path = "SELECT path FROM folders WHERE id = $1 AND organisation = $2";
constexpr db::Sql select_below = "SELECT id FROM folders WHERE organisation = $1 AND path >= $2 AND path < $3 LIMIT $4";

bool is_within(std::string_view path, std::string_view top) {
  if (top == "/" || path == top) return true;
  return path.size() > top.size() && path.starts_with(top) && path[top.size()] == '/';
}

bool sees_by_role(const Asker& asker) {
  return asker.subject.role == policy::Role::admin || asker.subject.role == policy::Role::file_admin;
}

// Files in it that may be listed.
std::uint64_t listed_in(const VisibleFolder& folder) {
  return folder.rights.has(policy::needed_for(policy::Action::list_files)) ? folder.file_count : 0;
}

Result<std::vector<std::string>> starts(db::Db& db, const Asker& asker) {
  std::vector<std::string> paths;
  const auto add = [&](db::Row& row) {
    const std::string_view path = row.text(0);
    if (paths.empty() || !is_within(path, paths.back())) paths.emplace_back(path);
  };
  if (sees_by_role(asker))
    TRY(db.query(select_root, add, asker.organisation));
  else
    TRY(db.query(select_starts, add, asker.subject.user, asker.organisation));
  return paths;
}

}  // namespace

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

std::vector<ListedFolder> listed_of(std::span<const VisibleFolder> folders) {
  std::vector<ListedFolder> listed;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::uint64_t count = listed_in(folders[i]);
    if (count > 0) listed.push_back({folders[i].id, count, before, i});
    before += count;
  }
  return listed;
}

void View::count_again(std::size_t place, std::uint64_t before, std::uint64_t after) {
  if (before == after || listed_is_old_) return;
  listed_is_old_ = before == 0 || after == 0;
  if (listed_is_old_) return;
  auto at = std::ranges::lower_bound(listed_, place, {}, &ListedFolder::place);
  at->file_count = after;
  for (++at; at != listed_.end(); ++at) at->before += after - before;  // modulo 2^64
}

Result<const View*> Views::of(const Asker& asker) {
  View& view = views_[{asker.organisation, asker.subject.user, asker.subject.role}];
  view.used_ = ++uses_;
  const std::uint64_t now = changes_.now();
  if (view.seen_ == now && std::ranges::equal(view.groups_, asker.subject.groups)) return &view;
  const bool caught_up = TRY(catch_up(view, asker));
  if (!caught_up) TRY(make(view, asker));
  if (view.listed_is_old_) view.listed_ = listed_of(view.folders_);
  view.listed_is_old_ = false;
  view.groups_.assign(asker.subject.groups.begin(), asker.subject.groups.end());
  view.seen_ = now;
  folders_ += view.folders_.size() + 1 - view.counted_;
  view.counted_ = view.folders_.size() + 1;
  make_room(view);
  return &view;
}

Result<void> Views::make(View& view, const Asker& asker) {
  view.seen_ = 0;
  view.listed_is_old_ = true;
  view.folders_.clear();
  std::vector<VisibleFolder> found;
  for (const std::string& top : TRY(starts(db_, asker))) {
    const auto read = [&](db::Row& row) -> Result<void> {
      if (!is_within(row.text(2), top)) return {};
      VisibleFolder folder = read_visible(row);
      const Chain chain = TRY(tree_.chain(folder.id));
      judge(folder, asker, chain);
      if (!folder.rights.empty()) found.push_back(std::move(folder));
      if (found.size() <= listed_folders_max) return {};
      return fail(Errc::too_large, "too many folders for one list: ask for those of one folder");
    };
    TRY(db_.query(select_range, read, asker.organisation, top, top == "/" ? std::string{"0"} : cat(top, '0')));
  }
  std::ranges::sort(found, {}, &VisibleFolder::path);
  // "/a b" and "/a" are starts in this order, and neither is within the other; a start may come twice through "/a/x".
  const auto twice = std::ranges::unique(found, {}, &VisibleFolder::id);
  found.erase(twice.begin(), twice.end());
  view.folders_ = std::move(found);
  view.ids_.clear();
  for (const VisibleFolder& folder : view.folders_) view.ids_.push_back(folder.id);
  std::ranges::sort(view.ids_);
  return {};
}

Result<bool> Views::catch_up(View& view, const Asker& asker) {
  if (!std::ranges::equal(view.groups_, asker.subject.groups)) return false;
  const std::optional<std::vector<Change>> missed = changes_.since(view.seen_);
  if (!missed) return false;
  std::vector<policy::FolderId> changed;
  std::vector<policy::FolderId> tops;
  for (const Change& change : *missed) {
    changed.push_back(change.folder);
    if (change.below && asker.subject.role != policy::Role::admin) tops.push_back(change.folder);  // an Admin has all
  }
  std::ranges::sort(tops);
  tops.erase(std::ranges::unique(tops).begin(), tops.end());
  for (const policy::FolderId top : tops) {
    const bool few = TRY(add_below(top, asker, changed));
    if (!few) return false;
  }
  std::ranges::sort(changed);
  changed.erase(std::ranges::unique(changed).begin(), changed.end());
  if (changed.size() > caught_up_max) return false;
  TRY(look_again(view, asker, changed));
  return true;
}

Result<bool> Views::add_below(policy::FolderId folder, const Asker& asker, std::vector<policy::FolderId>& changed) {
  const auto path =
      TRY(db_.one(select_path, [](db::Row& row) { return std::string{row.text(0)}; }, folder, asker.organisation));
  if (!path) return true;
  const std::size_t before = changed.size();
  const std::string from = *path == "/" ? *path : cat(*path, '/');
  const std::string end = *path == "/" ? std::string{"0"} : cat(*path, '0');
  TRY(db_.query(
      select_below, [&](db::Row& row) { changed.push_back(static_cast<policy::FolderId>(row.int64(0))); },
      asker.organisation, from, end, caught_up_max + 1));
  return changed.size() - before <= caught_up_max;
}

Result<void> Views::look_again(View& view, const Asker& asker, std::span<const policy::FolderId> changed) {
  std::vector<std::uint32_t> leave;  // ascending
  std::vector<VisibleFolder> enter;
  view.seen_ = 0;  // until all of it is done
  for (const policy::FolderId id : changed) {
    std::optional<VisibleFolder> folder = TRY(db_.one(select_folder, read_visible, id, asker.organisation));
    if (folder) {
      const Chain chain = TRY(tree_.chain(id));
      judge(*folder, asker, chain);
      const auto at = std::ranges::lower_bound(view.folders_, folder->path, {}, &VisibleFolder::path);
      if (at != view.folders_.end() && at->id == id && !folder->rights.empty()) {
        view.count_again(static_cast<std::size_t>(at - view.folders_.begin()), listed_in(*at), listed_in(*folder));
        *at = std::move(*folder);
        continue;
      }
    }
    const auto number = static_cast<std::uint32_t>(id);
    if (std::ranges::binary_search(view.ids_, number)) leave.push_back(number);
    if (folder && !folder->rights.empty()) enter.push_back(std::move(*folder));
  }
  if (leave.empty() && enter.empty()) return {};
  view.listed_is_old_ = true;
  std::erase_if(view.ids_, [&](std::uint32_t id) { return std::ranges::binary_search(leave, id); });
  for (const VisibleFolder& folder : enter) view.ids_.push_back(folder.id);
  std::ranges::sort(view.ids_);
  std::erase_if(view.folders_,
                [&](const VisibleFolder& folder) { return std::ranges::binary_search(leave, folder.id); });
  std::ranges::sort(enter, {}, &VisibleFolder::path);
  const auto middle = static_cast<std::ptrdiff_t>(view.folders_.size());
  std::ranges::move(enter, std::back_inserter(view.folders_));
  std::ranges::inplace_merge(view.folders_, view.folders_.begin() + middle, {}, &VisibleFolder::path);
  return {};
}

// The least recently used go.
void Views::make_room(const View& newest) {
  while (folders_ > viewed_folders_max && views_.size() > 1) {
    const auto oldest = std::ranges::min_element(views_, {}, [](const auto& each) { return each.second.used_; });
    if (&oldest->second == &newest) return;
    folders_ -= oldest->second.counted_;
    views_.erase(oldest);
  }
}

}  // namespace bulkhead::keeper
