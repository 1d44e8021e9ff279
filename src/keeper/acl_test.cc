// Entries of folders as the interface changes them: whole, in part, what may be handed on, inheritance, and why.
#include "keeper/catalog_fixture.h"

namespace bulkhead::keeper {
namespace {

using capability::Role;
using policy::Action;
using policy::Reason;
using policy::Right;
using policy::Rights;
using policy::Verdict;

constexpr Rights read_list{Right::read_files, Right::list_files};
constexpr auto add = asks::Behaviour::add_to_inherited;

Errc outcome(const auto& result) {
  return result.ok() ? Errc{} : result.error().kind();
}

struct Home {
  Running keeper;
  Client boss = keeper.sign_on("boss", Role::admin);
  Client ann = keeper.sign_on("ann");
  Client bob = keeper.sign_on("bob");
  Client eve = keeper.sign_on("eve");
  std::uint32_t top = make(ann.home(), "top");
  std::uint32_t inner = make(top, "inner");

  std::uint32_t make(std::uint32_t parent, const std::string& name, asks::Inherit inherit = asks::Inherit::always) {
    return ann.gate.ask(asks::CreateFolder{parent, name, inherit}).value().id;
  }
  Result<asks::GrantRow> set(Client& who, std::uint32_t folder, const std::string& user, Rights rights,
                             asks::Behaviour behaviour = asks::Behaviour::override_inherited) {
    asks::SetGrant ask{folder, user, rights.bits()};
    ask.behaviour = behaviour;
    return who.gate.ask(ask);
  }
  Result<asks::GrantRow> patch(Client& who, std::uint32_t folder, const std::string& user, Rights named, Rights rights,
                               asks::Behaviour behaviour = add) {
    asks::SetGrant ask{folder, user, rights.bits(), false, behaviour, named.bits()};
    ask.existing = true;
    return who.gate.ask(ask);
  }
  std::uint16_t rights(Client& who, std::uint32_t folder) {
    const auto row = who.gate.ask(asks::GetFolder{folder});
    return row.ok() ? row->rights : std::uint16_t{};
  }
  std::vector<asks::GrantRow> list(Client& who, std::uint32_t folder) {
    return who.gate.ask(asks::ListGrants{folder, {0, 100, false}}).value().rows;
  }
};

TEST_CASE("an entry is changed in part, with what it inherits or over it") {
  Home at;
  CHECK(outcome(at.patch(at.ann, at.inner, "bob", Right::notify, Right::notify)) == Errc::not_found);
  at.set(at.ann, at.top, "bob", read_list).value();
  CHECK(at.patch(at.ann, at.inner, "bob", Right::write_files, Right::write_files).value().rights ==
        Rights{Right::read_files, Right::list_files, Right::write_files}.bits());
  at.set(at.ann, at.top, "bob", Right::read_files).value();  // what is added to follows
  CHECK(at.rights(at.bob, at.inner) == Rights{Right::read_files, Right::write_files}.bits());
  CHECK(at.patch(at.ann, at.inner, "bob", Right::write_files, {}, asks::Behaviour::override_inherited).ok());
  CHECK(at.rights(at.bob, at.inner) == 0);
  at.ann.gate.ask(asks::RemoveGrant{at.inner, "bob"}).value();
  CHECK(at.patch(at.ann, at.inner, "bob", Right::notify, Right::notify, asks::Behaviour::override_inherited)
            .value()
            .rights == Rights{Right::read_files, Right::notify}.bits());  // begins with what is inherited
  at.set(at.ann, at.top, "bob", read_list).value();
  CHECK(at.rights(at.bob, at.inner) == Rights{Right::read_files, Right::notify}.bits());
  CHECK(outcome(at.set(at.ann, at.top, "eve", {})) == Errc::invalid);
  CHECK(outcome(at.set(at.ann, at.inner, "bob", {}, add)) == Errc::invalid);
  CHECK(outcome(at.set(at.ann, at.ann.home(), "ann", read_list)) == Errc::denied);
  CHECK(outcome(at.set(at.boss, at.ann.home(), "ann", {})) == Errc::denied);
  CHECK(outcome(at.ann.gate.ask(asks::RemoveGrant{at.top, "eve"})) == Errc::not_found);

  const std::vector<asks::GrantRow> rows = at.list(at.ann, at.inner);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].is_editable);
  CHECK(rows[0].is_deletable);
  at.ann.gate.ask(asks::RemoveGrant{at.inner, "bob"}).value();
  const std::vector<asks::GrantRow> inherited = at.list(at.ann, at.inner);
  REQUIRE(inherited.size() == 1);
  CHECK(inherited[0].is_editable);
  CHECK_FALSE(inherited[0].is_deletable);
  const std::vector<asks::GrantRow> home = at.list(at.ann, at.ann.home());
  REQUIRE(home.size() == 1);
  CHECK(home[0].is_owner);
  CHECK_FALSE(home[0].is_editable);
}

