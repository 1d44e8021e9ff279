#include "keeper/grants.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/cat.h"

namespace bulkhead::keeper {
namespace {

using policy::Behaviour;
using policy::Grant;
using policy::Holder;
using policy::Right;
using policy::Rights;

constexpr db::Sql select_user = "SELECT id, name FROM users WHERE number = $1";
constexpr db::Sql select_group = "SELECT name FROM groups WHERE id = $1";
constexpr db::Sql delete_grant = "DELETE FROM grants WHERE id = $1";
constexpr db::Sql update_grant = "UPDATE grants SET rights = $2, share = $3, behaviour = $4 WHERE id = $1";
constexpr db::Sql insert_grant =
    "INSERT INTO grants (folder, user, group_id, rights, share, behaviour, place) "
    "SELECT id, $2, $3, $4, $5, $6, replace(path, '/', char(1)) FROM folders WHERE id = $1";

auto key(const Grant& grant) {
  return std::pair{grant.holder, grant.holder_id};
}

const Grant* find_grant(std::span<const Grant> grants, const Grant& holder) {
  const auto found = std::ranges::find(grants, key(holder), key);
  return found == grants.end() ? nullptr : &*found;
}

Rights difference(Rights one, Rights other) {
  Rights rights = one.without(other);
  return rights |= other.without(one);
}

Result<void> insert(Store& store, policy::FolderId folder, const Grant& grant) {
  const bool is_group = grant.holder == Holder::group;
  const std::optional<std::uint64_t> user = is_group ? std::nullopt : std::optional{grant.holder_id};
  const std::optional<std::uint64_t> group = is_group ? std::optional{grant.holder_id} : std::nullopt;
  TRY(store.db.run(insert_grant, folder, user, group, grant.rights.bits(), grant.share.bits(),
                   static_cast<int>(grant.behaviour)));
  return {};
}

Error too_many() {
  return fail(Errc::too_large, "the folder has as many entries as one may have: 1024");
}

// The chain with other entries in its last folder.
std::vector<policy::Folder> with_grants(policy::Chain chain, std::span<const Grant> grants) {
  std::vector<policy::Folder> changed{chain.begin(), chain.end()};
  changed.back().grants = grants;
  return changed;
}

}  // namespace

std::vector<Grant> grants_in_force(policy::Chain chain) {
  std::map<std::pair<Holder, std::uint64_t>, Grant> entries;
  for (const policy::Folder& folder : chain) {
    if (folder.inherit != policy::Inherit::always) entries.clear();
    for (const Grant& grant : folder.grants) {
      const auto [entry, is_first] = entries.try_emplace(key(grant), grant);
      if (is_first) continue;
      if (grant.behaviour == Behaviour::override_inherited) {
        entry->second = grant;
        continue;
      }
      entry->second.rights |= grant.rights;
      entry->second.share |= grant.share;
    }
  }
  std::vector<Grant> in_force;
  for (const auto& [holder, grant] : entries) in_force.push_back(grant);
  return in_force;
}

Result<void> need_givable(std::span<const Grant> before, std::span<const Grant> after, Rights givable) {
  std::map<std::pair<Holder, std::uint64_t>, std::pair<Grant, Grant>> holders;
  for (const Grant& grant : before) holders[key(grant)].first = grant;
  for (const Grant& grant : after) holders[key(grant)].second = grant;
  for (const auto& [holder, change] : holders) {
    const auto& [old, next] = change;
    if (givable.has(difference(old.rights, next.rights)) && givable.has(difference(old.share, next.share))) continue;
    return fail(Errc::denied, "it would give somebody, or take from him, rights that you do not have");
  }
  return {};
}

Result<void> insert_grants(Store& store, policy::FolderId folder, std::span<const Grant> grants) {
  std::size_t count = 0;
  for (Grant grant : grants) {
    if (grant.rights.empty()) continue;
    if (++count > policy::folder_grants_max) return too_many();
    grant.behaviour = Behaviour::override_inherited;
    TRY(insert(store, folder, grant));
  }
  return {};
}

Result<asks::GrantRow> Grants::row(const Grant& grant) {
  const bool is_group = grant.holder == Holder::group;
  asks::GrantRow made{
      .is_group = is_group,
      .id = cat(grant.holder_id),
      .name = {},
      .rights = grant.rights.bits(),
      .share = grant.rights.has(Right::share) ? grant.share.within(policy::sharable).bits() : std::uint16_t{},
      .is_owner = false,
      .is_editable = false,
      .is_deletable = false};
  if (is_group) {
    auto name =
        TRY(store_.db.one(select_group, [](db::Row& row) { return std::string{row.text(0)}; }, grant.holder_id));
    if (!name) return fail(Errc::corrupt, "an entry of the catalog is of no group");
    made.name = std::move(*name);
    return made;
  }
  auto user = TRY(store_.db.one(
      select_user, [](db::Row& row) { return std::pair{std::string{row.text(0)}, std::string{row.text(1)}}; },
      grant.holder_id));
  if (!user) return fail(Errc::corrupt, "an entry of the catalog is of no user");
  std::tie(made.id, made.name) = std::move(*user);
  return made;
}

Result<asks::GrantRow> Grants::row_in(policy::Chain chain, const Grant& grant, Rights givable) {
  asks::GrantRow made = TRY(row(grant));
  made.is_owner = grant.holder == Holder::user && grant.holder_id == chain.back().home_of;
  const Grant* const own = find_grant(chain.back().grants, grant);
  made.is_editable = !made.is_owner && !givable.empty() && givable.has(own == nullptr ? grant.rights : own->rights);
  made.is_deletable = made.is_editable && own != nullptr;
  return made;
}

Result<asks::ListGrants::Reply> Grants::list(const Asker& asker, const asks::ListGrants& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  if (!policy::effective(asker.subject, chain, asker.now).has(Right::admin)) {
    TRY(allow(policy::decide(asker.subject, policy::Action::list_users, chain, asker.now)));
  }
  const Rights givable = policy::givable(asker.subject, chain, asker.now);
  const std::vector<Grant> in_force = grants_in_force(chain);
  if (in_force.size() > policy::folder_grants_max) {
    return fail(Errc::too_large, "the folder inherits too many entries to list");
  }
  std::vector<asks::GrantRow> rows;
  const policy::UserId owner = chain.back().home_of;
  if (owner != 0) {
    rows.push_back(TRY(row_in(
        chain, {.holder = Holder::user, .holder_id = owner, .rights = Rights::all(), .share = policy::sharable}, {})));
  }
  for (const Grant& grant : in_force) {
    if (grant.holder == Holder::user && grant.holder_id == owner) continue;
    // What gives nothing is worth a line where it stands only.
    if (grant.rights.empty() && find_grant(chain.back().grants, grant) == nullptr) continue;
    rows.push_back(TRY(row_in(chain, grant, givable)));
  }
  std::ranges::sort(rows, [&](const asks::GrantRow& left, const asks::GrantRow& right) {
    if (left.is_owner != right.is_owner) return left.is_owner;
    const auto order = [](const asks::GrantRow& row) { return std::tie(row.name, row.is_group, row.id); };
    return ask.slice.descending ? order(right) < order(left) : order(left) < order(right);
  });
  asks::ListGrants::Reply reply{.total = rows.size(), .rows = {}};
  const Range range = range_of(ask.slice.offset, ask.slice.limit, rows.size());
  std::size_t size = 0;
  for (std::size_t i = range.first; i < range.last && size < answer_size_max; ++i) {
    size += 48 + rows[i].name.size();
    reply.rows.push_back(std::move(rows[i]));
  }
  return reply;
}

Result<Grant> Grants::find_holder(const Asker& asker, bool is_group, const std::string& id_or_name) {
  Grant holder;
  holder.holder = is_group ? Holder::group : Holder::user;
  holder.holder_id = TRY(is_group ? groups_.find(asker, id_or_name) : users_.find(asker, id_or_name));
  return holder;
}

Result<Rights> Grants::need_giver(const Asker& asker, policy::Chain chain) {
  const Rights givable = policy::givable(asker.subject, chain, asker.now);
  if (givable.empty()) TRY(allow(policy::decide(asker.subject, policy::Action::share, chain, asker.now)));
  return givable;
}

// The entry as it is to be.
Result<Grant> Grants::changed(const asks::SetGrant& ask, policy::Chain chain, const Grant& holder, Rights givable) {
  const Rights rights = Rights::from_bits(ask.rights);
  const Rights named = Rights::from_bits(ask.named);
  const Rights share = Rights::from_bits(ask.share.value_or(0));
  if (rights.bits() != ask.rights || named.bits() != ask.named || share.bits() != ask.share.value_or(0)) {
    return fail(Errc::invalid, "there is no such right");
  }
  if (!policy::sharable.has(share)) return fail(Errc::invalid, "sharePermissions: that right cannot be handed on");
  const std::vector<Grant> in_force = grants_in_force(chain);
  const Grant* const own = find_grant(chain.back().grants, holder);
  const Grant* const before = find_grant(in_force, holder);
  if (ask.existing && before == nullptr) return fail(Errc::not_found, "there is no such entry");

  Grant made = own == nullptr ? holder : *own;
  made.behaviour =
      ask.behaviour == asks::Behaviour::add_to_inherited ? Behaviour::add_to_inherited : Behaviour::override_inherited;
  const bool replaces = own == nullptr && before != nullptr && made.behaviour == Behaviour::override_inherited;
  if (replaces) made.rights = before->rights;
  if (replaces) made.share = before->share;
  const bool could_share = made.rights.has(Right::share);
  made.rights = made.rights.without(named);
  made.rights |= rights.within(named);
  if (ask.share)
    made.share = share;
  else if (!could_share)
    made.share = policy::sharable.within(givable);
  if (!made.rights.has(Right::share)) made.share = {};
  if (!givable.has(made.rights) || !givable.has(made.share)) {
    return fail(Errc::denied, "you may not give rights that you do not have");
  }
  return made;
}

Result<void> Grants::store(policy::FolderId folder, const Grant* before, const Grant& after) {
  if (before == nullptr) return insert(store_, folder, after);
  TRY(store_.db.run(update_grant, before->id, after.rights.bits(), after.share.bits(),
                    static_cast<int>(after.behaviour)));
  return {};
}

Result<asks::GrantRow> Grants::set(const Asker& asker, const asks::SetGrant& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const Rights givable = TRY(need_giver(asker, chain));
  const Grant holder = TRY(find_holder(asker, ask.is_group, ask.holder));
  if (holder.holder == Holder::user && holder.holder_id == chain.back().home_of) {
    return fail(Errc::denied, "it is his home: he has every right in it");
  }
  const Grant after = TRY(changed(ask, chain, holder, givable));
  std::vector<Grant> grants{chain.back().grants.begin(), chain.back().grants.end()};
  const Grant* const own = find_grant(chain.back().grants, holder);
  if (own != nullptr && (!givable.has(own->rights) || !givable.has(own->share))) {
    return fail(Errc::denied, "that entry has rights which you do not have");
  }
  if (own == nullptr) {
    if (grants.size() >= policy::folder_grants_max) return too_many();
    grants.push_back(after);
  } else {
    *std::ranges::find(grants, key(holder), key) = after;
  }
  const std::vector<policy::Folder> changed_chain = with_grants(chain, grants);
  const std::vector<Grant> before = grants_in_force(chain);
  const std::vector<Grant> in_force = grants_in_force(changed_chain);
  const bool gives_nothing =
      after.rights.empty() && (find_grant(before, holder) == nullptr || after.behaviour == Behaviour::add_to_inherited);
  if (gives_nothing) return fail(Errc::invalid, "permissions gives no right, and there is none to take away");
  TRY(need_givable(before, in_force, givable));
  TRY(store_.turn.ask([&] { return store(ask.folder, own, after); }));
  auto shown = row_in(changed_chain, *find_grant(in_force, holder), givable);
  store_.tree.forget(ask.folder);
  return shown;
}

Result<void> Grants::remove(const Asker& asker, const asks::RemoveGrant& ask) {
  const Chain chain = TRY(store_.reach(asker, ask.folder, policy::Action::view_folder));
  const Rights givable = TRY(need_giver(asker, chain));
  const Grant holder = TRY(find_holder(asker, ask.is_group, ask.holder));
  const Grant* const own = find_grant(chain.back().grants, holder);
  if (own == nullptr) return fail(Errc::not_found, "there is no such entry in that folder");
  if (!givable.has(own->rights) || !givable.has(own->share)) {
    return fail(Errc::denied, "that entry has rights which you do not have");
  }
  std::vector<Grant> grants{chain.back().grants.begin(), chain.back().grants.end()};
  std::erase_if(grants, [&](const Grant& grant) { return key(grant) == key(holder); });
  TRY(need_givable(grants_in_force(chain), grants_in_force(with_grants(chain, grants)), givable));
  TRY(store_.turn.ask([&]() -> Result<void> {
    TRY(store_.db.run(delete_grant, own->id));
    return {};
  }));
  store_.tree.forget(ask.folder);
  return {};
}

}  // namespace bulkhead::keeper
