#include "keeper/visibility.h"

#include <algorithm>
#include <map>

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

// "+ 0": SQLite would walk all folders of the organisation.
constexpr db::Sql select_home = "SELECT path FROM folders WHERE home_of = $1 AND organisation + 0 = $2";
constexpr db::Sql select_next_of_user =
    "SELECT place FROM grants WHERE user = $1 AND place > $2 AND place < $3 AND rights <> 0 ORDER BY place LIMIT 1";
constexpr db::Sql select_next_of_group =
    "SELECT place FROM grants WHERE group_id = $1 AND place > $2 AND place < $3 AND rights <> 0 ORDER BY place LIMIT 1";
constexpr db::Sql select_children =
    "SELECT id, name, changed_ms FROM folders WHERE parent = $1 AND name > $2 ORDER BY name LIMIT $3";
constexpr db::Sql select_inheriting =
    "SELECT id, name, changed_ms FROM folders WHERE parent = $1 AND inherit = $4 AND name > $2 ORDER BY name LIMIT $3";
constexpr db::Sql select_child = "SELECT id, name, changed_ms FROM folders WHERE parent = $1 AND name = $2";

constexpr db::Sql select_links =
    "SELECT l.target, l.name, t.changed_ms FROM links l JOIN folders t ON t.id = l.target "
    "WHERE l.parent = $1 AND l.name > $2 ORDER BY l.name LIMIT $3";

constexpr char slash = '\x01';         // of a place
constexpr char behind_slash = '\x02';  // behind everything that goes on with a slash, before all else

// What the places of everything below a folder begin with.
std::string place_below(std::string path) {
  if (path == "/") path.clear();
  std::ranges::replace(path, '/', slash);
  return path + slash;
}

bool is_barred(const Asker& asker, policy::Chain chain) {
  return asker.subject.role == policy::Role::system_admin || chain.front().org != asker.organisation;
}

Subfolder read_subfolder(db::Row& row) {
  return {.id = static_cast<std::uint32_t>(row.int64(0)),
          .name = std::string{row.text(1)},
          .changed_ms = row.int64(2),
          .rights = {},
          .is_virtual = false};
}

// The ways of one asker below one folder: by entries of his and of his groups, each a range of its own, and by his
// home.
class Ways {
 public:
  static Result<Ways> open(Store& store, const Asker& asker, policy::FolderId folder) {
    Ways ways{store, place_below(TRY(store.path_of(folder)))};
    ways.end_ = ways.below_;
    ways.end_.back() = behind_slash;
    TRY(store.db.query(
        select_home,
        [&](db::Row& row) {
          const std::string place = place_below(std::string{row.text(0)});
          if (place.starts_with(ways.below_) && place != ways.below_) ways.homes_.push_back(ways.name_in(place));
        },
        asker.subject.user, asker.organisation));
    ways.holders_.push_back({.is_group = false, .id = asker.subject.user, .name = std::string{}});
    for (const policy::GroupId group : asker.subject.groups) {
      ways.holders_.push_back({.is_group = true, .id = group, .name = std::string{}});
    }
    return ways;
  }

  // The first name behind `after` that leads to something. Only forward.
  Result<std::optional<std::string>> next(const std::string& after) {
    std::optional<std::string> found;
    const auto consider = [&](const std::string& name) {
      if (name > after && (!found || name < *found)) found = name;
    };
    for (const std::string& home : homes_) consider(home);
    for (Holder& holder : holders_) {
      if (holder.name && *holder.name <= after) holder.name = TRY(next_of(holder, after));
      if (holder.name) consider(*holder.name);
    }
    std::erase_if(holders_, [](const Holder& holder) { return !holder.name; });
    return found;
  }

 private:
  struct Holder {
    bool is_group = false;
    std::uint64_t id = 0;
    std::optional<std::string> name;  // where his entries go on; none: there is no more
  };

  Ways(Store& store, std::string below) : store_{&store}, below_{std::move(below)} {}

  std::string name_in(std::string_view place) const {
    place.remove_prefix(below_.size());
    return std::string{place.substr(0, place.find(slash))};
  }

  Result<std::optional<std::string>> next_of(const Holder& holder, const std::string& after) {
    const std::string from = after.empty() ? below_ : cat(below_, after, behind_slash);
    const auto read = [&](db::Row& row) { return name_in(row.text(0)); };
    if (holder.is_group) return store_->db.one(select_next_of_group, read, holder.id, from, end_);
    return store_->db.one(select_next_of_user, read, holder.id, from, end_);
  }

  Store* store_;
  std::string below_;
  std::string end_;
  std::vector<std::string> homes_;  // names
  std::vector<Holder> holders_;
};

