#include "core/policy/decide.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "core/path/path.h"

using namespace bulkhead;
using namespace bulkhead::policy;

namespace {

static_assert(chain_size_max == path_depth_max + 1);

constexpr UnixMs now = 1'000'000;
constexpr OrgId acme = 10;
constexpr OrgId other = 11;
constexpr UserId ada = 1;
constexpr UserId bob = 2;
constexpr GroupId staff = 100;
constexpr GroupId sales = 101;
constexpr std::array<GroupId, 1> in_staff{staff};
constexpr std::array<GroupId, 2> in_both{staff, sales};

constexpr auto over = Behaviour::override_inherited;
constexpr auto add = Behaviour::add_to_inherited;
constexpr Rights read_list{Right::read_files, Right::list_files};

Subject user_ada() {
  return {.user = ada, .org = acme, .role = Role::user, .groups = in_staff, .live = true};
}
Subject with_role(Role role) {
  return {.user = ada, .org = acme, .role = role, .groups = {}, .live = true};
}

Grant to_user(GrantId id, UserId user, Rights rights, Behaviour behaviour = over) {
  return {.id = id, .holder = Holder::user, .holder_id = user, .rights = rights, .behaviour = behaviour};
}
Grant to_group(GrantId id, GroupId group, Rights rights, Behaviour behaviour = over) {
  return {.id = id, .holder = Holder::group, .holder_id = group, .rights = rights, .behaviour = behaviour};
}

struct Level {
  Inherit inherit = Inherit::always;
  std::vector<Grant> grants;
  UserId home_of = 0;
};

// Folders 1, 2, 3, ... below each other. The levels must outlive the chain.
std::vector<Folder> chain_of(const std::vector<Level>& levels, OrgId org = acme) {
  std::vector<Folder> chain;
  for (const Level& level : levels) {
    const FolderId id = chain.size() + 1;
    chain.push_back({.id = id,
                     .parent = id - 1,
                     .org = org,
                     .home_of = level.home_of,
                     .inherit = level.inherit,
                     .grants = level.grants});
  }
  return chain;
}

struct Row {
  std::string_view what;
  std::vector<Level> levels;
  Subject subject;
  Action action;
  Decision expected;
};

void check(const std::vector<Row>& table) {
  for (const Row& row : table) {
    CAPTURE(row.what);
    const std::vector<Folder> chain = chain_of(row.levels);
    const Decision decision = decide(row.subject, row.action, chain, now);
    CHECK(static_cast<int>(decision.verdict) == static_cast<int>(row.expected.verdict));
    CHECK(static_cast<int>(decision.reason) == static_cast<int>(row.expected.reason));
    CHECK(decision.folder == row.expected.folder);
    CHECK(decision.grant == row.expected.grant);
  }
}

Decision allowed(Reason reason, FolderId folder = 0, GrantId grant = 0) {
  return {Verdict::allowed, reason, folder, grant};
}
Decision denied(Reason reason, FolderId folder = 0, GrantId grant = 0) {
  return {Verdict::denied, reason, folder, grant};
}
Decision not_found(Reason reason) {
  return {Verdict::not_found, reason, 0, 0};
}

}  // namespace

TEST_CASE("a decision that nobody made is a denial") {
  const Decision decision;
  CHECK_FALSE(decision.allowed());
  CHECK_FALSE(decide({}, Action::view_folder, {}, now).allowed());
}