TEST_CASE("sharing hands on what the entry says, and nothing that the giver has not") {
  Home at;
  asks::SetGrant ask{at.top, "bob", Rights{Right::share, Right::read_files, Right::list_files}.bits()};
  ask.share = Rights{Right::read_files, Right::write_files}.bits();
  CHECK(at.ann.gate.ask(ask).value().share == *ask.share);
  CHECK(at.set(at.bob, at.top, "eve", Right::read_files).ok());
  CHECK(outcome(at.set(at.bob, at.top, "eve", read_list)) == Errc::denied);           // may not hand on list
  CHECK(outcome(at.set(at.bob, at.top, "eve", Right::write_files)) == Errc::denied);  // may, and has not
  CHECK(at.patch(at.ann, at.top, "bob", Right::notify, Right::notify).value().share == *ask.share);  // stays
  ask.share = Rights{Right::admin}.bits();
  CHECK(outcome(at.ann.gate.ask(ask)) == Errc::invalid);
  ask.share.reset();
  at.ann.gate.ask(asks::RemoveGrant{at.top, "bob"}).value();
  CHECK(at.ann.gate.ask(ask).value().share == policy::sharable.bits());

  // Taking back what somebody inherits from above, or letting an inherited right through, is giving as well.
  at.set(at.ann, at.top, "eve", Rights{Right::read_files, Right::write_files}).value();
  CHECK(outcome(at.set(at.bob, at.inner, "eve", Right::read_files)) == Errc::denied);
  at.set(at.ann, at.inner, "eve", Right::read_files).value();
  CHECK(outcome(at.bob.gate.ask(asks::RemoveGrant{at.inner, "eve"})) == Errc::denied);
  CHECK(outcome(at.patch(at.bob, at.inner, "eve", Right::list_files, Right::list_files)) == Errc::denied);
  CHECK(at.set(at.bob, at.inner, "eve", read_list).ok());
  // An administrator of a folder who may not read cannot make another reader.
  at.set(at.ann, at.top, "bob", {Right::admin, Right::share, Right::list_files}).value();
  CHECK(outcome(at.set(at.bob, at.inner, "bob", Rights::all())) == Errc::denied);
  CHECK(at.set(at.bob, at.inner, "boss", {Right::share, Right::list_files}).value().share ==
        Rights{Right::list_files, Right::notify}.bits());
  const auto rows = at.list(at.bob, at.inner);
  const auto eve = std::ranges::find(rows, "eve", &asks::GrantRow::name);
  REQUIRE(eve != rows.end());
  CHECK_FALSE(eve->is_editable);
}

TEST_CASE(
    "a folder stops to inherit with what it inherited, and begins again only for what its administrator may give") {
  Home at;
  const std::uint32_t group = at.boss.gate.ask(asks::CreateGroup{"Group", ""}).value().id;
  at.boss.gate.ask(asks::AddMembers{group, {"eve"}}).value();
  at.set(at.ann, at.top, "bob", read_list).value();
  at.ann.gate.ask(asks::SetGrant{at.top, "group", Rights{Right::write_files}.bits(), true}).value();
  const auto inherit = [&](Client& who, std::uint32_t folder, bool inherits) {
    asks::ChangeFolder ask{folder, {}, {}};
    ask.inherit_access = inherits;
    return outcome(who.gate.ask(ask));
  };
  CHECK(at.ann.gate.ask(asks::GetFolder{at.inner}).value().inherits);
  CHECK(inherit(at.bob, at.inner, false) == Errc::denied);
  CHECK(inherit(at.ann, at.inner, false) == Errc{});
  CHECK_FALSE(at.ann.gate.ask(asks::GetFolder{at.inner}).value().inherits);
  at.set(at.ann, at.top, "bob", Right::write_files).value();
  CHECK(at.rights(at.bob, at.inner) == read_list.bits());
  CHECK(at.rights(at.eve, at.inner) == Rights{Right::write_files}.bits());
  at.ann.gate.ask(asks::RemoveGrant{at.inner, cat(group), true}).value();
  CHECK(at.rights(at.eve, at.inner) == 0);
  CHECK(inherit(at.ann, at.inner, false) == Errc{});  // again: nothing new
  CHECK(at.rights(at.eve, at.inner) == 0);
  at.set(at.ann, at.inner, "bob", {Right::admin, Right::list_files}).value();
  CHECK(inherit(at.bob, at.inner, true) == Errc::denied);  // eve would write, and he may not
  CHECK(inherit(at.ann, at.inner, true) == Errc{});
  CHECK(at.rights(at.eve, at.inner) == Rights{Right::write_files}.bits());

  const std::uint32_t copied = at.make(at.top, "copied", asks::Inherit::copy_only);
  CHECK(at.rights(at.eve, copied) == Rights{Right::write_files}.bits());
  at.ann.gate.ask(asks::RemoveGrant{at.top, "GROUP", true}).value();
  CHECK(at.rights(at.eve, copied) == Rights{Right::write_files}.bits());
  CHECK(at.rights(at.eve, at.inner) == 0);
  const std::uint32_t root = at.boss.gate.ask(asks::Lookup{"/"}).value().folder->id;
  CHECK(inherit(at.boss, root, true) == Errc::denied);
  // A user who makes a folder without inheritance below another's keeps what he has by a group.
  at.ann.gate.ask(asks::SetGrant{at.top, "group", Rights{Right::add_delete_subfolders}.bits(), true}).value();
  const auto made = at.eve.gate.ask(asks::CreateFolder{at.top, "eves", asks::Inherit::none}).value();
  CHECK(made.rights == Rights{Right::add_delete_subfolders}.bits());
}

