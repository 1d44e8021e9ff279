// What a folder inherits, and the entries it begins with.
#include <algorithm>

#include "keeper/folders.h"
#include "keeper/grants.h"

namespace bulkhead::keeper {
namespace {

constexpr db::Sql select_built_in = "SELECT built_in FROM folders WHERE id = $1";
constexpr db::Sql delete_grants = "DELETE FROM grants WHERE folder = $1";
constexpr db::Sql update_inherit = "UPDATE folders SET inherit = $2 WHERE id = $1";

}  // namespace

Shares shares_of(const policy::Folder& folder) {
  Shares shares;
  for (const policy::Grant& grant : folder.grants) {
    if (grant.rights.empty()) continue;
    ++(grant.holder == policy::Holder::group ? shares.groups : shares.users);
  }
  return shares;
}

Result<void> Folders::give_entries(const Asker& asker, std::uint32_t folder, asks::Inherit inherit,
                                   policy::Chain parent) {
  if (inherit == asks::Inherit::copy_only) return insert_grants(store_, folder, grants_in_force(parent));
  if (inherit == asks::Inherit::always) return {};
  const bool by_role = asker.subject.role == policy::Role::admin || asker.subject.role == policy::Role::file_admin;
  const bool in_his_home =
      std::ranges::any_of(parent, [&](const auto& above) { return above.home_of == asker.subject.user; });
  if (by_role || in_his_home) return {};
  policy::Grant own{.holder = policy::Holder::user,
                    .holder_id = asker.subject.user,
                    .rights = policy::effective(asker.subject, parent, asker.now)};
  if (own.rights.has(policy::Right::share)) {
    own.share = policy::givable(asker.subject, parent, asker.now).within(policy::sharable);
  }
  return insert_grants(store_, folder, {&own, 1});
}

Result<void> Folders::change_inheritance(const Asker& asker, policy::Chain chain, bool inherits) {
  TRY(allow(policy::decide(asker.subject, policy::Action::change_settings, chain, asker.now)));
  const policy::Folder& folder = chain.back();
  const auto built_in = TRY(store_.db.one(select_built_in, [](db::Row& row) { return row.boolean(0); }, folder.id));
  if (built_in.value_or(true)) return fail(Errc::denied, "the root and /Home cannot be changed");
  if (inherits == (folder.inherit == policy::Inherit::always)) return {};
  const std::vector<policy::Grant> before = grants_in_force(chain);
  if (!inherits) {
    TRY(store_.db.run(delete_grants, folder.id));
    TRY(insert_grants(store_, folder.id, before));
  } else {
    std::vector<policy::Folder> inheriting{chain.begin(), chain.end()};
    inheriting.back().inherit = policy::Inherit::always;
    TRY(need_givable(before, grants_in_force(inheriting), policy::givable(asker.subject, chain, asker.now)));
  }
  const policy::Inherit after = inherits ? policy::Inherit::always : policy::Inherit::copy;
  TRY(store_.db.run(update_inherit, folder.id, static_cast<int>(after)));
  return {};
}

}  // namespace bulkhead::keeper