TEST_CASE("grants: own, group, inherited, overridden, added, expired") {
  const Subject subject = user_ada();
  Grant expired = to_user(7, ada, read_list);
  expired.until = now;
  Grant running = to_user(7, ada, read_list);
  running.until = now + 1;
  Grant expired_override = to_user(8, ada, Rights{});
  expired_override.until = now - 1;
  check({
      {"no grants at all", {{}, {}}, subject, Action::view_folder, not_found(Reason::no_grant)},
      {"a grant to somebody else",
       {{}, {Inherit::always, {to_user(7, bob, Rights::all())}}},
       subject,
       Action::view_folder,
       not_found(Reason::no_grant)},
      {"a grant to a group he is not in",
       {{}, {Inherit::always, {to_group(7, sales, Rights::all())}}},
       subject,
       Action::read_file,
       not_found(Reason::no_grant)},
      {"a group with the number of the user",
       {{Inherit::none, {to_group(7, ada, Rights::all())}}},
       subject,
       Action::read_file,
       not_found(Reason::no_grant)},
      {"own grant",
       {{}, {Inherit::always, {to_user(7, ada, read_list)}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 2, 7)},
      {"own grant without the right",
       {{}, {Inherit::always, {to_user(7, ada, read_list)}}},
       subject,
       Action::write_file,
       denied(Reason::right_not_granted, 2, 7)},
      {"group grant",
       {{}, {Inherit::always, {to_group(7, staff, read_list)}}},
       subject,
       Action::list_files,
       allowed(Reason::grant, 2, 7)},
      {"a grant without rights shows nothing",
       {{Inherit::none, {to_user(7, ada, Rights{})}}},
       subject,
       Action::view_folder,
       not_found(Reason::no_grant)},
      {"inherited",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {}, {}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 1, 7)},
      {"a folder without inheritance",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::none, {}}, {}},
       subject,
       Action::view_folder,
       not_found(Reason::no_grant)},
      {"a folder that copied does not follow",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::copy, {}}},
       subject,
       Action::read_file,
       not_found(Reason::no_grant)},
      {"a folder that copied has its own",
       {{}, {Inherit::copy, {to_user(9, ada, read_list)}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 2, 9)},
      {"overridden to nothing",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::always, {to_user(8, ada, Rights{})}}},
       subject,
       Action::view_folder,
       not_found(Reason::no_grant)},
      {"overridden to less",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::always, {to_user(8, ada, Right::list_files)}}},
       subject,
       Action::read_file,
       denied(Reason::right_not_granted, 2, 8)},
      {"added",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::always, {to_user(8, ada, Right::write_files, add)}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 1, 7)},
      {"what was added",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::always, {to_user(8, ada, Right::write_files, add)}}},
       subject,
       Action::write_file,
       allowed(Reason::grant, 2, 8)},
      {"overriding the user leaves what his group inherits",
       {{Inherit::none, {to_group(6, staff, read_list), to_user(7, ada, Rights::all())}},
        {Inherit::always, {to_user(8, ada, Rights{})}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 1, 6)},
      {"the nearest of several decides",
       {{Inherit::none, {to_group(6, staff, read_list)}}, {Inherit::always, {to_user(7, ada, read_list)}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 2, 7)},
      {"rename needs two rights, from two entries",
       {{Inherit::none, {to_group(6, staff, Right::write_files)}},
        {Inherit::always, {to_user(7, ada, Right::delete_files)}}},
       subject,
       Action::rename_file,
       allowed(Reason::grant, 2, 7)},
      {"rename with one of them",
       {{Inherit::none, {to_user(7, ada, Right::write_files)}}},
       subject,
       Action::rename_file,
       denied(Reason::right_not_granted, 1, 7)},
      {"a blind drop box takes files",
       {{Inherit::none, {to_user(7, ada, Right::write_files)}}},
       subject,
       Action::write_file,
       allowed(Reason::grant, 1, 7)},
      {"and shows none",
       {{Inherit::none, {to_user(7, ada, Right::write_files)}}},
       subject,
       Action::list_files,
       denied(Reason::right_not_granted, 1, 7)},
      {"expired at this very moment",
       {{Inherit::none, {expired}}},
       subject,
       Action::read_file,
       not_found(Reason::no_grant)},
      {"one moment before", {{Inherit::none, {running}}}, subject, Action::read_file, allowed(Reason::grant, 1, 7)},
      {"an expired override does not count either",
       {{Inherit::none, {to_user(7, ada, read_list)}}, {Inherit::always, {expired_override}}},
       subject,
       Action::read_file,
       allowed(Reason::grant, 1, 7)},
  });
}

