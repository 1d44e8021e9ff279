#pragma once
// For tests: folders, entries, groups, virtual folders and moves at random in a real keeper, and the same as a
// model in memory, on which core/policy decides.
#include <map>
#include <random>

#include "keeper/catalog_fixture.h"
#include "keeper/links.h"

namespace bulkhead::keeper::access_model {

using policy::Right;
using policy::Rights;

using Holder = std::pair<bool, std::size_t>;  // is it a group, and which
struct Entry {
  Rights rights;
  bool adds = false;
};
struct Node {
  std::uint32_t id = 0;
  std::string parent;  // path; of the root: empty
  policy::Inherit inherit = policy::Inherit::always;
  std::optional<std::size_t> home_of;
  std::map<Holder, Entry> entries;
  std::uint64_t file = 0;  // one is in it, if it is not 0
};
struct Person {
  std::string name;
  capability::Role role = capability::Role::user;
  std::vector<bool> groups;
};
struct VirtualFolder {
  std::uint32_t parent = 0;
  std::string name;
  std::uint32_t target = 0;
  std::uint32_t id = 0;
};
// Where a path leads.
struct Place {
  std::optional<std::string> folder;  // the path of the node
  bool is_file = false;               // the file in it
  bool too_far = false;               // over the limit of virtual folders
};

struct Model {
  std::map<std::string, Node> folders;
  std::vector<VirtualFolder> links;
  std::vector<Person> people;

  std::string path_of(std::uint32_t id) const {
    return std::ranges::find_if(folders, [&](const auto& folder) { return folder.second.id == id; })->first;
  }
  const VirtualFolder* link(std::uint32_t parent, std::string_view name) const {
    const auto found =
        std::ranges::find_if(links, [&](const auto& each) { return each.parent == parent && each.name == name; });
    return found == links.end() ? nullptr : &*found;
  }
  bool is_taken(const std::string& parent, const std::string& name) const {
    return folders.contains(parent == "/" ? '/' + name : parent + '/' + name) ||
           link(folders.at(parent).id, name) != nullptr;
  }
  bool shows(std::size_t person, const VirtualFolder& link) const {
    return is_visible(person, path_of(link.parent)) && is_visible(person, path_of(link.target));
  }
  Place resolve(std::size_t person, std::span<const std::string> names) const {
    std::string at = "/";
    std::size_t links_passed = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string next = at == "/" ? '/' + names[i] : at + '/' + names[i];
      const Node& node = folders.at(at);
      const VirtualFolder* const passed = link(node.id, names[i]);
      if (folders.contains(next)) {
        at = next;
      } else if (passed != nullptr) {
        if (!shows(person, *passed)) return {};
        if (++links_passed > links_on_way_max) return {.folder = {}, .is_file = false, .too_far = true};
        at = path_of(passed->target);
      } else {
        const bool file = i + 1 == names.size() && names[i] == "file" && node.file != 0;
        if (!file) return {};
        return {.folder = at, .is_file = true, .too_far = false};
      }
    }
    return {.folder = at, .is_file = false, .too_far = false};
  }

