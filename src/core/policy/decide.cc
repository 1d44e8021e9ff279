#include "core/policy/decide.h"

#include <algorithm>
#include <vector>

namespace bulkhead::policy {
namespace {

// One entry that counts for the subject, after inheritance.
struct Entry {
  Rights rights;
  Reason reason = Reason::none;
  FolderId folder = 0;
  const Grant* grant = nullptr;
};

// The right to be told of every new file comes from an entry only: a role reads all, and is not to be mailed all.
Rights role_rights(Role role) {
  switch (role) {
    case Role::admin:
      return Rights::all().without(Right::notify);
    case Role::file_admin:
      return Rights::all().without({Right::notify, Right::share, Right::admin});
    case Role::user:
    case Role::system_admin:
    case Role::auditor:
      return {};
  }
  return {};
}

// The most that somebody of this role has, whatever he is granted.
Rights limit_of(Role role) {
  return role == Role::auditor ? Rights{Right::list_files, Right::list_users} : Rights::all();
}

bool is_whole(Chain chain) {
  if (chain.empty() || chain.size() > chain_size_max) return false;
  FolderId parent = 0;
  for (const Folder& folder : chain) {
    if (folder.id == 0 || folder.parent != parent || folder.org != chain.front().org) return false;
    if (folder.grants.size() > folder_grants_max) return false;
    parent = folder.id;
  }
  return chain.front().org != 0;
}

// What stops a subject before any entry is looked at; Reason::none when nothing does.
Reason barred(const Subject& subject, Chain chain) {
  if (!is_whole(chain) || subject.groups.size() > groups_max) return Reason::broken_chain;
  if (!std::ranges::is_sorted(subject.groups)) return Reason::broken_chain;  // some would not be found
  if (subject.user == 0 || !subject.live) return Reason::not_live;
  if (subject.org != chain.front().org) return Reason::other_org;
  if (subject.role == Role::system_admin) return Reason::system_admin;
  return Reason::none;
}

bool counts(const Grant& grant, const Subject& subject, UnixMs now) {
  if (grant.holder_id == 0 || (grant.until != 0 && now >= grant.until)) return false;
  switch (grant.holder) {
    case Holder::user:
      return grant.holder_id == subject.user;
    case Holder::group:
      return std::ranges::binary_search(subject.groups, grant.holder_id);
  }
  return false;
}

// One level of inheritance: overrides first, so that the order of the grants does not matter.
void apply(const Folder& folder, const Subject& subject, UnixMs now, std::vector<Entry>& entries) {
  if (folder.inherit != Inherit::always) entries.clear();
  for (const Grant& grant : folder.grants) {
    if (!counts(grant, subject, now) || grant.behaviour == Behaviour::add_to_inherited) continue;
    std::erase_if(entries, [&](const Entry& entry) {
      return entry.grant->holder == grant.holder && entry.grant->holder_id == grant.holder_id;
    });
  }
  for (const Grant& grant : folder.grants) {
    if (counts(grant, subject, now)) entries.push_back({grant.rights, Reason::grant, folder.id, &grant});
  }
}

// From the farthest to the nearest to the folder, after what the role gives.
std::vector<Entry> entries_for(const Subject& subject, Chain chain, UnixMs now) {
  std::vector<Entry> granted;
  std::vector<Entry> entries{{role_rights(subject.role), Reason::role}};
  const Rights limit = limit_of(subject.role);
  for (const Folder& folder : chain) {
    apply(folder, subject, now, granted);
    // Whatever the folders below say: nobody is locked out of his own home.
    if (folder.home_of == subject.user) entries.push_back({Rights::all(), Reason::home_owner, folder.id});
  }
  entries.insert(entries.end(), granted.begin(), granted.end());
  for (Entry& entry : entries) entry.rights = entry.rights.within(limit);
  return entries;
}

Rights united(std::span<const Entry> entries) {
  Rights rights;
  for (const Entry& entry : entries) rights |= entry.rights;
  return rights;
}

Decision decision(Verdict verdict, Reason reason, const Entry& entry) {
  return {verdict, reason, entry.folder, entry.grant == nullptr ? 0 : entry.grant->id};
}

}  // namespace

Decision decide(const Subject& subject, Action action, Chain chain, UnixMs now) {
  const Reason bar = barred(subject, chain);
  if (bar == Reason::system_admin) return {.verdict = Verdict::denied, .reason = bar};
  if (bar != Reason::none) return {.verdict = Verdict::not_found, .reason = bar};

  const std::vector<Entry> entries = entries_for(subject, chain, now);
  const Rights rights = united(entries);
  if (rights.empty()) return {.verdict = Verdict::not_found, .reason = Reason::no_grant};
  const Rights needed = needed_for(action);
  if (!rights.has(needed)) return decision(Verdict::denied, Reason::right_not_granted, entries.back());

  // Several entries may give it together: then the nearest that gives a part.
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const bool gives_part = entry->rights.without(needed) != entry->rights;
    const bool gives_any = needed.empty() && !entry->rights.empty();
    if (gives_part || gives_any) return decision(Verdict::allowed, entry->reason, *entry);
  }
  return {};
}

Rights effective(const Subject& subject, Chain chain, UnixMs now) {
  if (barred(subject, chain) != Reason::none) return {};
  return united(entries_for(subject, chain, now));
}

Rights givable(const Subject& subject, Chain chain, UnixMs now) {
  if (barred(subject, chain) != Reason::none) return {};
  const std::vector<Entry> entries = entries_for(subject, chain, now);
  Rights rights = united(entries);
  // A role reads everything without being mailed everything: that is no reason not to let an administrator grant it.
  if (rights.has(Right::admin)) return rights |= Right::notify;
  Rights shared;
  for (const Entry& entry : entries) {
    if (entry.grant != nullptr && entry.rights.has(Right::share)) shared |= entry.grant->share;
  }
  return shared.within(sharable).within(rights);
}

}  // namespace bulkhead::policy