TEST_CASE("homes and roles") {
  const Subject admin = with_role(Role::admin);
  const Subject file_admin = with_role(Role::file_admin);
  const Subject system_admin = with_role(Role::system_admin);
  Subject suspended = user_ada();
  suspended.live = false;
  Subject nobody = user_ada();
  nobody.user = 0;
  const std::vector<Level> home{{}, {Inherit::none, {}, ada}};
  const std::vector<Level> below_home{{}, {Inherit::none, {}, ada}, {Inherit::none, {to_user(8, ada, Rights{})}}};
  const std::vector<Level> granted{{Inherit::none, {to_user(7, ada, Rights::all())}}};
  check({
      {"his home", home, user_ada(), Action::change_settings, allowed(Reason::home_owner, 2)},
      {"below his home", below_home, user_ada(), Action::read_file, allowed(Reason::home_owner, 2)},
      {"the home of another",
       {{}, {Inherit::none, {}, bob}},
       user_ada(),
       Action::view_folder,
       not_found(Reason::no_grant)},
      {"above his home", {{}}, user_ada(), Action::view_folder, not_found(Reason::no_grant)},
      {"admin reads", {{}, {Inherit::none, {}, bob}}, admin, Action::read_file, allowed(Reason::role)},
      {"admin changes settings", {{}}, admin, Action::change_settings, allowed(Reason::role)},
      {"admin is not mailed by role", {{}}, admin, Action::receive_notice, denied(Reason::right_not_granted)},
      {"admin is mailed by a grant",
       {{Inherit::none, {to_user(7, ada, Right::notify)}}},
       admin,
       Action::receive_notice,
       allowed(Reason::grant, 1, 7)},
      {"file admin reads", {{}, {Inherit::none, {}, bob}}, file_admin, Action::read_file, allowed(Reason::role)},
      {"file admin writes", {{}}, file_admin, Action::write_file, allowed(Reason::role)},
      {"file admin has no settings", {{}}, file_admin, Action::change_settings, denied(Reason::right_not_granted)},
      {"file admin does not share", {{}}, file_admin, Action::share, denied(Reason::right_not_granted)},
      {"system admin reads nothing, even with a grant", granted, system_admin, Action::read_file,
       denied(Reason::system_admin)},
      {"nor in a home of his", home, system_admin, Action::list_files, denied(Reason::system_admin)},
      {"suspended", granted, suspended, Action::view_folder, not_found(Reason::not_live)},
      {"nobody",
       {{Inherit::none, {to_user(7, 0, Rights::all())}}},
       nobody,
       Action::view_folder,
       not_found(Reason::not_live)},
  });
}

TEST_CASE("across organisations there is nothing, for every role, action and grant") {
  const std::vector<Level> levels{
      {Inherit::none, {to_user(7, ada, Rights::all()), to_group(8, staff, Rights::all())}, ada}};
  const std::vector<Folder> chain = chain_of(levels, other);
  for (const Role role : {Role::user, Role::file_admin, Role::admin, Role::system_admin}) {
    Subject subject = user_ada();
    subject.role = role;
    for (int action = 1; action <= static_cast<int>(action_max); ++action) {
      CHECK(decide(subject, static_cast<Action>(action), chain, now) == not_found(Reason::other_org));
    }
    CHECK(effective(subject, chain, now).empty());
  }
}