struct Why {
  Verdict verdict;
  Reason reason;
  std::uint32_t folder = 0;
  std::string holder;

  friend bool operator==(const Why&, const Why&) = default;
};

TEST_CASE("why: the entry, role or home that decides, for who may ask") {
  Home at;
  const std::uint32_t group = at.boss.gate.ask(asks::CreateGroup{"Group", ""}).value().id;
  at.boss.gate.ask(asks::AddMembers{group, {"bob"}}).value();
  at.ann.gate.ask(asks::SetGrant{at.top, "group", read_list.bits(), true}).value();
  const auto ask = [&](Client& who, const std::string& user, Action action, std::uint32_t folder) {
    return who.gate.ask(asks::Explain{user, static_cast<std::uint8_t>(action), folder, 0});
  };
  const auto why = [&](Client& who, const std::string& user, Action action, std::uint32_t folder) {
    const asks::Explain::Reply reply = ask(who, user, action, folder).value();
    return Why{static_cast<Verdict>(reply.verdict), static_cast<Reason>(reply.reason), reply.decided_in,
               reply.entry ? reply.entry->name : ""};
  };
  const Why by_group{Verdict::allowed, Reason::grant, at.top, "Group"};
  CHECK(why(at.bob, "", Action::read_file, at.inner) == by_group);
  CHECK(why(at.bob, "BOB", Action::read_file, at.inner) == by_group);
  CHECK(why(at.boss, "bob", Action::read_file, at.inner) == by_group);
  CHECK(why(at.ann, "bob", Action::read_file, at.inner) == by_group);  // hers to administer
  CHECK(why(at.bob, "", Action::write_file, at.inner) ==
        Why{Verdict::denied, Reason::right_not_granted, at.top, "Group"});
  CHECK(why(at.boss, "ann", Action::write_file, at.inner) ==
        Why{Verdict::allowed, Reason::home_owner, at.ann.home(), ""});
  CHECK(why(at.ann, "boss", Action::write_file, at.inner) == Why{Verdict::allowed, Reason::role, 0, ""});
  CHECK(why(at.ann, "eve", Action::view_folder, at.inner) == Why{Verdict::not_found, Reason::no_grant, 0, ""});
  CHECK(outcome(ask(at.bob, "eve", Action::view_folder, at.inner)) == Errc::not_found);
  CHECK(outcome(ask(at.bob, "nobody", Action::view_folder, at.inner)) == Errc::not_found);
  CHECK(outcome(ask(at.ann, "nobody", Action::view_folder, at.inner)) == Errc::not_found);
  CHECK(outcome(ask(at.eve, "", Action::view_folder, at.inner)) == Errc::not_found);
  CHECK(outcome(ask(at.eve, "", Action::view_folder, at.inner ^ 1U)) == Errc::not_found);
  CHECK(outcome(ask(at.bob, "", Action{}, at.inner)) == Errc::invalid);
  CHECK(outcome(ask(at.bob, "", static_cast<Action>(12), at.inner)) == Errc::invalid);
  at.set(at.ann, at.top, "bob", Right::list_users).value();
  CHECK(why(at.bob, "eve", Action::view_folder, at.inner) == Why{Verdict::not_found, Reason::no_grant, 0, ""});

  at.ann.gate.ask(asks::SetGrant{at.inner, "group", 0, true}).value();
  at.set(at.ann, at.inner, "bob", {}).value();
  CHECK(why(at.ann, "bob", Action::view_folder, at.inner).folder == at.inner);
  at.ann.gate.ask(asks::RemoveGrant{at.inner, "group", true}).value();
  at.ann.gate.ask(asks::RemoveGrant{at.inner, "bob"}).value();
  const std::uint32_t apart = at.make(at.top, "apart", asks::Inherit::none);
  CHECK(why(at.ann, "bob", Action::view_folder, apart) == Why{Verdict::not_found, Reason::no_grant, apart, ""});
  CHECK(why(at.ann, "eve", Action::view_folder, apart) == Why{Verdict::not_found, Reason::no_grant, 0, ""});

  const std::uint64_t file = at.ann.upload(at.inner, "file").value().id;
  const auto of_file =
      at.bob.gate.ask(asks::Explain{"", static_cast<std::uint8_t>(Action::read_file), 0, file}).value();
  CHECK(of_file.folder == at.inner);
  CHECK(of_file.folder_path == "/Home/ann/top/inner");
  CHECK(of_file.decided_in_path == "/Home/ann/top");
  CHECK(of_file.needed == Rights{Right::read_files}.bits());
  CHECK(outcome(at.eve.gate.ask(asks::Explain{"", 3, 0, file})) == Errc::not_found);
}

}  // namespace
}  // namespace bulkhead::keeper
