// Groups: who may make and fill them, that entries for them hold, and that a change counts at once.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using asks::Relationship;
using capability::Role;
using policy::Right;
using policy::Rights;

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

asks::SetGrant to_group(std::uint32_t folder, std::uint32_t group, Rights rights,
                        asks::Behaviour behaviour = asks::Behaviour::override_inherited) {
  asks::SetGrant ask{folder, cat(group), rights.bits(), true};
  ask.behaviour = behaviour;
  return ask;
}

std::uint32_t make_folder(Client& who, std::uint32_t parent, const std::string& name) {
  return who.gate.ask(asks::CreateFolder{parent, name, asks::Inherit::always}).value().id;
}

std::vector<std::string> subfolder_names(Client& who, std::uint32_t folder) {
  std::vector<std::string> found;
  asks::ListEntries ask;
  ask.folder = folder;
  const auto page = who.gate.ask(ask).value();
  for (const asks::EntryRow& row : page.rows) found.push_back(row.name);
  return found;
}

struct Staff {
  Running keeper;
  Client boss = keeper.sign_on("boss", Role::admin);
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client cid = keeper.sign_on("cid");
  std::uint32_t staff = boss.gate.ask(asks::CreateGroup{"Staff", "all of them"}).value().id;

  Errc add(Client& who, std::uint32_t group, std::vector<std::string> users,
           std::optional<Relationship> relationship = {}) {
    return outcome(who.gate.ask(asks::AddMembers{group, std::move(users), relationship}));
  }
  Errc take(Client& who, std::uint32_t group, const std::string& user) {
    return outcome(who.gate.ask(asks::RemoveMember{group, user}));
  }
  Result<asks::ListMembers::Reply> members(Client& who, std::uint32_t group) {
    return who.gate.ask(asks::ListMembers{group, {0, 100, false}});
  }
  std::uint64_t groups(Client& who) { return who.gate.ask(asks::ListGroups{{0, 100, false}}).value().total; }
};