TEST_CASE("a chain that is none is refused, even to an admin") {
  const Subject admin = with_role(Role::admin);
  const std::vector<Level> three{{}, {}, {}};
  const auto refused = [&](Chain chain) {
    return decide(admin, Action::view_folder, chain, now) == not_found(Reason::broken_chain) &&
           effective(admin, chain, now).empty();
  };
  CHECK_FALSE(refused(chain_of(three)));
  CHECK(refused({}));
  CHECK(refused(Chain{chain_of(three)}.subspan(1)));  // NOLINT: the vector lives until the end of the statement
  auto gap = chain_of(three);
  gap.erase(gap.begin() + 1);
  CHECK(refused(gap));
  auto mixed = chain_of(three);
  mixed[1].org = other;
  CHECK(refused(mixed));
  CHECK(refused(chain_of(three, 0)));
  CHECK_FALSE(refused(chain_of(std::vector<Level>(chain_size_max))));
  CHECK(refused(chain_of(std::vector<Level>(chain_size_max + 1))));
  const std::vector<Level> crowded{{Inherit::none, std::vector<Grant>(folder_grants_max + 1)}};
  CHECK(refused(chain_of(crowded)));
}

TEST_CASE("groups that are out of order, or too many, are refused: one of them might be missed") {
  const std::vector<Level> levels{{Inherit::none, {to_group(7, staff, Rights::all())}}};
  const std::vector<Folder> chain = chain_of(levels);
  std::vector<GroupId> groups{staff, sales};
  Subject subject = user_ada();
  subject.groups = groups;
  CHECK(decide(subject, Action::read_file, chain, now).allowed());
  std::swap(groups[0], groups[1]);
  CHECK(decide(subject, Action::read_file, chain, now) == not_found(Reason::broken_chain));
  groups.resize(groups_max + 1, sales);
  std::ranges::sort(groups);
  subject.groups = groups;
  CHECK(decide(subject, Action::read_file, chain, now) == not_found(Reason::broken_chain));
  CHECK(effective(subject, chain, now).empty());
  CHECK(givable(subject, chain, now).empty());
}

TEST_CASE("values that are no action, role or right give nothing") {
  const std::vector<Level> levels{{Inherit::none, {to_user(7, ada, Rights::all().without(Right::notify))}}};
  const std::vector<Folder> chain = chain_of(levels);
  CHECK_FALSE(decide(user_ada(), static_cast<Action>(0), chain, now).allowed());
  CHECK_FALSE(decide(user_ada(), static_cast<Action>(99), chain, now).allowed());
  CHECK(effective(with_role(static_cast<Role>(99)), chain_of({{}}), now).empty());
  CHECK(Rights::from_bits(UINT64_MAX) == Rights::all());
}

TEST_CASE("what may be handed on: all of an administrator's, of a sharer what his entries say and he has") {
  const auto givable_with = [](Rights rights, Rights share, Rights by_group = {}) {
    Grant own = to_user(7, ada, rights);
    own.share = share;
    const std::vector<Level> levels{{Inherit::none, {own, to_group(8, staff, by_group)}}};
    return givable(user_ada(), chain_of(levels), now);
  };
  CHECK(givable_with(Rights::all().without({Right::share, Right::admin}), sharable).empty());
  CHECK(givable_with({Right::admin, Right::list_files}, {}) == Rights{Right::admin, Right::list_files, Right::notify});
  CHECK(givable_with({Right::share, Right::read_files}, sharable) == Rights{Right::read_files});
  CHECK(givable_with({Right::share, Right::read_files}, Right::list_files).empty());
  CHECK(givable_with({Right::share, Right::read_files}, Rights::all()) == Rights{Right::read_files});
  CHECK(givable_with(Right::share, sharable, read_list) == read_list);
  CHECK(givable_with(Right::read_files, sharable, Right::share).empty());  // the group's entry says nothing to hand on
  CHECK(givable(with_role(Role::admin), chain_of({{}}), now) == Rights::all());
  CHECK(givable(with_role(Role::file_admin), chain_of({{}}), now).empty());
  CHECK(givable(with_role(Role::system_admin), chain_of({{}}), now).empty());
}

