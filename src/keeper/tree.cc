#include "keeper/tree.h"

#include <algorithm>

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_folder =
    "SELECT coalesce(parent, 0), organisation, coalesce(home_of, 0), inherit FROM folders WHERE id = $1";
constexpr db::Sql select_grants =
    "SELECT id, user IS NULL, coalesce(user, group_id), rights, behaviour, share FROM grants WHERE folder = $1 ORDER "
    "BY id";

std::uint64_t number(db::Row& row, int column) {
  return static_cast<std::uint64_t>(row.int64(column));
}

// An unknown number in the database gives nothing.
policy::Inherit inherit_of(std::int64_t stored) {
  return stored == static_cast<int>(policy::Inherit::always) ? policy::Inherit::always : policy::Inherit::none;
}
policy::Behaviour behaviour_of(std::int64_t stored) {
  return stored == static_cast<int>(policy::Behaviour::add_to_inherited) ? policy::Behaviour::add_to_inherited
                                                                         : policy::Behaviour::override_inherited;
}

}  // namespace

Result<const Tree::Node*> Tree::node(policy::FolderId folder) {
  if (const auto found = nodes_.find(folder); found != nodes_.end()) return &found->second;
  const auto read = TRY(db_.one(
      select_folder,
      [&](db::Row& row) {
        return policy::Folder{.id = folder,
                              .parent = number(row, 0),
                              .org = number(row, 1),
                              .home_of = number(row, 2),
                              .inherit = inherit_of(row.int64(3)),
                              .grants = {}};
      },
      folder));
  if (!read) return nullptr;
  Node made{*read, {}};
  TRY(db_.query(
      select_grants,
      [&](db::Row& row) {
        made.grants.push_back({.id = number(row, 0),
                               .holder = row.boolean(1) ? policy::Holder::group : policy::Holder::user,
                               .holder_id = number(row, 2),
                               .rights = policy::Rights::from_bits(number(row, 3)),
                               .behaviour = behaviour_of(row.int64(4)),
                               .until = 0,
                               .share = policy::Rights::from_bits(number(row, 5))});
      },
      folder));
  Node& kept = nodes_.emplace(folder, std::move(made)).first->second;
  kept.folder.grants = kept.grants;
  return &kept;
}

Result<Chain> Tree::chain(policy::FolderId folder) {
  Chain chain;
  chain.reserve(8);
  for (policy::FolderId at = folder; at != 0;) {
    const Node* const found = TRY(node(at));
    if (found == nullptr && chain.empty()) return chain;
    if (found == nullptr || chain.size() == policy::chain_size_max) {
      return fail(Errc::corrupt, "the folders of the catalog are no tree");
    }
    chain.push_back(found->folder);
    at = found->folder.parent;
  }
  std::ranges::reverse(chain);
  return chain;
}

Result<void> Tree::append(Chain& parents, policy::FolderId folder) {
  const Node* const found = TRY(node(folder));
  if (found == nullptr) return fail(Errc::corrupt, "a folder of the catalog is gone");
  parents.push_back(found->folder);
  return {};
}

}  // namespace bulkhead::keeper
