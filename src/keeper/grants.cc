#include "keeper/grants.h"

#include <algorithm>

namespace bulkhead::keeper {
namespace {

using policy::Right;
using policy::Rights;

constexpr db::Sql select_user = "SELECT id, name FROM users WHERE number = $1";
constexpr db::Sql select_rights = "SELECT rights FROM grants WHERE folder = $1 AND user = $2";
constexpr db::Sql select_count = "SELECT count(*) FROM grants WHERE folder = $1";
constexpr db::Sql delete_grant = "DELETE FROM grants WHERE folder = $1 AND user = $2";
constexpr db::Sql upsert_grant =
    "INSERT INTO grants (folder, user, rights, behaviour, place) "
    "SELECT id, $2, $3, $4, replace(path, '/', char(1)) FROM folders WHERE id = $1 "
    "ON CONFLICT (folder, user) DO UPDATE SET rights = excluded.rights, behaviour = excluded.behaviour";

Rights givable_by(Rights own) {
  // A role reads everything without being mailed everything: that is no reason not to let an administrator grant it.
  if (own.has(Right::admin)) return own |= Right::notify;
  if (own.has(Right::share)) return own.without({Right::share, Right::admin, Right::add_delete_subfolders});
  return {};
}

}  // namespace

std::vector<policy::Grant> grants_in_force(policy::Chain chain) {
  std::vector<policy::Grant> entries;
  const auto same_holder = [](const policy::Grant& grant) {
    return [&grant](const policy::Grant& entry) {
      return entry.holder == grant.holder && entry.holder_id == grant.holder_id;
    };
  };
  for (const policy::Folder& folder : chain) {
    if (folder.inherit != policy::Inherit::always) entries.clear();
    for (const policy::Grant& grant : folder.grants) {
      const auto found = std::ranges::find_if(entries, same_holder(grant));
      if (found == entries.end())
        entries.push_back(grant);
      else if (grant.behaviour == policy::Behaviour::add_to_inherited)
        found->rights |= grant.rights;
      else
        *found = grant;
    }
  }
  return entries;
}

Result<asks::ListGrants::Reply> Grants::rows(policy::Chain chain) {
  asks::ListGrants::Reply reply;
  const auto add = [&](policy::UserId user, Rights rights, bool is_owner) -> Result<void> {
    auto row = TRY(store_.db.one(
        select_user,
        [&](db::Row& found) {
          return asks::GrantRow{false, std::string{found.text(0)}, std::string{found.text(1)}, rights.bits(), is_owner};
        },
        user));
    if (row) reply.rows.push_back(std::move(*row));
    return {};
  };
  const policy::UserId owner = chain.back().home_of;
  if (owner != 0) TRY(add(owner, Rights::all(), true));
  for (const policy::Grant& grant : grants_in_force(chain)) {
    if (grant.holder_id != owner) TRY(add(grant.holder_id, grant.rights, false));
    if (reply.rows.size() > policy::folder_grants_max) {
      return fail(Errc::too_large, "the folder inherits too many entries to list");
    }
  }
  return reply;
}

Result<asks::ListGrants::Reply> Grants::list(const Asker& asker, const asks::ListGrants& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  if (!policy::effective(asker.subject, chain, asker.now).has(Right::admin)) {
    TRY(allow(policy::decide(asker.subject, policy::Action::list_users, chain, asker.now)));
  }
  return rows(chain);
}

Result<asks::ListGrants::Reply> Grants::set(const Asker& asker, const asks::SetGrant& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const Rights givable = givable_by(policy::effective(asker.subject, chain, asker.now));
  if (givable.empty()) TRY(allow(policy::decide(asker.subject, policy::Action::share, chain, asker.now)));
  TRY(store_.turn.ask([&] { return change(asker, ask, givable); }));
  Result<asks::ListGrants::Reply> shown = list(asker, {ask.folder});
  if (!shown.ok() && shown.error().kind() != Errc::corrupt) return asks::ListGrants::Reply{};  // may give, not see
  return shown;
}

Result<void> Grants::change(const Asker& asker, const asks::SetGrant& ask, Rights givable) {
  const Rights rights = Rights::from_bits(ask.rights);
  if (rights.bits() != ask.rights) return fail(Errc::invalid, "there is no such right");
  if (!givable.has(rights)) return fail(Errc::denied, "you may not give rights that you do not have");
  const policy::UserId user = TRY(users_.find(asker, ask.user));
  const auto before = TRY(store_.db.one(select_rights, [](db::Row& row) { return row.int64(0); }, ask.folder, user));
  if (before && !givable.has(Rights::from_bits(static_cast<std::uint64_t>(*before)))) {
    return fail(Errc::denied, "that entry has rights which you do not have");
  }
  if (!before && rights.empty()) return fail(Errc::not_found, "the user has no entry in that folder");
  if (rights.empty()) {
    TRY(store_.db.run(delete_grant, ask.folder, user));
  } else {
    const auto count = TRY(store_.db.one(select_count, [](db::Row& row) { return row.int64(0); }, ask.folder));
    if (!before && *count >= static_cast<std::int64_t>(policy::folder_grants_max)) {
      return fail(Errc::too_large, "the folder has as many entries as one may have");
    }
    TRY(store_.db.run(upsert_grant, ask.folder, user, rights.bits(),
                      static_cast<int>(policy::Behaviour::override_inherited)));
  }
  store_.tree.forget(ask.folder);
  return {};
}

}  // namespace bulkhead::keeper