TEST_CASE("an auditor sees what there is, and neither reads nor changes it, whatever he is granted") {
  const Subject auditor = with_role(Role::auditor);
  const std::vector<Level> everything{{Inherit::none, {to_user(7, ada, Rights::all())}, ada}};
  CHECK(effective(auditor, chain_of(everything), now) == Rights{Right::list_files, Right::list_users});
  CHECK(givable(auditor, chain_of(everything), now).empty());
  for (int number = 1; number <= static_cast<int>(action_max); ++number) {
    const auto action = static_cast<Action>(number);
    const bool looks = action == Action::view_folder || action == Action::list_files || action == Action::list_users;
    CHECK(decide(auditor, action, chain_of(everything), now).allowed() == looks);
  }
  const std::vector<Level> reading{{Inherit::none, {to_user(7, ada, Right::read_files)}}};
  CHECK(decide(auditor, Action::read_file, chain_of(reading), now).verdict == Verdict::not_found);
  CHECK(decide(auditor, Action::view_folder, chain_of({{}}), now).verdict == Verdict::not_found);
}

TEST_CASE("each action needs its own right, and no other gives it") {
  for (int number = 2; number <= static_cast<int>(action_max); ++number) {
    const auto action = static_cast<Action>(number);
    const Rights needed = needed_for(action);
    CAPTURE(number);
    REQUIRE_FALSE(needed.empty());
    const std::vector<Level> enough{{Inherit::none, {to_user(7, ada, needed)}}};
    const std::vector<Level> all_others{{Inherit::none, {to_user(7, ada, Rights::all().without(needed))}}};
    CHECK(decide(user_ada(), action, chain_of(enough), now).allowed());
    CHECK_FALSE(decide(user_ada(), action, chain_of(all_others), now).allowed());
  }
}

TEST_CASE("property: grants to others and the order of grants change nothing; effective() agrees with decide()") {
  std::mt19937 random{11};  // NOLINT: the same run each time
  const auto pick = [&](std::uint64_t count) { return random() % count; };
  int granted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Level> levels(1 + pick(4));
    for (Level& level : levels) {
      level.inherit = static_cast<Inherit>(1 + pick(3));
      if (pick(8) == 0) level.home_of = ada;
      for (std::uint64_t count = pick(4); count > 0; --count) {
        Grant grant = pick(2) == 0 ? to_user(pick(1000), ada, Rights::from_bits(pick(512)))
                                   : to_group(pick(1000), pick(2) == 0 ? staff : sales, Rights::from_bits(pick(512)));
        grant.behaviour = pick(2) == 0 ? over : add;
        level.grants.push_back(grant);
      }
    }
    Subject subject = user_ada();
    subject.groups = in_both;
    const Rights before = effective(subject, chain_of(levels), now);

    std::vector<Level> more = levels;
    for (Level& level : more) {
      level.grants.push_back(to_user(5000, bob, Rights::from_bits(pick(512)), pick(2) == 0 ? over : add));
      level.grants.insert(level.grants.begin(),
                          to_group(5001, 999, Rights::from_bits(pick(512)), pick(2) == 0 ? over : add));
      if (level.home_of == 0) level.home_of = bob;
    }
    std::vector<Level> shuffled = levels;
    for (Level& level : shuffled) std::shuffle(level.grants.begin(), level.grants.end(), random);
    REQUIRE(effective(subject, chain_of(shuffled), now) == before);

    for (int number = 1; number <= static_cast<int>(action_max); ++number) {
      const auto action = static_cast<Action>(number);
      const Decision decision = decide(subject, action, chain_of(levels), now);
      REQUIRE(decision == decide(subject, action, chain_of(more), now));
      REQUIRE(decision.allowed() == (!before.empty() && before.has(needed_for(action))));
      REQUIRE((decision.verdict == Verdict::not_found) == before.empty());
      granted += decision.allowed() ? 1 : 0;
    }
  }
  CHECK(granted > 5000);
}