struct Candidate {
  Subfolder folder;
  bool leads = false;  // it is on a way
};
using ByName = std::map<std::string, Candidate>;

// True when there is nothing behind.
Result<bool> add_ways(Store& store, const Asker& asker, policy::FolderId parent, const std::string& after,
                      std::size_t limit, ByName& found) {
  Ways ways = TRY(Ways::open(store, asker, parent));
  std::string at = after;
  for (std::size_t i = 0; i < limit; ++i) {
    std::optional<std::string> name = TRY(ways.next(at));
    if (!name) return true;
    std::optional<Subfolder> child = TRY(store.db.one(select_child, read_subfolder, parent, *name));
    if (!child) return fail(Errc::corrupt, "an entry of the catalog stands in no folder");
    found.try_emplace(*name, Candidate{std::move(*child), true}).first->second.leads = true;
    at = std::move(*name);
  }
  return false;
}

// True when there is nothing behind.
Result<bool> add_links(Store& store, policy::FolderId parent, const std::string& after, std::size_t limit,
                       ByName& found) {
  std::size_t links = 0;
  TRY(store.db.query(
      select_links,
      [&](db::Row& row) {
        Subfolder read = read_subfolder(row);
        read.is_virtual = true;
        ++links;
        found.try_emplace(read.name, Candidate{read, false});
      },
      parent, after, limit));
  return links < limit;
}

// Its rights, and whether it is there at all. `chain` is that of the folder it is in.
Result<bool> judge(Store& store, const Asker& asker, Chain& chain, Candidate& candidate) {
  Subfolder& subfolder = candidate.folder;
  if (subfolder.is_virtual) {
    const Result<Chain> target = see(store, asker, subfolder.id);
    if (!target.ok() && target.error().kind() == Errc::not_found) return false;
    if (!target.ok()) return Error{target.error()};
    subfolder.rights = policy::effective(asker.subject, *target, asker.now);
    return true;
  }
  TRY(store.tree.append(chain, subfolder.id));
  subfolder.rights = policy::effective(asker.subject, chain, asker.now);
  chain.pop_back();
  return candidate.leads || !subfolder.rights.empty();
}

}  // namespace

bool sees_all_below(const Asker& asker, policy::Chain chain) {
  if (asker.subject.role == policy::Role::admin || asker.subject.role == policy::Role::file_admin) return true;
  return std::ranges::any_of(chain, [&](const auto& folder) { return folder.home_of == asker.subject.user; });
}

Result<Chain> see(Store& store, const Asker& asker, policy::FolderId folder) {
  Chain chain = TRY(store.tree.chain(folder));
  if (chain.empty()) return fail(Errc::not_found, "no such folder");
  const policy::Decision decision = policy::decide(asker.subject, policy::Action::view_folder, chain, asker.now);
  if (decision.allowed()) return chain;
  if (!is_barred(asker, chain)) {
    const bool root = chain.size() == 1;
    if (root) return chain;
    Ways ways = TRY(Ways::open(store, asker, folder));
    const auto way = TRY(ways.next({}));
    if (way) return chain;
  }
  TRY(allow(decision));
  return chain;
}

Result<SubfolderPage> subfolders(Store& store, const Asker& asker, Chain& chain, const std::string& after,
                                 std::size_t limit) {
  const policy::FolderId parent = chain.back().id;
  ByName found;
  SubfolderPage page{.rows = {}, .last = after, .end = true};
  const auto add = [&](db::Row& row) {
    Subfolder read = read_subfolder(row);
    found.try_emplace(read.name, Candidate{read, false});
  };
  if (is_barred(asker, chain)) return page;
  if (sees_all_below(asker, chain)) {
    TRY(store.db.query(select_children, add, parent, after, limit));
    page.end = found.size() < limit;
  } else {
    if (!policy::effective(asker.subject, chain, asker.now).empty()) {
      TRY(store.db.query(select_inheriting, add, parent, after, limit, static_cast<int>(policy::Inherit::always)));
      page.end = found.size() < limit;
    }
    const bool no_more_ways = TRY(add_ways(store, asker, parent, after, limit, found));
    page.end = page.end && no_more_ways;
  }
  const bool no_more_links = TRY(add_links(store, parent, after, limit, found));
  page.end = page.end && no_more_links;
  std::size_t taken = 0;
  for (auto& [name, candidate] : found) {
    // Each range was cut at `limit`: behind that many names one of them may lack some.
    if (taken++ == limit) {
      page.end = false;
      break;
    }
    page.last = name;
    const bool there = TRY(judge(store, asker, chain, candidate));
    if (there) page.rows.push_back(std::move(candidate.folder));
  }
  return page;
}

}  // namespace bulkhead::keeper