TEST_CASE("administrators make groups; group administrators fill their own") {
  Staff at;
  CHECK(at.staff >= 100'000'000);
  CHECK(outcome(at.ann.gate.ask(asks::CreateGroup{"Mine", ""})) == Errc::denied);
  for (const std::string name : {"STAFF", "\xef\xbc\xb3taff"})  // full width S
    CHECK_MESSAGE(outcome(at.boss.gate.ask(asks::CreateGroup{name, ""})) == Errc::conflict, name);
  for (const std::string name : {"", ".", "a/b", "x\n", "\xff"})
    CHECK_MESSAGE(outcome(at.boss.gate.ask(asks::CreateGroup{name, ""})) == Errc::invalid, name);
  CHECK(outcome(at.boss.gate.ask(asks::CreateGroup{"d", std::string(5'000, 'x')})) == Errc::too_large);
  const std::uint32_t other = at.boss.gate.ask(asks::CreateGroup{"Other", ""}).value().id;

  CHECK(at.add(at.boss, at.staff, {"ann", "nobody", "bob"}) == Errc::invalid);
  CHECK(at.members(at.boss, at.staff).value().total == 0);
  CHECK(at.add(at.boss, at.staff, {"ann"}, Relationship::group_admin) == Errc{});
  CHECK(at.add(at.boss, at.staff, {"ann", "bob", "bob"}) == Errc{});
  CHECK(at.add(at.boss, at.staff, std::vector<std::string>(1'001, "ann")) == Errc::too_large);
  CHECK(at.add(at.ann, at.staff, {"cid"}) == Errc{});
  CHECK(at.add(at.ann, at.staff, {"bob"}, Relationship::group_admin) == Errc::denied);
  CHECK(at.add(at.ann, other, {"ann"}) == Errc::not_found);
  CHECK(at.take(at.ann, other, "ann") == Errc::not_found);
  const auto members = at.members(at.ann, at.staff).value();
  REQUIRE(members.total == 3);
  REQUIRE(members.rows.size() == 3);
  CHECK(members.rows[0].name == "ann");
  CHECK(members.rows[0].relationship == Relationship::group_admin);
  CHECK(members.rows[2].name == "cid");
  CHECK(members.rows[2].relationship == Relationship::member);

  CHECK(outcome(at.members(at.bob, at.staff)) == Errc::denied);  // he knows of it
  CHECK(at.add(at.bob, at.staff, {"cid"}) == Errc::denied);
  CHECK(outcome(at.members(at.bob, other)) == Errc::not_found);
  CHECK(outcome(at.members(at.bob, at.staff ^ 1U)) == Errc::not_found);
  CHECK(at.groups(at.bob) == 1);
  CHECK(at.groups(at.boss) == 2);
  CHECK(at.boss.gate.ask(asks::AddMembers{at.staff, {"bob"}, Relationship::group_admin}).ok());
  CHECK(at.take(at.ann, at.staff, "bob") == Errc::denied);
  CHECK(at.take(at.ann, at.staff, "cid") == Errc{});
  CHECK(at.take(at.ann, at.staff, "cid") == Errc::not_found);
  CHECK(at.take(at.ann, at.staff, "ann") == Errc{});  // himself
  CHECK(at.groups(at.ann) == 0);

  const auto own = at.bob.gate.ask(asks::UserGroups{"", {0, 10, false}}).value();
  REQUIRE(own.rows.size() == 1);
  CHECK(own.rows[0].name == "Staff");
  CHECK(own.rows[0].relationship == Relationship::group_admin);
  CHECK(outcome(at.bob.gate.ask(asks::UserGroups{"BOB", {0, 10, false}})) == Errc{});
  CHECK(outcome(at.bob.gate.ask(asks::UserGroups{"ann", {0, 10, false}})) == Errc::not_found);
  CHECK(at.boss.gate.ask(asks::UserGroups{"bob", {0, 10, false}}).value().total == 1);
  CHECK(outcome(at.boss.gate.ask(asks::UserGroups{"nobody", {0, 10, false}})) == Errc::not_found);
  Client root = at.keeper.sign_on("root", Role::sys_admin);
  CHECK(outcome(root.gate.ask(asks::ListGroups{})) == Errc::denied);
  CHECK(outcome(root.gate.ask(asks::CreateGroup{"Roots", ""})) == Errc::denied);
}

TEST_CASE("R-050: what a group may do, a member may from his next ask on, and no longer when he is taken out") {
  Staff at;
  const std::uint32_t home = at.ann.home();
  const asks::FileRow file = at.ann.upload(home, "report").value();
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc{});
  at.ann.gate.ask(to_group(home, at.staff, {Right::read_files, Right::list_files, Right::write_files})).value();
  CHECK(at.bob.gate.ask(asks::GetFile{file.id}).ok());
  CHECK(at.bob.porter.ask(asks::LeaseRead{file.id, file.version}).ok());
  CHECK(outcome(at.cid.gate.ask(asks::GetFile{file.id})) == Errc::not_found);
  const std::uint64_t draft = at.bob.draft(home, "unfinished").value();

  CHECK(at.take(at.boss, at.staff, "bob") == Errc{});
  CHECK(outcome(at.bob.gate.ask(asks::GetFile{file.id})) == Errc::not_found);
  CHECK(outcome(at.bob.porter.ask(asks::LeaseRead{file.id, file.version})) == Errc::not_found);
  CHECK_FALSE(at.bob.porter.ask(Client::commit_of(draft, 1, true)).ok());
  CHECK(outcome(at.bob.gate.ask(asks::Lookup{"/Home/ann"})) == Errc::not_found);
  CHECK(at.add(at.boss, at.staff, {"cid", "bob"}) == Errc{});
  CHECK(at.cid.gate.ask(asks::GetFile{file.id}).ok());
  at.ann.gate.ask(asks::RemoveGrant{home, "sTAFF", true}).value();
  CHECK(outcome(at.cid.gate.ask(asks::GetFile{file.id})) == Errc::not_found);
}

TEST_CASE("a user and his group are different holders") {
  Staff at;
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc{});
  const std::uint32_t top = make_folder(at.ann, at.ann.home(), "top");
  const std::uint32_t inner = make_folder(at.ann, top, "inner");
  const auto rights = [&](Client& who, std::uint32_t folder) {
    const auto row = who.gate.ask(asks::GetFolder{folder});
    return row.ok() ? row->rights : 0;
  };
  constexpr Rights read_list{Right::read_files, Right::list_files};
  at.ann.gate.ask(to_group(top, at.staff, read_list)).value();
  at.ann.gate.ask(asks::SetGrant{top, "bob", Rights{Right::write_files}.bits()}).value();
  CHECK(rights(at.bob, inner) == Rights{Right::read_files, Right::list_files, Right::write_files}.bits());
  at.ann.gate.ask(to_group(inner, at.staff, {})).value();  // takes away what the group has, not what he has
  CHECK(rights(at.bob, inner) == Rights{Right::write_files}.bits());
  at.ann.gate.ask(to_group(inner, at.staff, Right::notify, asks::Behaviour::add_to_inherited)).value();
  at.ann.gate.ask(asks::SetGrant{inner, "bob", 0}).value();
  CHECK(rights(at.bob, inner) == Rights{Right::read_files, Right::list_files, Right::notify}.bits());
  at.ann.gate.ask(to_group(inner, at.staff, {})).value();
  CHECK(outcome(at.bob.gate.ask(asks::GetFolder{inner})) == Errc::not_found);
  CHECK(rights(at.bob, top) != 0);

  const asks::FolderRow row = at.ann.gate.ask(asks::GetFolder{top}).value();
  CHECK(std::pair{row.shared_users, row.shared_groups} == std::pair{1U, 1U});
  CHECK(at.ann.gate.ask(asks::GetFolder{inner}).value().is_shared == false);
}

TEST_CASE("ways to what a group may see, and no neighbour of a like name") {
  Staff at;
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc{});
  const std::uint32_t home = at.ann.home();
  const std::uint32_t top = make_folder(at.ann, home, "a");
  const std::uint32_t deep = make_folder(at.ann, make_folder(at.ann, top, "x"), "y");
  const std::uint32_t dash = make_folder(at.ann, home, "a-b");
  const std::uint32_t space = make_folder(at.ann, home, "a b");
  make_folder(at.ann, home, "b");
  at.ann.gate.ask(to_group(deep, at.staff, Right::list_files)).value();
  CHECK(subfolder_names(at.bob, home) == std::vector<std::string>{"a"});
  CHECK(outcome(at.bob.gate.ask(asks::Lookup{"/Home/ann/a-b"})) == Errc::not_found);
  at.ann.gate.ask(to_group(dash, at.staff, Right::list_files)).value();
  at.ann.gate.ask(asks::SetGrant{space, "bob", Rights{Right::list_files}.bits()}).value();
  CHECK(subfolder_names(at.bob, home) == std::vector<std::string>{"a", "a b", "a-b"});
  CHECK(at.bob.gate.ask(asks::ListFolders{0, "", "/Home/ann*", asks::FolderSort::path, {0, 9, false}}).value().total ==
        3);
  at.ann.gate.ask(asks::RemoveGrant{deep, cat(at.staff), true}).value();
  CHECK(subfolder_names(at.bob, home) == std::vector<std::string>{"a b", "a-b"});
  CHECK(at.take(at.boss, at.staff, "bob") == Errc{});
  CHECK(subfolder_names(at.bob, home) == std::vector<std::string>{"a b"});
}

TEST_CASE("R-052: organisations know nothing of each other's groups") {
  Staff at;
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc{});
  Client foreign = at.keeper.sign_on("chief", Role::admin, 2000);
  Client frank = at.keeper.sign_on("frank", Role::user, 2000);
  CHECK(at.groups(foreign) == 0);
  CHECK(outcome(at.members(foreign, at.staff)) == Errc::not_found);
  CHECK(at.add(foreign, at.staff, {"frank"}) == Errc::not_found);
  CHECK(at.take(foreign, at.staff, "bob") == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::UserGroups{"bob", {}})) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(to_group(frank.home(), at.staff, Right::list_files))) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::SetGrant{frank.home(), "Staff", 1, true})) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::RemoveGrant{frank.home(), cat(at.staff), true})) == Errc::not_found);
  CHECK(outcome(foreign.gate.ask(asks::Explain{"bob", 1, at.bob.home(), 0})) == Errc::not_found);
  CHECK(at.add(at.boss, at.staff, {"frank"}) == Errc::invalid);
  const std::uint32_t own = foreign.gate.ask(asks::CreateGroup{"Staff", ""}).value().id;  // the name is free there
  CHECK(at.add(foreign, own, {"frank"}) == Errc{});
  CHECK(outcome(at.members(at.boss, own)) == Errc::not_found);
  CHECK(at.groups(at.boss) == 1);
}