  std::map<Holder, Rights> in_force(const std::string& path) const {
    const Node& node = folders.at(path);
    std::map<Holder, Rights> held;
    if (node.inherit == policy::Inherit::always && path != "/") held = in_force(node.parent);
    for (const auto& [holder, entry] : node.entries) {
      if (!entry.adds) held[holder] = {};
      held[holder] |= entry.rights;
    }
    return held;
  }
  Rights rights(std::size_t person, const std::string& path) const {
    const Person& who = people[person];
    Rights rights;
    if (who.role == capability::Role::admin) rights |= Rights::all().without(Right::notify);
    if (who.role == capability::Role::file_admin) {
      rights |= Rights::all().without({Right::notify, Right::share, Right::admin});
    }
    for (const auto& [holder, held] : in_force(path)) {
      const bool his = holder.first ? who.groups[holder.second] : holder.second == person;
      if (his) rights |= held;
    }
    for (std::string at = path; !at.empty(); at = folders.at(at).parent) {
      if (folders.at(at).home_of == person) rights |= Rights::all();
    }
    return rights;
  }
  bool is_visible(std::size_t person, const std::string& path) const {
    if (path == "/" || !rights(person, path).empty()) return true;
    return std::ranges::any_of(folders, [&](const auto& folder) {
      return folder.first.starts_with(path + '/') && !rights(person, folder.first).empty();
    });
  }
  // What `ask` says of the person and the chain of the folder.
  template <class Ask>
  auto with_policy(std::size_t person, const std::string& path, Ask&& ask) const {
    std::vector<std::string> way;
    for (std::string at = path; !at.empty(); at = folders.at(at).parent) way.insert(way.begin(), at);
    std::vector<std::vector<policy::Grant>> grants;
    for (const std::string& at : way) {
      std::vector<policy::Grant>& own = grants.emplace_back();
      for (const auto& [holder, entry] : folders.at(at).entries) {
        own.push_back(
            {.id = own.size() + 1,
             .holder = holder.first ? policy::Holder::group : policy::Holder::user,
             .holder_id = holder.second + 1,
             .rights = entry.rights,
             .behaviour = entry.adds ? policy::Behaviour::add_to_inherited : policy::Behaviour::override_inherited});
      }
    }
    std::vector<policy::Folder> chain;
    for (std::size_t i = 0; i < way.size(); ++i) {
      const Node& node = folders.at(way[i]);
      chain.push_back({.id = node.id,
                       .parent = i == 0 ? 0 : chain.back().id,
                       .org = company,
                       .home_of = node.home_of ? *node.home_of + 1 : 0,
                       .inherit = node.inherit,
                       .grants = grants[i]});
    }
    std::vector<policy::GroupId> groups;
    for (std::size_t i = 0; i < people[person].groups.size(); ++i) {
      if (people[person].groups[i]) groups.push_back(i + 1);
    }
    const capability::Role role = people[person].role;
    const policy::Subject subject{.user = person + 1,
                                  .org = company,
                                  .role = role == capability::Role::admin        ? policy::Role::admin
                                          : role == capability::Role::file_admin ? policy::Role::file_admin
                                                                                 : policy::Role::user,
                                  .groups = groups,
                                  .live = true};
    return ask(subject, policy::Chain{chain});
  }
  // What core/policy says of the same.
  policy::Decision decide(std::size_t person, const std::string& path, policy::Action action) const {
    return with_policy(person, path, [&](const policy::Subject& subject, policy::Chain chain) {
      return policy::decide(subject, action, chain, 1);
    });
  }
};

inline std::string below(const std::string& path, std::string_view name) {
  return path == "/" ? cat('/', name) : cat(path, '/', name);
}

class World {
 public:
  World(Running& keeper, std::uint32_t seed)
      : random_{seed}, foreign_{keeper.sign_on("boss", capability::Role::admin, 2000)} {
    for (const std::string name : {"ann", "bob", "cid", "dan"})
      model_.people.push_back({name, capability::Role::user, {}});
    model_.people.push_back({"clerk", capability::Role::file_admin, {}});
    model_.people.push_back({"boss", capability::Role::admin, {}});
    for (Person& person : model_.people) {
      person.groups.assign(group_count, false);
      clients_.push_back(keeper.sign_on(person.name, person.role));
    }
    for (std::size_t i = 0; i < group_count; ++i) {
      groups_.push_back(boss().gate.ask(asks::CreateGroup{cat("Group ", i), ""}).value().id);
    }
    const auto id_at = [&](const std::string& path) {
      return boss().gate.ask(asks::Lookup{path}).value().folder.value().id;
    };
    model_.folders["/"] = {id_at("/"), "", policy::Inherit::none, {}, {}, 0};
    model_.folders["/Home"] = {id_at("/Home"), "/", policy::Inherit::always, {}, {}, 0};
    for (std::size_t i = 0; i < model_.people.size(); ++i) {
      const std::string path = cat("/Home/", model_.people[i].name);
      model_.folders[path] = {id_at(path), "/Home", policy::Inherit::none, i, {}, 0};
    }
  }

