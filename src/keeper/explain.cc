#include "keeper/explain.h"

#include <algorithm>

#include "keeper/visibility.h"

namespace bulkhead::keeper {
namespace {

using policy::Right;

bool holds(const policy::Subject& subject, const policy::Grant& grant) {
  if (grant.holder == policy::Holder::user) return grant.holder_id == subject.user;
  return std::ranges::binary_search(subject.groups, grant.holder_id);
}

struct Cause {
  policy::FolderId folder = 0;
  const policy::Grant* grant = nullptr;
};

// Nobody gave the subject a right: by the nearest entry that took all away, or by the folder that does not inherit.
Cause cause_of_nothing(policy::Chain chain, const policy::Subject& subject, UnixMs now) {
  for (std::size_t size = chain.size(); size > 0; --size) {
    const policy::Folder& folder = chain[size - 1];
    for (const policy::Grant& grant : folder.grants) {
      if (holds(subject, grant) && grant.rights.empty()) return {folder.id, &grant};
    }
    if (folder.inherit == policy::Inherit::always) continue;
    const bool has_above = size > 1 && !policy::effective(subject, chain.first(size - 1), now).empty();
    return {has_above ? folder.id : 0, nullptr};
  }
  return {};
}

Cause cause_of(policy::Chain chain, const policy::Decision& decision) {
  for (const policy::Folder& folder : chain) {
    if (folder.id != decision.folder) continue;
    const auto grant = std::ranges::find(folder.grants, decision.grant, &policy::Grant::id);
    return {folder.id, grant == folder.grants.end() ? nullptr : &*grant};
  }
  return {};
}

}  // namespace

Result<KnownUser> Explanations::need_subject(const Asker& asker, const std::string& user, policy::Chain chain) {
  Result<KnownUser> known = users_.look_up(asker, user);
  if (known.ok() && known->number == asker.subject.user) return known;
  const policy::Rights rights = policy::effective(asker.subject, chain, asker.now);
  const bool about_others =
      asker.subject.role == policy::Role::admin || rights.has(Right::list_users) || rights.has(Right::admin);
  if (!about_others) return no_such_user();
  return known;
}

Result<void> Explanations::add_cause(policy::Chain chain, const policy::Decision& decision,
                                     const policy::Subject& subject, asks::Explain::Reply& reply) {
  const UnixMs never = 0;  // entries of the catalog have no end
  const Cause cause =
      decision.reason == policy::Reason::no_grant ? cause_of_nothing(chain, subject, never) : cause_of(chain, decision);
  if (cause.folder == 0) return {};
  reply.decided_in = static_cast<std::uint32_t>(cause.folder);
  reply.decided_in_path = TRY(store_.path_of(cause.folder));
  if (cause.grant == nullptr) return {};
  reply.entry = TRY(grants_.row(*cause.grant));
  reply.behaviour = cause.grant->behaviour == policy::Behaviour::add_to_inherited ? asks::Behaviour::add_to_inherited
                                                                                  : asks::Behaviour::override_inherited;
  return {};
}

Result<Explanations::Node> Explanations::find(const Asker& asker, const asks::Explain& ask) {
  if (!ask.path.empty()) return find_at(asker, ask.path);
  if (ask.file != 0) return Node{TRY(files_.reach_to_look(asker, ask.file)).folder, {}};
  return Node{ask.folder, {}};
}

Result<Explanations::Node> Explanations::find_at(const Asker& asker, const std::string& text) {
  const RemotePath path = TRY(RemotePath::parse(text));
  Resolved at = TRY(resolve(store_, asker, path));
  if (at.folder != 0) return Node{at.folder, std::move(at.through)};
  if (at.parent != 0) {
    const Chain chain = TRY(see(store_, asker, at.parent));
    const auto file = TRY(files_.visible_at(asker, chain, path.name().text()));
    if (file) return Node{at.parent, std::move(at.through)};
  }
  return fail(Errc::not_found, "no such file or folder");
}

Result<asks::Explain::Reply> Explanations::explain(const Asker& asker, const asks::Explain& ask) {
  if (ask.action == 0 || ask.action > static_cast<std::uint8_t>(policy::action_max)) {
    return fail(Errc::invalid, "there is no such action");
  }
  auto action = static_cast<policy::Action>(ask.action);
  Node node = TRY(find(asker, ask));
  Chain chain = TRY(see(store_, asker, node.folder));
  const KnownUser user = TRY(need_subject(asker, ask.user, chain));
  const policy::Subject subject{.user = user.number,
                                .org = asker.subject.org,
                                .role = user.number == asker.subject.user ? asker.subject.role : user.role,
                                .groups = TRY(store_.memberships.of(user.number)),
                                .live = true};
  asks::Explain::Reply reply;
  for (const Link& link : node.through) {
    reply.through.push_back(TRY(virtual_folders_.row(link)));
    // Where he may not know of the folder that holds it, the way ends for him.
    Asker other = asker;
    other.subject = subject;
    const Result<Chain> seen = see(store_, other, link.parent);
    if (seen.ok()) continue;
    action = policy::Action::view_folder;
    node.folder = link.parent;
    chain = TRY(store_.tree.chain(link.parent));
    break;
  }
  const policy::Decision decision = policy::decide(subject, action, chain, asker.now);
  reply.user = user.id;
  reply.user_name = user.name;
  reply.folder = node.folder;
  reply.folder_path = TRY(store_.path_of(node.folder));
  reply.verdict = static_cast<std::uint8_t>(decision.verdict);
  reply.reason = static_cast<std::uint8_t>(decision.reason);
  reply.role = static_cast<std::uint8_t>(subject.role);
  reply.needed = policy::needed_for(action).bits();
  reply.rights = policy::effective(subject, chain, asker.now).bits();
  TRY(add_cause(chain, decision, subject, reply));
  return reply;
}

}  // namespace bulkhead::keeper