TEST_CASE("limits: groups of a user, members of a group, groups of an organisation, entries of a folder") {
  Staff at;
  const auto fill = [&](db::Sql sql, const auto&... binds) {
    at.keeper.in_loop([&] {
      at.keeper.store.turn
          .ask([&]() -> Result<void> {
            TRY(at.keeper.store.db.run(sql, binds...));
            return {};
          })
          .value();
      at.keeper.store.commit().value();
    });
  };
  fill("UPDATE groups SET member_count = 10000 WHERE id = $1", at.staff);
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc::too_large);
  fill("UPDATE groups SET member_count = 0 WHERE id = $1", at.staff);
  fill(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1024) "
      "INSERT INTO groups (id, organisation, name, folded_name, description, member_count) SELECT i, $1, i, i, '', 1 "
      "FROM n",
      company);
  fill(
      "INSERT INTO members (group_id, user, relationship) SELECT id, (SELECT number FROM users WHERE name = 'bob'), 0 "
      "FROM groups WHERE id < 1025");
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc::too_large);
  CHECK(at.add(at.boss, at.staff, {"cid"}) == Errc{});
  CHECK(at.take(at.boss, 7, "bob") == Errc{});
  CHECK(at.add(at.boss, at.staff, {"bob"}) == Errc{});
  const std::uint32_t home = at.ann.home();
  const std::uint32_t deep = make_folder(at.ann, make_folder(at.ann, home, "a"), "b");
  at.ann.gate.ask(to_group(deep, 1'000, Right::list_files)).value();
  CHECK(subfolder_names(at.bob, home) == std::vector<std::string>{"a"});  // with 1,024 groups

  fill(
      "INSERT INTO grants (folder, group_id, rights, share, behaviour, place) "
      "SELECT $1, id, 1, 0, 1, $2 FROM groups WHERE id < 1025",
      home, "\1Home\1ann");
  at.keeper.in_loop([&] { at.keeper.store.tree.clear(); });
  CHECK(outcome(at.ann.gate.ask(to_group(home, at.staff, Right::list_files))) == Errc::too_large);
  CHECK(at.ann.gate.ask(to_group(home, 5, Right::list_files)).ok());  // which is there
  CHECK(at.ann.gate.ask(asks::ListGrants{home, {0, 1'000, false}}).value().total == 1 + policy::folder_grants_max);
}

}  // namespace
}  // namespace bulkhead::keeper