  void change() {
    switch (pick(12)) {
      case 0:
      case 1:
        return add_folder();
      case 2:
      case 3:
      case 4:
        return set_grant();
      case 5:
        return remove_grant();
      case 6:
        return change_membership();
      case 7:
        return move_folder();
      case 8:
      case 9:
        return add_link();
      case 10:
        return change_link();
      default:
        return change_inheritance();
    }
  }

 protected:
  static constexpr std::size_t group_count = 3;

  std::size_t pick(std::size_t count) { return random_() % count; }
  Client& boss() { return clients_.back(); }
  std::string any_folder() {
    auto folder = model_.folders.begin();
    std::advance(folder, static_cast<std::ptrdiff_t>(pick(model_.folders.size())));
    return folder->first;
  }
  std::string any_name() {
    constexpr std::array<std::string_view, 5> names{"a", "a-b", "a b", "x", "\xc3\xa9"};
    return std::string{names[pick(names.size())]};
  }
  bool is_built_in(const std::string& path) const { return path == "/" || path == "/Home"; }

  void add_folder() {
    const std::string parent = any_folder();
    const std::string path = below(parent, any_name());
    if (model_.folders.size() > 30 || model_.is_taken(parent, path.substr(path.rfind('/') + 1))) return;
    const auto inherit = static_cast<asks::Inherit>(pick(3));
    const std::uint32_t parent_id = model_.folders.at(parent).id;
    const auto made = boss().gate.ask(asks::CreateFolder{parent_id, path.substr(path.rfind('/') + 1), inherit});
    REQUIRE(made.ok());
    Node node{made->id, parent, static_cast<policy::Inherit>(static_cast<int>(inherit) + 1), {}, {}, 0};
    if (inherit == asks::Inherit::copy_only) {
      for (const auto& [holder, rights] : model_.in_force(parent)) {
        if (!rights.empty()) node.entries[holder] = {rights, false};
      }
    }
    node.file = boss().upload(made->id, "file", 1).value().id;
    model_.folders[path] = std::move(node);
  }
  Holder any_holder() {
    const bool is_group = pick(2) == 0;
    return {is_group, pick(is_group ? group_count : clients_.size() - 1)};
  }
  std::string holder_name(Holder holder) const {
    return holder.first ? cat(groups_[holder.second]) : model_.people[holder.second].name;
  }
  void set_grant() {
    const std::string path = any_folder();
    const Holder holder = any_holder();
    Node& node = model_.folders.at(path);
    if (!holder.first && node.home_of == holder.second) return;
    const Rights rights = pick(4) == 0 ? Rights{} : Rights::from_bits(pick(512));
    const bool adds = pick(2) == 0;
    asks::SetGrant ask{node.id, holder_name(holder), rights.bits(), holder.first};
    ask.behaviour = adds ? asks::Behaviour::add_to_inherited : asks::Behaviour::override_inherited;
    const bool useless = rights.empty() && (adds || !model_.in_force(path).contains(holder));
    CHECK(boss().gate.ask(ask).ok() == !useless);
    if (!useless) node.entries[holder] = {rights, adds};
  }
  void remove_grant() {
    const std::string path = any_folder();
    Node& node = model_.folders.at(path);
    const Holder holder = any_holder();
    const bool there = node.entries.erase(holder) > 0;
    CHECK(boss().gate.ask(asks::RemoveGrant{node.id, holder_name(holder), holder.first}).ok() == there);
  }
  void change_membership() {
    const std::size_t person = pick(clients_.size() - 1);
    const std::size_t group = pick(group_count);
    const bool member = model_.people[person].groups[group];
    const std::string& name = model_.people[person].name;
    if (member)
      REQUIRE(boss().gate.ask(asks::RemoveMember{groups_[group], name}).ok());
    else
      REQUIRE(boss().gate.ask(asks::AddMembers{groups_[group], {name}}).ok());
    model_.people[person].groups[group] = !member;
  }
  void move_folder() {
    const std::string from = any_folder();
    const std::string parent = any_folder();
    const std::string to = below(parent, any_name());
    if (is_built_in(from) || from == to) return;
    const bool within = (to + '/').starts_with(from + '/');
    const bool possible = !within && !model_.is_taken(parent, to.substr(to.rfind('/') + 1));
    CHECK(boss().gate.ask(asks::Move{from, to, false}).ok() == possible);
    if (!possible) return;
    std::map<std::string, Node> moved;
    for (auto& [path, node] : model_.folders) {
      const bool inside = path == from || path.starts_with(from + '/');
      if (inside) node.parent = path == from ? parent : to + node.parent.substr(from.size());
      moved.emplace(inside ? to + path.substr(from.size()) : path, std::move(node));
    }
    model_.folders = std::move(moved);
  }
  bool may_link(std::size_t person, std::uint32_t parent, std::uint32_t target) const {
    return model_.rights(person, model_.path_of(parent)).has(Right::admin) &&
           model_.rights(person, model_.path_of(target)).has(Right::admin);
  }
  void add_link() {
    const std::size_t person = pick(3) == 0 ? pick(clients_.size()) : clients_.size() - 1;
    const std::string parent = any_folder();
    const std::string target = any_folder();
    const std::string name = any_name();
    const bool loops = target == "/" || (parent + '/').starts_with(target + '/');
    VirtualFolder made{model_.folders.at(parent).id, name, model_.folders.at(target).id, 0};
    const auto answer = clients_[person].gate.ask(asks::CreateVirtual{made.parent, name, made.target});
    CHECK(answer.ok() == (may_link(person, made.parent, made.target) && !loops && !model_.is_taken(parent, name)));
    if (!answer.ok()) return;
    made.id = answer->id;
    model_.links.push_back(made);
  }
  void change_link() {
    if (model_.links.empty()) return;
    const std::size_t index = pick(model_.links.size());
    VirtualFolder& link = model_.links[index];
    const std::size_t person = pick(clients_.size());
    const bool may = may_link(person, link.parent, link.target);
    if (pick(2) == 0) {
      CHECK(clients_[person].gate.ask(asks::DeleteVirtual{link.id}).ok() == may);
      if (may) model_.links.erase(model_.links.begin() + static_cast<std::ptrdiff_t>(index));
      return;
    }
    const std::string name = any_name();
    const bool free = name == link.name || !model_.is_taken(model_.path_of(link.parent), name);
    CHECK(clients_[person].gate.ask(asks::RenameVirtual{link.id, name}).ok() == (may && free));
    if (may && free) link.name = name;
  }
  void change_inheritance() {
    const std::string path = any_folder();
    if (is_built_in(path)) return;
    Node& node = model_.folders.at(path);
    const bool inherits = node.inherit == policy::Inherit::always;
    const auto held = model_.in_force(path);
    asks::ChangeFolder ask{node.id, {}, {}};
    ask.inherit_access = !inherits;
    REQUIRE(boss().gate.ask(ask).ok());
    node.inherit = inherits ? policy::Inherit::copy : policy::Inherit::always;
    if (!inherits) return;
    node.entries.clear();
    for (const auto& [holder, rights] : held) {
      if (!rights.empty()) node.entries[holder] = {rights, false};
    }
  }

  std::mt19937 random_;
  Model model_;
  Client foreign_;
  std::vector<Client> clients_;  // the last is the boss
  std::vector<std::uint32_t> groups_;
};

}  // namespace bulkhead::keeper::access_model
