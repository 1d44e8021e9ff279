// Folders that get another name or another place.
#include "base/cat.h"
#include "keeper/folders.h"
#include "keeper/visibility.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql update_place = "UPDATE folders SET parent = $2, name = $3, path = $4, changed_ms = $5 WHERE id = $1";
constexpr db::Sql update_subfolders =
    "UPDATE folders SET subfolder_count = subfolder_count + $2, changed_ms = $3 WHERE id = $1";
// $2 is the old path with its slash, $3 the first text behind all that begins with it.
constexpr db::Sql select_below =
    "SELECT count(*), coalesce(max(length(CAST(path AS BLOB))), 0), "
    "coalesce(max(length(path) - length(replace(path, '/', ''))), 0) FROM folders "
    "WHERE organisation = $1 AND path >= $2 AND path < $3";
constexpr db::Sql update_below =
    "UPDATE folders SET path = $4 || substr(path, length($2) + 1) WHERE organisation = $1 AND path >= $2 AND path < $3";
constexpr db::Sql update_entries =
    "UPDATE grants SET place = (SELECT replace(path, '/', char(1)) FROM folders WHERE folders.id = grants.folder) "
    "WHERE folder IN (SELECT id FROM folders WHERE organisation = $1 AND path >= $2 AND path < $2 || '0' "
    "AND (path = $2 OR path >= $2 || '/'))";

}  // namespace

Result<void> Folders::need_move(const Asker& asker, policy::Chain chain, const RemotePath& before,
                                policy::Chain target) {
  if (!policy::decide(asker.subject, policy::Action::change_subfolders, target, asker.now).allowed()) {
    return fail(Errc::denied, "your rights in the folder it would go to do not allow this");
  }
  if (sees_all_below(asker, chain)) return {};  // and may do everything there
  policy::Rights besides;
  if (policy::effective(asker.subject, target, asker.now).has(policy::Right::read_files)) {
    besides = policy::Right::read_files;
  }
  return need_removal(asker, static_cast<std::uint32_t>(chain.back().org), before.print(), besides);
}

Result<void> Folders::move(const Asker& asker, policy::Chain chain, const RemotePath& before, policy::Chain target,
                           const RemotePath& after) {
  const policy::FolderId source = TRY(need_change_in_parent(asker, chain));
  if (before == after) return {};
  if (after.is_within(before)) return fail(Errc::conflict, "a folder cannot be moved into itself");
  const policy::FolderId parent = target.back().id;
  if (parent != source) TRY(need_move(asker, chain, before, target));
  if (parent != source) TRY(store_.holds.need_none_in_tree(asker, chain.back().id, before.print()));
  TRY(store_.need_free_name(parent, after.name().text()));
  const auto folder = static_cast<std::uint32_t>(chain.back().id);
  if (parent != source) TRY(change_counters(chain, target));
  TRY(change_paths(chain, before, after));
  TRY(store_.db.run(update_place, folder, parent, after.name().text(), after.print(), asker.now));
  TRY(store_.db.run(update_entries, chain.back().org, after.print()));
  TRY(store_.db.run(update_subfolders, source, -1, asker.now));
  TRY(store_.db.run(update_subfolders, parent, 1, asker.now));
  const bool may_be_held = parent != source && TRY(store_.holds.any());
  if (may_be_held) TRY(store_.expiries.settle_tree(asker.organisation, after.print()));
  if (parent != source) store_.tree.forget_parents();  // `chain` and `target` end here
  return {};
}

Result<void> Folders::change_counters(policy::Chain chain, policy::Chain target) {
  const policy::FolderId folder = chain.back().id;
  const policy::Chain leaving = chain.first(chain.size() - 1);
  const std::int64_t size = TRY(store_.quotas.tree_size(folder));
  TRY(store_.quotas.need_room(
      {.folder = target.back().id, .bytes = static_cast<std::uint64_t>(size), .leaving = leaving, .subtree = true}));
  TRY(store_.quotas.count(leaving.back().id, -size));
  return store_.quotas.count(target.back().id, size);
}

Result<void> Folders::change_paths(policy::Chain chain, const RemotePath& before, const RemotePath& after) {
  const std::string old_path = before.print();
  const std::string new_path = after.print();
  const std::string below = cat(old_path, '/');
  const std::string end = cat(old_path, '0');  // '0' is the character behind '/'
  struct Below {
    std::size_t count;
    std::size_t size_max;
    std::size_t depth_max;
  };
  const auto size = [](db::Row& row, int column) { return static_cast<std::size_t>(row.int64(column)); };
  const auto found = TRY(store_.db.one(
      select_below, [&](db::Row& row) { return Below{size(row, 0), size(row, 1), size(row, 2)}; }, chain.back().org,
      below, end));
  if (found->count > changed_folders_max) return fail(Errc::too_large, "too many folders are below this one");
  if (found->size_max + new_path.size() > path_size_max + old_path.size()) {
    return fail(Errc::too_large, "a path below would become longer than 4096 bytes");
  }
  if (found->depth_max + after.depth() > path_depth_max + before.depth()) {
    return fail(Errc::too_large, "a path below would become deeper than 64 folders");
  }
  TRY(store_.db.run(update_below, chain.back().org, below, end, cat(new_path, '/')));
  return {};
}

}  // namespace bulkhead::keeper
